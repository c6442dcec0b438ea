//! The server as a child process, and a minimal client.

#![allow(dead_code, reason = "several targets share this file, and none uses all of it")]

pub(crate) mod builds;

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value as Json, json};

/// The master key of every server.
pub(crate) const KEY: &str = "example-master-key";

/// A folder that only the owner may read. The server logs a warning about any other.
pub(crate) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(folder.path(), mode).unwrap();
    }
    folder
}

/// The arguments of a server on a data folder.
pub(crate) fn arguments(data: &Path) -> [&str; 6] {
    ["--data", data.to_str().unwrap(), "--listen", "127.0.0.1:0", "--master-key", KEY]
}

/// A running server.
pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) address: String,
}

impl Process {
    /// Starts a server on a data folder.
    pub(crate) fn start(data: &Path) -> Self {
        Self::of(Command::new(env!("CARGO_BIN_EXE_kernelci-local")).args(arguments(data)))
    }

    /// Starts a server with a command.
    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let address = first.split("http://").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        Self { child, address }
    }

    /// Kills the process and waits for its end.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Kills the process after a pause, in another thread.
    #[cfg(unix)]
    pub(crate) fn kill_after(&self, pause: Duration) -> std::thread::JoinHandle<()> {
        let id = self.child.id().to_string();
        std::thread::spawn(move || {
            std::thread::sleep(pause);
            assert!(Command::new("kill").args(["-KILL", &id]).status().unwrap().success());
        })
    }

    /// Terminates the process in order and waits for its end.
    #[cfg(unix)]
    pub(crate) fn end(mut self) {
        let ended = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(ended.success() && self.child.wait().unwrap().success());
    }

    /// Sends a request and returns its status and JSON; `None` where the process is gone before it answers.
    pub(crate) fn send(&self, token: &str, method: &str, path: &str, kind: &str, body: &str) -> Option<(u16, Json)> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: {token}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        // The server may answer before everything is sent.
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        let status = text.split(' ').nth(1)?.parse().ok()?;
        let (head, content) = text.split_once("\r\n\r\n")?;
        let head = head.to_ascii_lowercase();
        let content = match head.contains("\r\ntransfer-encoding: chunked") {
            true => unchunked(content)?,
            false => content.to_owned(),
        };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        // An incomplete answer does not count.
        if length.is_some_and(|length: usize| content.len() < length) {
            return None;
        }
        Some((status, serde_json::from_str(&content).unwrap_or(Json::Null)))
    }

    /// The content of a stored file.
    pub(crate) fn file(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        text.starts_with("HTTP/1.1 200 ").then(|| text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()))?
    }

    /// Creates an administrator's token.
    pub(crate) fn token(&self) -> String {
        let body = json!({"email": "a@example.org", "admin": 1}).to_string();
        let (status, made) = self.send(KEY, "POST", "/token", "application/json", &body).unwrap();
        assert_eq!(status, 201, "{made}");
        made["result"][0]["token"].as_str().unwrap().to_owned()
    }

    /// The result of a successful GET request.
    pub(crate) fn result(&self, token: &str, path: &str) -> Vec<Json> {
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

/// The content of a chunked body; `None` where the last chunk is missing.
fn unchunked(mut text: &str) -> Option<String> {
    let mut content = String::new();
    loop {
        let (size, rest) = text.split_once("\r\n")?;
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return Some(content);
        }
        content.push_str(rest.get(..size)?);
        text = rest.get(size + 2..)?;
    }
}
