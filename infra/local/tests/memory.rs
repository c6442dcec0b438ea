//! The memory that bad input costs, as measured by the operating system.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod process;

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
};

use process::Process;

const MIB: u64 = 1024 * 1024;

/// The peak memory of the process, in bytes.
fn peak(process: &Process) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[test]
fn bad_input_is_answered_within_bounded_memory() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::start(data.path());
    let token = process.token();
    let kind = "application/json";
    let million = "x".repeat(1_000_000);
    let start = peak(&process);
    let mut last = start;
    let cases: Vec<(&str, String, String, u16, u64)> = vec![
        ("a header of a million bytes", "/version".to_owned(), format!("x\r\nX-Long: {million}"), 431, 8),
        ("ten thousand arguments", format!("/job?{}", "a=1&".repeat(10_000)), kind.to_owned(), 400, 8),
        ("an address of a million bytes", format!("/job?{million}"), kind.to_owned(), 431, 8),
    ];
    for (what, path, kind, status, most) in cases {
        let (answered, envelope) = process.send(&token, "GET", &path, &kind, "").unwrap();
        assert_eq!((answered, &envelope["code"]), (status, &status.into()), "{what}");
        let grown = peak(&process).saturating_sub(last);
        assert!(grown < most * MIB, "{what}: {grown} bytes more");
        last = peak(&process);
    }
    let bodies: Vec<(&str, String, u16, u64)> = vec![
        ("a hundred thousand lists in each other", "[".repeat(100_000), 400, 24),
        ("ten megabytes of one text", format!("{{\"job\": \"{}\"}}", "x".repeat(10_000_000)), 400, 80),
        ("ten megabytes of empty lists", format!("[{}[]]", "[],".repeat(3_000_000)), 400, 300),
    ];
    for (what, body, status, most) in bodies {
        let (answered, envelope) = process.send(&token, "POST", "/build", kind, &body).unwrap();
        assert_eq!((answered, &envelope["code"]), (status, &status.into()), "{what}");
        let grown = peak(&process).saturating_sub(start);
        assert!(grown < most * MIB, "{what}: {grown} bytes more");
    }
}

#[test]
fn a_body_past_the_limit_is_not_buffered() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::start(data.path());
    let token = process.token();
    let start = peak(&process);
    let length = 300 * MIB;
    let mut stream = TcpStream::connect(&process.address).unwrap();
    let head =
        format!("PUT /upload/a HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let piece = vec![b'x'; 1024 * 1024];
    // The server stops reading at some point.
    let _ = (0..50).try_for_each(|_| stream.write_all(&piece));
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("{\"code\":413,"), "{answer}");
    assert!(peak(&process) - start < 16 * MIB, "{}", peak(&process) - start);
    assert_eq!(process.send(&token, "GET", "/storage/a", "", "").unwrap().0, 404);
}

#[test]
fn builds_with_hundreds_of_thousands_of_errors_are_imported_within_bounded_memory() {
    const BUILDS: usize = 3;
    const ERRORS: usize = 430_000;
    let data = tempfile::tempdir().unwrap();
    let process = Process::start(data.path());
    let token = process.token();
    let start = peak(&process);
    for build in 0..BUILDS {
        let folder = format!("big/master/v1/arm/config-{build}/gcc-8");
        let log: String = (0..ERRORS).map(|line| format!("{build}.c:{line}: error: a\n")).collect();
        for (name, content) in [("bmeta.json", "{\"build_result\": \"FAIL\"}"), ("build.log", &log)] {
            let (status, answer) =
                process.send(&token, "PUT", &format!("/upload/{folder}/{name}"), "", content).unwrap();
            assert_eq!(status, 201, "{answer}");
        }
        let request = serde_json::json!({
            "job": "big", "kernel": "v1", "git_branch": "master", "arch": "arm", "defconfig": format!("config-{build}"),
            "build_environment": "gcc-8",
        });
        assert_eq!(process.send(&token, "POST", "/build", "application/json", &request.to_string()).unwrap().0, 202);
    }
    let logs = || process.result(&token, "/build/logs?job=big&field=errors_count");
    for _ in 0..1_200 {
        if logs().len() == BUILDS {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let counts: Vec<u64> = logs().iter().map(|logs| logs["errors_count"].as_u64().unwrap()).collect();
    assert_eq!(counts, [ERRORS as u64; BUILDS]);
    let summary = process.result(&token, "/job/logs?job=big").remove(0);
    let listed = summary["errors"].as_array().unwrap();
    // Each build and the summary keep 50,000 lines; further lines are only counted.
    assert_eq!((listed.len(), &summary["errors_more"]), (50_000, &serde_json::json!(100_000)));
    let grown = peak(&process).saturating_sub(start);
    assert!(grown < 160 * MIB, "{grown} bytes more");
}

/// The length of an uploaded file.
const UPLOADED: usize = 100 * 1024 * 1024;

/// The most memory that receiving that file may add to what the process used before.
const MAX_FOR_UPLOAD: u64 = 16 * MIB;

/// Sends a request with the body `before`, [`UPLOADED`] bytes and `after`. Returns the answer.
fn upload(process: &Process, token: &str, head: &str, before: &str, after: &str) -> String {
    let mut stream = TcpStream::connect(&process.address).unwrap();
    let length = before.len() + UPLOADED + after.len();
    let head = format!("{head} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: {token}\r\n");
    write!(stream, "{head}Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {length}\r\n\r\n").unwrap();
    stream.write_all(before.as_bytes()).unwrap();
    let piece: Vec<u8> = (0..=255).cycle().take(MIB as usize).collect();
    for _ in 0..UPLOADED / piece.len() {
        stream.write_all(&piece).unwrap();
    }
    stream.write_all(after.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_long_file_is_stored_while_it_arrives() {
    let data = process::folder();
    let process = Process::start(data.path());
    let token = process.token();
    let before_uploads = peak(&process);
    let part = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n";
    let path = "\r\n--b\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\nfrom/form\r\n--b--\r\n";
    for (head, before, after, status, file) in [
        ("POST /upload", part, path, "200", "from/form/a.bin"),
        ("PUT /upload/put/b.bin", "", "", "201", "put/b.bin"),
        ("PUT /upload/put/b.bin", "", "", "200", "put/b.bin"),
    ] {
        let answer = upload(&process, &token, head, before, after);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{head}: {answer}");
        assert!(answer.contains(&format!("\"bytes\":{UPLOADED}")), "{head}: {answer}");
        let stored = find(data.path(), file);
        assert_eq!(stored.len(), UPLOADED as u64, "{head}");
    }
    let added = peak(&process) - before_uploads;
    assert!(added < MAX_FOR_UPLOAD, "{} MiB beside {} MiB", added / MIB, before_uploads / MIB);
    // No unfinished file is left: temporary files were renamed.
    assert_eq!(unfinished(data.path()), 0);

    // An interrupted form leaves no file.
    let mut stream = TcpStream::connect(&process.address).unwrap();
    let head = format!("POST /upload?path=cut HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n");
    write!(stream, "{head}Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9999999\r\n\r\n{part}")
        .unwrap();
    stream.write_all(&vec![b'x'; 1024 * 1024]).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!(unfinished(data.path()), 0);
    assert_eq!(process.send(&token, "GET", "/storage/cut/a.bin", "", "").unwrap().0, 404);
}

/// The file of a storage path.
fn find(data: &std::path::Path, path: &str) -> fs::Metadata {
    fs::metadata(data.join("files").join(path)).unwrap()
}

/// The number of unfinished files in the storage.
fn unfinished(data: &std::path::Path) -> usize {
    let of_storage = fs::read_dir(data.join("files")).unwrap();
    of_storage.filter(|entry| entry.as_ref().unwrap().file_type().unwrap().is_file()).count()
}
