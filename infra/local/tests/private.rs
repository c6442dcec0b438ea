//! What another user of the machine, or a page in a browser on it, can reach of a running process: the announced
//! address and no file.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod process;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    time::Duration,
};

use process::{KEY, Process, arguments};
use serde_json::json;

/// The addresses on which a process listens.
fn listening(id: u32) -> BTreeSet<SocketAddr> {
    let handles = fs::read_dir(format!("/proc/{id}/fd")).unwrap();
    let sockets: BTreeSet<String> = handles
        .filter_map(|handle| fs::read_link(handle.unwrap().path()).ok())
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    assert!(fs::read_to_string("/proc/self/net/unix").unwrap().lines().skip(1).all(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        // The state of a socket that accepts connections.
        fields[3] != "00010000" || !sockets.contains(fields[6])
    }));
    let mut found = BTreeSet::new();
    for line in fs::read_to_string("/proc/self/net/tcp").unwrap().lines().skip(1) {
        let fields: Vec<_> = line.split_whitespace().collect();
        if fields[3] == "0A" && sockets.contains(fields[9]) {
            let (address, port) = fields[1].split_once(':').unwrap();
            let address = u32::from_str_radix(address, 16).unwrap().to_ne_bytes();
            found.insert((address, u16::from_str_radix(port, 16).unwrap()).into());
        }
    }
    found
}

/// Sends a text and returns the answer.
fn exchange(address: &str, text: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The modes of a folder and of everything in it.
fn modes(folder: &Path) -> BTreeMap<String, u32> {
    let mut modes =
        BTreeMap::from([(folder.display().to_string(), fs::metadata(folder).unwrap().permissions().mode())]);
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            modes.extend(self::modes(&entry.path()));
        } else {
            modes.insert(entry.path().display().to_string(), entry.metadata().unwrap().permissions().mode());
        }
    }
    modes
}

/// Uploads files, posts a test group with a log, and requests a mail.
fn use_everything(process: &Process) {
    let body = json!({"email": "first@example.org", "admin": 1, "upload": 1, "post": 1}).to_string();
    let (status, made) = process.send(KEY, "POST", "/token", "application/json", &body).unwrap();
    assert_eq!(status, 201, "{made}");
    let token = made["result"][0]["token"].as_str().unwrap();
    let (status, put) = process.send(token, "PUT", "/upload/a/b/file.txt", "text/plain", "content").unwrap();
    assert!((200..300).contains(&status), "{put}");
    let form = "--x\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\na/c\r\n\
        --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.txt\"\r\n\r\ncontent\r\n--x--\r\n";
    let (status, sent) = process.send(token, "POST", "/upload", "multipart/form-data; boundary=x", form).unwrap();
    assert!((200..300).contains(&status), "{sent}");
    let group = json!({"arch": "arm64", "build_environment": "gcc-8", "defconfig": "defconfig", "device_type": "qemu",
        "git_branch": "master", "git_commit": "0123456789abcdef0123456789abcdef01234567", "job": "next", "kernel": "v1",
        "lab_name": "lab-example", "name": "plan", "log": "first line\n", "test_cases": [{"name": "case"}]})
    .to_string();
    let (status, sent) = process.send(token, "POST", "/test/group", "application/json", &group).unwrap();
    assert!((200..300).contains(&status), "{sent}");
    let report = json!({"job": "next", "kernel": "v1", "git_branch": "master", "report_type": "test", "plan": "plan",
        "send_to": ["a@example.org"], "format": ["txt"], "delay": 0})
    .to_string();
    let (status, sent) = process.send(token, "POST", "/send", "application/json", &report).unwrap();
    assert!((200..300).contains(&status), "{sent}");
}

fn assert_owner_only(folder: &Path) {
    for (path, mode) in modes(folder) {
        assert_eq!(mode & 0o077, 0, "{path}: {mode:o}");
    }
}

#[test]
fn the_server_listens_on_the_announced_address_only() {
    let data = tempfile::tempdir().unwrap();
    for more in [vec!["--data", data.path().to_str().unwrap()], vec!["--memory"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kernelci-local"));
        command.args(["--listen", "127.0.0.1:0", "--master-key", KEY]).args(&more);
        let process = Process::of(&mut command);
        use_everything(&process);
        assert_eq!(listening(process.child.id()), BTreeSet::from([process.address.parse().unwrap()]), "{more:?}");
        process.kill();
    }
}

#[test]
fn all_files_are_accessible_to_their_owner_only() {
    let outside = tempfile::tempdir().unwrap();
    let data = outside.path().join("new");
    let process = Process::start(&data);
    use_everything(&process);
    // The worker sends the mail.
    let outbox = data.join("outbox");
    for _ in 0..600 {
        if fs::read_dir(&outbox).is_ok_and(|mails| mails.count() > 0) {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let paths: Vec<_> = modes(&data).into_keys().collect();
    for part in
        ["/store.sqlite", "/store.sqlite-wal", "/store.sqlite-shm", "/lock", "/a/b/file.txt", "/a/c/f.txt", ".eml"]
    {
        assert!(paths.iter().any(|path| path.ends_with(part)), "{part} is not among {paths:?}");
    }
    assert_owner_only(&data);
    process.kill();
}

#[test]
fn permissions_of_others_on_the_data_folder_are_removed() {
    let data = tempfile::tempdir().unwrap();
    Process::start(data.path()).kill();
    fs::set_permissions(data.path(), fs::Permissions::from_mode(0o755)).unwrap();
    for name in ["store.sqlite", "lock"] {
        fs::set_permissions(data.path().join(name), fs::Permissions::from_mode(0o644)).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_kernelci-local"));
    let mut process = Process::of(command.args(arguments(data.path())).stderr(std::process::Stdio::piped()));
    assert_owner_only(data.path());
    let mut log = process.child.stderr.take().unwrap();
    process.kill();
    let mut text = String::new();
    log.read_to_string(&mut text).unwrap();
    assert!(text.contains("WARN") && text.contains(data.path().to_str().unwrap()), "{text}");
}

#[test]
fn the_local_store_refuses_requests_without_its_key_and_cross_origin_requests() {
    let data = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_kernelci-local"));
    let process = Process::of(command.arg("store").args(arguments(data.path())));
    let preflight = exchange(
        &process.address,
        "OPTIONS / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nOrigin: http://example.org\r\n\
         Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization\r\n\r\n",
    );
    let body = r#"{"TableName": "kernelci-token", "Item": {"_id": {"S": "a"}}}"#;
    let authorization = "AWS4-HMAC-SHA256 Credential=local/20200412/us-east-1/dynamodb/aws4_request, \
        SignedHeaders=host;x-amz-date, Signature=0000000000000000000000000000000000000000000000000000000000000000";
    for given in ["", authorization] {
        let unsigned = exchange(
            &process.address,
            &format!(
                "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nOrigin: http://example.org\r\n\
                 X-Amz-Target: DynamoDB_20120810.PutItem\r\nX-Amz-Date: 20200412T103000Z\r\nAuthorization: {given}\r\n\
                 Content-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            ),
        );
        assert!(unsigned.starts_with("HTTP/1.1 400 ") && unsigned.contains("UnrecognizedClient"), "{unsigned}");
        assert!(!unsigned.to_lowercase().contains("access-control"), "{unsigned}");
    }
    assert!(preflight.starts_with("HTTP/1.1 400 "), "{preflight}");
    assert!(!preflight.to_lowercase().contains("access-control"), "{preflight}");
    process.kill();
}
