//! The process is killed while it imports, again and again; what it had accepted is there in the end, once.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value as Json, json};

const KEY: &str = "example-master-key";
const ROUNDS: u64 = 6;
const BUILDS: u64 = 4;

struct Process {
    child: Child,
    address: String,
}

impl Process {
    fn start(data: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kernelci-local"))
            .args(["--data", data.to_str().unwrap(), "--listen", "127.0.0.1:0", "--master-key", KEY])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let address = first.split("http://").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        Self { child, address }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The status and JSON of one request; `None` where the process is gone before it answers.
    fn send(&self, token: &str, method: &str, path: &str, kind: &str, body: &str) -> Option<(u16, Json)> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: {token}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body.as_bytes()).ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        let status = text.split(' ').nth(1)?.parse().ok()?;
        Some((
            status,
            text.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str(body).ok()).unwrap_or(Json::Null),
        ))
    }

    fn result(&self, token: &str, path: &str) -> Vec<Json> {
        let (status, json) = self.send(token, "GET", path, "", "").unwrap();
        assert_eq!(status, 200, "{json}");
        json["result"].as_array().unwrap().clone()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn submit(process: &Process, token: &str, kernel: &str, nth: u64) -> bool {
    let folder = format!("tree/master/{kernel}/arm/config-{nth}");
    let log = format!("shared.c: warning: of all\nown-{nth}.c: error: of this build\n");
    for (name, content) in [("bmeta.json", json!({"build_result": "PASS"}).to_string()), ("build.log", log)] {
        let stored = process.send(token, "PUT", &format!("/upload/{folder}/{name}"), "text/plain", &content);
        if stored.is_none_or(|(status, _)| status >= 300) {
            return false;
        }
    }
    let body = json!({"job": "tree", "kernel": kernel, "git_branch": "master", "arch": "arm", "defconfig": format!("config-{nth}")});
    let accepted = process.send(token, "POST", "/build", "application/json", &body.to_string());
    accepted.is_some_and(|(status, _)| status == 202)
}

#[test]
fn what_was_accepted_is_there_once_after_every_kill() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::start(data.path());
    let body = json!({"email": "a@example.org", "admin": 1}).to_string();
    let made = process.send(KEY, "POST", "/token", "application/json", &body).unwrap().1;
    let token = made["result"][0]["token"].as_str().unwrap().to_owned();
    process.kill();

    let mut accepted: BTreeMap<String, u64> = BTreeMap::new();
    for round in 0..ROUNDS {
        let process = Process::start(data.path());
        let kernel = format!("v{}", round % 3);
        for nth in 0..BUILDS {
            if submit(&process, &token, &kernel, round * BUILDS + nth) {
                *accepted.entry(kernel.clone()).or_default() += 1;
            }
        }
        // Each round is cut off at another place of its imports.
        std::thread::sleep(Duration::from_millis(round * 17));
        process.kill();
    }
    assert_eq!(accepted.values().sum::<u64>(), ROUNDS * BUILDS);

    let process = Process::start(data.path());
    let until = Instant::now() + Duration::from_secs(60);
    for (kernel, builds) in accepted {
        let wanted = json!([[builds, "shared.c: warning: of all"]]);
        let summary = || process.result(&token, &format!("/job/logs?job=tree&kernel={kernel}"));
        while Instant::now() < until && summary().first().is_none_or(|summary| summary["warnings"] != wanted) {
            std::thread::sleep(Duration::from_millis(50));
        }
        let summary = summary();
        assert_eq!(summary.len(), 1, "{kernel}");
        assert_eq!(summary[0]["warnings"], wanted, "{kernel}");
        assert_eq!(summary[0]["errors"].as_array().unwrap().len() as u64, builds, "{kernel}");
        assert_eq!(process.result(&token, &format!("/job?job=tree&kernel={kernel}")).len(), 1, "{kernel}");
        for path in ["/build", "/build/logs"] {
            assert_eq!(
                process.result(&token, &format!("{path}?job=tree&kernel={kernel}")).len() as u64,
                builds,
                "{kernel} {path}"
            );
        }
    }
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
