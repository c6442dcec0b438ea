//! The processor time of one request: of a handler whose store gives recorded answers, and of the whole local process
//! with its embedded store. Beside both stands what the original's API process took, its database outside.
//!
//! `cargo bench -p kernelci-benchmarks --bench requests [-- REQUESTS]`; with `-- REQUESTS NAME` only the handler, for the
//! request of that name, which a profiler can be held against.

use std::{
    env,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use kernelci::{
    collections::JOB,
    http::{Function, serve},
    query::Selection,
    services::Services,
};
use kernelci_benchmarks::{
    processes::processor_time,
    recording::Recording,
    runs::{keep, say},
    seeded::{NOW, Seeded},
};
use kernelci_local::events::event;
use kernelci_tests::{ADMIN, machine};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};

/// In the environment of the process that is measured: the folder that it serves.
const SERVED: &str = "KERNELCI_BENCHMARK_FOLDER";

/// How often each request is sent, unless the command line says otherwise.
const REQUESTS: u32 = 3_000;

/// The share of the original's time that a handler, and the local process, may take.
const GOALS: [f64; 2] = [20.0, 5.0];

struct Asked {
    name: &'static str,
    path: String,
    zip: bool,
    function: Function,
    /// Milliseconds of the original's API process.
    original: f64,
}

fn requests(job: &str) -> [Asked; 6] {
    let asked = |name, path: &str, zip, function, original| Asked { name, path: path.into(), zip, function, original };
    let jobs = "/job?sort=created_on&limit=50";
    [
        asked("/version", "/version", false, version_get::FUNCTION, 1.1),
        asked("one job", &format!("/job/{job}"), false, job_get::FUNCTION, 3.0),
        asked("50 jobs by created_on", jobs, false, job_get::FUNCTION, 6.5),
        asked("50 jobs, gzip", jobs, true, job_get::FUNCTION, 9.0),
        asked("50 builds, gzip", "/build?limit=50", true, build_get::FUNCTION, 13.1),
        asked("count", "/count/build?status=PASS", false, count_get::FUNCTION, 3.5),
    ]
}

fn main() {
    let several = || tokio::runtime::Runtime::new().unwrap();
    if let Ok(folder) = env::var(SERVED) {
        return several().block_on(serve_folder(&folder));
    }
    let times = env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(REQUESTS);
    let folder = tempfile::TempDir::new().unwrap();
    let (requests, services) = several().block_on(record(folder.path()));

    if let Some(asked) = requests.iter().find(|asked| env::args().any(|argument| argument == asked.name)) {
        return say(&format!("{:?}", handler_time(asked, &services, times)));
    }
    say(&format!("Processor time of a request in ms, the mean of {times}\n"));
    say("| request | original | handler | original / it (goal 20) | local process | original / it (goal 5) |");
    say("|---|---|---|---|---|---|");
    let handler: Vec<_> = requests.iter().map(|asked| handler_time(asked, &services, times)).collect();
    let local = several().block_on(local_times(&requests, folder.path(), times));
    let mut rows = Vec::new();
    for ((asked, handler), local) in requests.iter().zip(handler).zip(local) {
        let [handler, local] = [handler, local].map(|time| time.as_secs_f64() * 1_000.0);
        let name = asked.name;
        let column = |time: f64, goal: f64| {
            let ratio = asked.original / time;
            format!("{time:.4} | {ratio:.1}{}", if ratio < goal { " (missed)" } else { "" })
        };
        let (of_handler, of_local) = (column(handler, GOALS[0]), column(local, GOALS[1]));
        say(&format!("| {name} | {:.1} | {of_handler} | {of_local} |", asked.original));
        rows.push(json!({"request": name, "original_ms": asked.original, "handler_ms": handler, "local_ms": local}));
    }
    keep("requests", json!({"requests": times, "rows": rows}));
}

/// What the store of a folder with the seed documents answers to each request, and services that answer so again.
async fn record(folder: &Path) -> ([Asked; 6], Services) {
    let (seeded, recording) = (Seeded::start(folder).await, Recording::default());
    let real = seeded.services(recording.recorder(seeded.store()));
    let requests = requests(&a_job(&real).await);
    for asked in &requests {
        assert_eq!(answer(asked, &real).await, StatusCode::OK, "{}", asked.name);
    }
    (requests, seeded.services(recording.player()))
}

async fn serve_folder(folder: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    say(&listener.local_addr().unwrap().to_string());
    let machine = machine(&["--now", NOW, "--data", folder]).await;
    let (_running, stopped) = tokio::sync::watch::channel(false);
    machine.run(listener, stopped).await;
}

async fn a_job(services: &Services) -> String {
    let first = Selection { limit: 1, ..Selection::default() };
    let found = services.store.list(&JOB, &first).await.unwrap();
    found[0]["_id"].as_id().unwrap().to_string()
}

fn request<B>(asked: &Asked, body: B) -> Request<B> {
    let mut request = Request::get(&asked.path).header("host", "localhost").header("authorization", ADMIN);
    if asked.zip {
        request = request.header("accept-encoding", "gzip");
    }
    request.body(body).unwrap()
}

async fn answer(asked: &Asked, services: &Services) -> StatusCode {
    let (head, ()) = request(asked, ()).into_parts();
    let event = event(head, Bytes::new(), [127, 0, 0, 1].into());
    serve(asked.function, services, event).await.status()
}

fn handler_time(asked: &Asked, services: &Services, times: u32) -> Duration {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let run = |times| {
        runtime.block_on(async {
            for _ in 0..times {
                assert_eq!(answer(asked, services).await, StatusCode::OK, "{}", asked.name);
            }
        });
    };
    run(times / 10);
    let before = processor_time("self");
    run(times);
    (processor_time("self") - before) / times
}

/// The process that is measured, until it is dropped.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}

async fn local_times(requests: &[Asked], folder: &Path, times: u32) -> Vec<Duration> {
    let mut command = Command::new(env::current_exe().unwrap());
    let mut served = Served(command.env(SERVED, folder).stdout(Stdio::piped()).spawn().unwrap());
    let mut address = String::new();
    BufReader::new(served.0.stdout.take().unwrap()).read_line(&mut address).unwrap();
    let stream = TcpStream::connect(address.trim()).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let process = served.0.id().to_string();
    let mut taken = Vec::new();
    for asked in requests {
        send(asked, &mut sender, times / 10).await;
        let before = processor_time(&process);
        send(asked, &mut sender, times).await;
        taken.push((processor_time(&process) - before) / times);
    }
    taken
}

async fn send(asked: &Asked, sender: &mut SendRequest<Full<Bytes>>, times: u32) {
    for _ in 0..times {
        sender.ready().await.unwrap();
        let answer = sender.send_request(request(asked, Full::new(Bytes::new()))).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{}", asked.name);
        let zipped = answer.headers().get("content-encoding") == Some(&HeaderValue::from_static("gzip"));
        assert_eq!(zipped, asked.zip, "{}", asked.name);
        answer.into_body().collect().await.unwrap();
    }
}
