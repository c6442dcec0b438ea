//! A process without free file handles: requests that need one are refused for now, and all work continues once handles
//! are free.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod process;

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::Command,
    time::Duration,
};

use process::{
    Process, arguments,
    builds::{build, imported},
};
use serde_json::{Value as Json, json};

/// A persistent connection.
struct PersistentConnection {
    stream: BufReader<TcpStream>,
    token: String,
}

impl PersistentConnection {
    fn open(process: &Process, token: &str) -> Self {
        let stream = TcpStream::connect(&process.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Self { stream: BufReader::new(stream), token: token.to_owned() }
    }

    fn write(&mut self, method: &str, path: &str, body: &str) {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.token,
            body.len()
        );
        self.stream.get_mut().write_all((head + body).as_bytes()).unwrap();
    }

    /// Reads the head and the body of the next answer.
    fn read(&mut self) -> (String, String) {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(self.stream.read_line(&mut head).unwrap() > 0, "the connection ends: {head}");
        }
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        (head, String::from_utf8(body).unwrap())
    }

    fn send(&mut self, method: &str, path: &str, body: &str) -> (u16, String, String) {
        self.write(method, path, body);
        let (head, body) = self.read();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), head, body)
    }
}

fn limit(process: &Process, files: &str) {
    let mut set = Command::new("prlimit");
    set.args(["--pid", &process.child.id().to_string(), &format!("--nofile={files}:")]);
    assert!(set.status().unwrap().success());
}

/// The processor time of a process, in hundredths of a second.
fn processor_time(process: &Process) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.child.id())).unwrap();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[test]
fn without_handles_requests_are_503_and_accepted_builds_are_imported_later() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::start(data.path());
    let token = process.token();
    let mut connection = PersistentConnection::open(&process, &token);
    assert_eq!(connection.send("PUT", "/upload/a/before", "content").0, 201);
    // No handle becomes free below the limit, whatever is closed meanwhile.
    limit(&process, "3");

    for (method, path) in [("PUT", "/upload/a/new"), ("PUT", "/upload/a/before"), ("GET", "/storage/a/before")] {
        let (status, head, body) = connection.send(method, path, "x");
        let body: Json = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &body["code"]), (503, &json!(503)), "{method} {path}: {body}");
        assert!(head.contains("\r\nretry-after: "), "{method} {path}: {head}");
    }
    assert_eq!(connection.send("GET", "/version", "").0, 200);
    let accepted = (0..5).filter(|nth| match connection.send("POST", "/build", &build(*nth)) {
        (202, ..) => true,
        (status, head, _) => {
            assert_eq!((status, head.contains("\r\nretry-after: ")), (503, true), "{head}");
            false
        }
    });
    let accepted = accepted.count();
    let mut waiting = PersistentConnection::open(&process, &token);
    waiting.write("GET", "/version", "");
    let before = processor_time(&process);
    std::thread::sleep(Duration::from_secs(2));
    let spent = processor_time(&process) - before;
    assert!(spent < 100, "{spent} hundredths of a second of processor time while no handle is free");

    limit(&process, "1024");
    assert!(waiting.read().0.starts_with("HTTP/1.1 200 "));
    assert_eq!(connection.send("GET", "/storage/a/before", "").2, "content");
    assert_eq!(connection.send("PUT", "/upload/a/new", "x").0, 201);
    assert_eq!(connection.send("POST", "/build", &build(100)).0, 202);
    imported(&process, &token, accepted + 1);
}

fn start_with(data: &Path, files: usize) -> Process {
    let mut command = Command::new("sh");
    let line = format!("ulimit -n {files}; exec \"$@\"");
    Process::of(command.args(["-c", &line, "sh", env!("CARGO_BIN_EXE_kernelci-local")]).args(arguments(data)))
}

#[test]
fn a_server_with_few_handles_limits_its_connections_and_serves_them() {
    let data = tempfile::tempdir().unwrap();
    let process = start_with(data.path(), 80);
    let token = process.token();
    let idle: Vec<_> = (0..12).map(|_| TcpStream::connect(&process.address).unwrap()).collect();
    let mut connection = PersistentConnection::open(&process, &token);
    // It is served once the connections before it have timed out.
    assert_eq!(connection.send("PUT", "/upload/a/x", "content").0, 201);
    assert_eq!(connection.send("POST", "/build", &build(0)).0, 202);
    assert_eq!(connection.send("GET", "/storage/a/x", "").2, "content");
    drop((idle, connection));
    imported(&process, &token, 1);
}
