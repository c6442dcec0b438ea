//! The process is killed repeatedly at random moments while it takes uploads and imports. Everything accepted is there
//! once at the end.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod process;

use std::{
    collections::BTreeMap,
    process::Command,
    time::{Duration, Instant},
};

use process::Process;
use serde_json::json;

/// The default number of kills.
const KILLS: u64 = 12;

/// The environment variable with the number of kills.
const KILLS_NAME: &str = "KERNELCI_KILLS";

/// The longest lifetime of a process, in milliseconds.
const MAX_LIFE: u64 = 400;

/// The requests that were answered with success.
#[derive(Default)]
struct Accepted {
    /// Uploaded files and their contents.
    files: BTreeMap<String, String>,
    /// Builds, by the number of their configuration, and their kernels.
    builds: BTreeMap<u64, String>,
}

impl Accepted {
    /// Uploads the files of a build and submits it; `false` once the process is gone.
    fn submit(&mut self, process: &Process, token: &str, kernel: &str, nth: u64) -> bool {
        let folder = format!("tree/master/{kernel}/arm/config-{nth}");
        let log = format!("shared.c: warning: of all\nown-{nth}.c: error: of this build\n");
        for (name, content) in [("bmeta.json", json!({"build_result": "PASS"}).to_string()), ("build.log", log)] {
            let path = format!("{folder}/{name}");
            match process.send(token, "PUT", &format!("/upload/{path}"), "text/plain", &content) {
                Some((200 | 201, _)) => self.files.insert(path, content),
                Some((status, answer)) => panic!("{path}: {status} {answer}"),
                None => return false,
            };
        }
        let body = json!({"job": "tree", "kernel": kernel, "git_branch": "master", "arch": "arm", "defconfig": format!("config-{nth}")});
        match process.send(token, "POST", "/build", "application/json", &body.to_string()) {
            Some((202, _)) => self.builds.insert(nth, kernel.to_owned()),
            Some((status, answer)) => panic!("{nth}: {status} {answer}"),
            None => return false,
        };
        true
    }
}

/// A random number below `most`.
fn any_below(most: u64) -> u64 {
    u64::from_be_bytes(uuid::Uuid::new_v4().as_bytes()[8..].try_into().unwrap()) % most
}

#[test]
fn everything_accepted_is_there_once_after_every_kill() {
    let kills = std::env::var(KILLS_NAME).map_or(KILLS, |text| text.parse().unwrap());
    let data = tempfile::tempdir().unwrap();
    let process = Process::start(data.path());
    let token = process.token();
    process.kill();

    let (mut accepted, mut nth) = (Accepted::default(), 0);
    for round in 0..kills {
        let process = Process::start(data.path());
        let killer = process.kill_after(Duration::from_millis(any_below(MAX_LIFE)));
        let kernel = format!("v{}", round % 3);
        while accepted.submit(&process, &token, &kernel, nth) {
            nth += 1;
        }
        // The interrupted build is not sent again: it may be there or not.
        nth += 1;
        killer.join().unwrap();
    }

    let process = Process::start(data.path());
    for (path, content) in &accepted.files {
        assert_eq!(process.file(&format!("/storage/{path}")).as_deref(), Some(content.as_str()), "{path}");
    }
    let kernels: Vec<String> = (0..kills.min(3)).map(|number| format!("v{number}")).collect();
    for kernel in kernels {
        let wanted: Vec<_> = accepted.builds.iter().filter(|(_, of)| **of == kernel).map(|(nth, _)| *nth).collect();
        imported_once(&process, &token, &kernel, &wanted);
    }
}

/// Asserts that every wanted build of a kernel is there once, that its lines are in the summary, and that no other
/// build is there.
fn imported_once(process: &Process, token: &str, kernel: &str, wanted: &[u64]) {
    let asked = format!("?job=tree&kernel={kernel}");
    let found = |path: &str| -> Vec<u64> {
        let documents = process.result(token, &format!("{path}{asked}&field=defconfig"));
        let nth = |document: &serde_json::Value| document["defconfig"].as_str().unwrap()[7..].parse().unwrap();
        let mut found: Vec<u64> = documents.iter().map(nth).collect();
        found.sort_unstable();
        found
    };
    let lines = |member: &str| -> Vec<(u64, String)> {
        let summaries = process.result(token, &format!("/job/logs{asked}"));
        assert!(summaries.len() <= 1, "{kernel}");
        let lines = summaries.first().map(|summary| summary[member].as_array().unwrap().clone()).unwrap_or_default();
        lines.iter().map(|line| (line[0].as_u64().unwrap(), line[1].as_str().unwrap().to_owned())).collect()
    };
    let until = Instant::now() + Duration::from_secs(120);
    let is_settled = || {
        let (builds, logs) = (found("/build"), found("/build/logs"));
        let counted = lines("warnings").first().map_or(0, |(count, _)| *count);
        wanted.iter().all(|nth| builds.contains(nth)) && builds == logs && counted == builds.len() as u64
    };
    while !is_settled() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(50));
    }
    let builds = found("/build");
    assert!(wanted.iter().all(|nth| builds.contains(nth)), "{kernel}: {wanted:?} {builds:?}");
    assert!(builds.windows(2).all(|two| two[0] < two[1]), "{kernel}: {builds:?}");
    assert_eq!(found("/build/logs"), builds, "{kernel}");
    let shared = (builds.len() as u64, "shared.c: warning: of all".to_owned());
    assert_eq!(lines("warnings"), if builds.is_empty() { vec![] } else { vec![shared] }, "{kernel}");
    let mut own: Vec<_> = builds.iter().map(|nth| (1, format!("own-{nth}.c: error: of this build"))).collect();
    let mut errors = lines("errors");
    own.sort();
    errors.sort();
    assert_eq!(errors, own, "{kernel}");
    assert_eq!(process.result(token, &format!("/job{asked}")).len(), usize::from(!builds.is_empty()), "{kernel}");
}

#[test]
fn a_data_folder_has_one_process_at_a_time() {
    let data = tempfile::tempdir().unwrap();
    let _first = Process::start(data.path());
    let second = Command::new(env!("CARGO_BIN_EXE_kernelci-local"))
        .args(["--data", data.path().to_str().unwrap(), "--listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    assert!(!second.status.success());
    let error = String::from_utf8(second.stderr).unwrap();
    assert!(error.contains("in use by another process"), "{error}");
}
