//! From the start of a function's process to its first answer, under a small Runtime API, beside the least that a
//! function can be; with it the peak memory and the size of the binary.
//!
//! `cargo bench -p kernelci-benchmarks --bench cold_start [-- STARTS]` builds the functions in the release profile first.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use kernelci_benchmarks::{
    processes::peak_memory,
    recording::Recording,
    runs::{keep, median, say},
    runtime_api::RuntimeApi,
    seeded::{Seeded, answer_event},
};
use kernelci_tests::root;
use serde_json::{Value as Json, json};

/// How often each function is started, unless the command line says otherwise.
const STARTS: usize = 101;

/// How many times as long as hello world a function may take, with and without the store, and what it may measure.
const WITH_STORE: f64 = 2.0;
const WITHOUT_STORE: f64 = 1.5;
const MEMORY: u64 = 8 * 1024 * 1024;
const BINARY: u64 = 6 * 1024 * 1024;

/// What is started, and what it is asked first.
struct Started {
    package: &'static str,
    what: &'static str,
    event: &'static str,
    status: u64,
    goal: f64,
}

const ALL: [Started; 5] = [
    Started { package: "hello-world", what: "no SDK, no store", event: "version-get/no-token", status: 200, goal: 1.0 },
    Started {
        package: "version-get",
        what: "no store",
        event: "version-get/no-token",
        status: 200,
        goal: WITHOUT_STORE,
    },
    Started {
        package: "job-get",
        what: "refused: no store",
        event: "job-get/no-token",
        status: 403,
        goal: WITHOUT_STORE,
    },
    Started {
        package: "job-get",
        what: "token and job",
        event: "job-get/one-with-fields",
        status: 200,
        goal: WITH_STORE,
    },
    Started {
        package: "job-get",
        what: "token and list",
        event: "job-get/list-sorted-with-limit",
        status: 200,
        goal: WITH_STORE,
    },
];

fn main() {
    let starts = env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(STARTS);
    let folder = build();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let recording = Recording::default();
    let runtime_api = runtime.block_on(async {
        let data = tempfile::TempDir::new().unwrap();
        let seeded = Seeded::start(data.path()).await;
        let services = seeded.services(recording.recorder(seeded.store()));
        for started in &ALL {
            answer_event(started.event, &services).await;
        }
        RuntimeApi::start(recording).await
    });
    let mut runs: Vec<Vec<Run>> = ALL.iter().map(|_| Vec::new()).collect();
    for _ in 0..starts {
        // In turns, so that whatever else the machine does happens to all of them.
        for (started, runs) in ALL.iter().zip(&mut runs) {
            runs.push(run(started, &folder, &runtime_api));
        }
    }
    report(starts, &folder, &runs);
}

/// Builds each package by itself, as it is deployed: built together, one would get the features that another asks for.
fn build() -> PathBuf {
    let mut packages: Vec<_> = ALL.iter().map(|started| started.package).collect();
    packages.dedup();
    for package in packages {
        let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let built = Command::new(cargo).args(["build", "--release", "--package", package]).current_dir(root()).status();
        assert!(built.is_ok_and(|status| status.success()), "{package} is not built");
    }
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("release")
}

/// One start.
struct Run {
    milliseconds: f64,
    memory: u64,
}

/// A process that goes with this.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}

fn run(started: &Started, folder: &Path, runtime_api: &RuntimeApi) -> Run {
    let event = root().join("events").join(format!("{}.json", started.event));
    let answered = runtime_api.expect(fs::read(event).unwrap());
    let mut command = Command::new(folder.join(started.package));
    command.env_clear().stdout(Stdio::null()).envs(runtime_api.environment(started.package));
    let begin = Instant::now();
    let process = Process(command.spawn().unwrap());
    let (answer, end) = answered.recv_timeout(Duration::from_secs(10)).unwrap();
    let memory = peak_memory(process.0.id());
    let answer: Json = serde_json::from_slice(&answer).unwrap();
    assert_eq!(answer["statusCode"], json!(started.status), "{}: {answer}", started.package);
    Run { milliseconds: (end - begin).as_secs_f64() * 1_000.0, memory }
}

fn report(starts: usize, folder: &Path, runs: &[Vec<Run>]) {
    let times = |runs: &[Run]| runs.iter().map(|run| run.milliseconds).collect::<Vec<_>>();
    let hello = median(&times(&runs[0]));
    say(&format!("Start of the process to its first answer: medians of {starts} starts, in turns\n"));
    say("| function | first request | ms | times hello world (goal) | peak memory (8 MB) | binary (6 MB) |");
    say("|---|---|---|---|---|---|");
    let mut rows = Vec::new();
    for (started, runs) in ALL.iter().zip(runs) {
        let times = times(runs);
        let (time, memory) = (median(&times), runs.iter().map(|run| run.memory).max().unwrap_or(0));
        let binary = fs::metadata(folder.join(started.package)).unwrap().len();
        let (ratio, goal) = (time / hello, started.goal);
        let late = if ratio > goal { ", missed" } else { "" };
        let megabytes = |bytes: u64, most: u64| {
            let megabytes = bytes as f64 / 1024.0 / 1024.0;
            format!("{megabytes:.1} MB{}", if bytes > most { ", missed" } else { "" })
        };
        let (memory_text, binary_text) = (megabytes(memory, MEMORY), megabytes(binary, BINARY));
        let Started { package, what, .. } = started;
        say(&format!(
            "| {package} | {what} | {time:.2} | {ratio:.2} ({goal:.1}{late}) | {memory_text} | {binary_text} |"
        ));
        rows.push(
            json!({"function": package, "request": what, "milliseconds": times, "memory": memory, "binary": binary}),
        );
    }
    keep("cold_start", json!({"starts": starts, "rows": rows}));
}
