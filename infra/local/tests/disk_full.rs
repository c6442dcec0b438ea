//! A full disk, simulated by a limit on the length of the process's files. Unlike a full disk, the limit needs no
//! privileges and can be lifted from outside.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod process;

use std::{fs, path::Path, process::Command};

use process::{
    Process, arguments,
    builds::{build, imported},
};
use serde_json::json;

/// A server whose writes past a limit fail without ending the process.
fn start(data: &Path) -> Process {
    // The shell ignores the signal of such a write, and the server inherits that.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_kernelci-local")]);
    Process::of(command.args(arguments(data)))
}

fn limit(process: &Process, longest: Option<u64>) {
    let limit = longest.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
    let pid = process.child.id().to_string();
    // The colon keeps the hard limit.
    let set = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={limit}:")]).status().unwrap();
    assert!(set.success());
}

fn longest_file(data: &Path) -> u64 {
    let files = fs::read_dir(data).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len());
    files.max().unwrap()
}

fn submit(process: &Process, token: &str, nth: usize) -> u16 {
    let (status, envelope) = process.send(token, "POST", "/build", "application/json", &build(nth)).unwrap();
    assert_eq!(envelope["code"], status, "{envelope}");
    status
}

#[test]
fn accepted_builds_survive_a_full_disk() {
    let data = process::folder();
    let process = start(data.path());
    let token = process.token();
    limit(&process, Some(longest_file(data.path()) + 150_000));

    let mut accepted = 0;
    let refused = (0..400).map(|nth| submit(&process, &token, nth)).find(|status| {
        accepted += usize::from(*status == 202);
        *status != 202
    });
    assert_eq!(refused, Some(503), "after {accepted}");
    // Reads still work, as do requests that do not use the store.
    assert_eq!(process.send("", "GET", "/version", "", "").unwrap().0, 200);
    assert_eq!(process.send(&token, "GET", "/job", "", "").unwrap().0, 200);
    let (status, envelope) =
        process.send(&token, "PUT", "/upload/a/long", "text/plain", &"x".repeat(3_000_000)).unwrap();
    // The system reports this limit as a too large file, and a full disk as a full disk.
    assert_eq!((status, &envelope["reason"]), (400, &json!("the file is too large")), "{envelope}");
    assert_eq!(process.send(&token, "GET", "/storage/a/long", "", "").unwrap().0, 404);
    assert!(!data.path().join("files/a").exists(), "a part of the file is left behind");

    limit(&process, None);
    assert_eq!(submit(&process, &token, 1_000), 202);
    imported(&process, &token, accepted + 1);
    process.kill();
    let process = start(data.path());
    imported(&process, &token, accepted + 1);
}

#[test]
fn a_server_that_cannot_create_its_store_reports_it_in_one_line() {
    let data = process::folder();
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_kernelci-local")]);
    let ended = command.args(arguments(data.path())).output().unwrap();
    let error = String::from_utf8(ended.stderr).unwrap();
    assert_eq!((ended.status.code(), error.lines().count()), (Some(1), 1), "{error}");
    assert!(error.starts_with("kernelci-local: the store "), "{error}");
    // With enough space the folder can be used.
    Process::start(data.path()).token();
}

#[test]
fn loading_a_file_that_does_not_fit_fails_with_a_report() {
    let data = process::folder();
    let job = |nth: usize| json!({"_id": {"$oid": format!("{nth:024x}")}, "job": "long", "kernel": nth.to_string(), "compiler": "x".repeat(3_000)});
    let file = data.path().join("jobs.json");
    fs::write(&file, json!({"job": (0..2_000).map(job).collect::<Vec<_>>()}).to_string()).unwrap();
    let folder = data.path().join("data");
    let mut command = Command::new("sh");
    // In blocks of 512 bytes: the new store fits, the loaded documents do not.
    command.args([
        "-c",
        "trap '' XFSZ; ulimit -f 10000; exec \"$@\"",
        "sh",
        env!("CARGO_BIN_EXE_kernelci-local"),
        "load",
    ]);
    let ended = command.arg(&file).arg("--data").arg(&folder).output().unwrap();
    let error = String::from_utf8(ended.stderr).unwrap();
    assert_eq!((ended.status.code(), error.lines().count()), (Some(1), 1), "{error}");
    assert!(error.contains("jobs.json: ") && error.contains(" documents were stored, then: "), "{error}");
    // With enough space all documents are loaded.
    let mut command = Command::new(env!("CARGO_BIN_EXE_kernelci-local"));
    let ended = command.arg("load").arg(&file).arg("--data").arg(&folder).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(String::from_utf8(ended.stdout).unwrap().starts_with("job: 2000 read, "));
}
