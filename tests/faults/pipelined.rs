//! Several requests on one connection, split at arbitrary bytes: each body is stored as sent, each file is returned as
//! stored, and no content is taken for a request or an answer.

use std::{net::SocketAddr, time::Duration};

use kernelci_tests::{MASTER_KEY, Server, machine};
use proptest::prelude::*;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

/// The number of concurrent connections.
const CONCURRENCY: usize = 32;

/// A body whose content looks like requests.
const LIKE_REQUESTS: &str = "#\r\n\r\nGET /version#x HTTP/1.1\r\nHost: <x>\r\n\r\n\
    PUT /upload/p/stolen HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc\n\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n\"#`|\u{e9}\r\n";

/// A file whose content looks like a refusal.
const LIKE_A_REFUSAL: &str = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\
    date: Sun, 12 Apr 2020 10:30:00 GMT\r\n\r\n";

#[derive(Debug, Clone, PartialEq, Eq)]
struct Answer {
    status: u16,
    body: String,
}

/// Parses the answers of a closed connection.
fn answers(mut bytes: &[u8]) -> Vec<Answer> {
    let mut answers = Vec::new();
    while let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
        let head = std::str::from_utf8(&bytes[..end]).unwrap().to_ascii_lowercase();
        let status = head.strip_prefix("http/1.1 ").unwrap()[..3].parse().unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.unwrap_or_else(|| panic!("{head}")).parse().unwrap();
        let (body, rest) = bytes[end + 4..].split_at(length);
        answers.push(Answer { status, body: String::from_utf8(body.to_vec()).unwrap() });
        bytes = rest;
    }
    assert!(bytes.is_empty(), "{}", String::from_utf8_lossy(bytes));
    answers
}

/// Sends `bytes` in pieces split at `cuts`, each piece in a packet of its own.
async fn converse(address: SocketAddr, bytes: &[u8], cuts: &[usize]) -> Vec<Answer> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut sent = 0;
    for cut in cuts.iter().copied().chain([bytes.len()]) {
        stream.write_all(&bytes[sent..cut]).await.unwrap();
        sent = cut;
        if cut < bytes.len() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.unwrap();
    answers(&received)
}

/// One request for each kind of body. The last one closes the connection.
fn conversation() -> Vec<u8> {
    let head =
        |line: &str, rest: &str| format!("{line} HTTP/1.1\r\nHost: x\r\nAuthorization: {MASTER_KEY}\r\n{rest}\r\n");
    let with_length = |line: &str, kind: &str, body: &str| {
        head(line, &format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len())) + body
    };
    let batch = json!({"batch": [{"method": "GET", "resource": "count", "document": "job", "operation_id": "#\r\n\r\nGET / HTTP/1.1"}]});
    let (first, second) = LIKE_REQUESTS.split_at(LIKE_REQUESTS.find("PUT").unwrap());
    let chunks =
        format!("{:x};a=\"#\"\r\n{first}\r\n{:X}\r\n{second}\r\n0\r\nX-Last: #\r\n\r\n", first.len(), second.len());
    [
        head("GET /version", ""),
        with_length("PUT /upload/p/length", "text/plain", LIKE_REQUESTS),
        with_length("POST /batch", "application/json", &batch.to_string()),
        head("GET /storage/p/refusal", ""),
        head("PUT /upload/p/chunks", "Transfer-Encoding: chunked\r\n") + &chunks,
        head("GET /storage/p/length", ""),
        head("GET /storage/p/a%23b#\u{e9}<", ""),
        with_length("POST /nosuch", "text/plain", LIKE_REQUESTS),
        head("GET /storage/p/chunks", "Connection: close\r\n"),
    ]
    .concat()
    .into_bytes()
}

/// A server that stores every file of the conversation already, so that each run has the same answers.
async fn prepared() -> Server {
    let server = Server::of(machine(&[]).await).await;
    let client = server.client(MASTER_KEY);
    let made = client.post("/token", &json!({"email": "a@example.org", "admin": 1})).await.json();
    let client = server.client(made["result"][0]["token"].as_str().unwrap());
    for (path, content) in
        [("length", LIKE_REQUESTS), ("chunks", LIKE_REQUESTS), ("refusal", LIKE_A_REFUSAL), ("a#b#\u{e9}<", "odd")]
    {
        let path: String = path.bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert_eq!(client.send("PUT", &format!("/upload/p/{path}"), &[], content).await.status, 201);
    }
    server
}

async fn token(server: &Server) -> String {
    let made = server.client(MASTER_KEY).post("/token", &json!({"email": "b@example.org", "admin": 1})).await.json();
    made["result"][0]["token"].as_str().unwrap().to_owned()
}

async fn whole(server: &Server) -> (Vec<u8>, Vec<Answer>) {
    let bytes = String::from_utf8(conversation()).unwrap().replace(MASTER_KEY, &token(server).await).into_bytes();
    let expected = converse(server.address, &bytes, &[]).await;
    let statuses: Vec<u16> = expected.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 200, 404, 200], "{expected:?}");
    for (nth, content) in [(3, LIKE_A_REFUSAL), (5, LIKE_REQUESTS), (6, "odd"), (8, LIKE_REQUESTS)] {
        assert_eq!(expected[nth].body, content);
    }
    (bytes, expected)
}

#[tokio::test(flavor = "multi_thread")]
async fn pipelined_requests_split_at_any_byte_are_answered_as_if_sent_whole() {
    let server = prepared().await;
    let (bytes, expected) = whole(&server).await;
    let (mut running, address) = (JoinSet::new(), server.address);
    for cut in 1..bytes.len() {
        let (bytes, expected) = (bytes.clone(), expected.clone());
        running.spawn(async move { assert_eq!(converse(address, &bytes, &[cut]).await, expected, "cut at {cut}") });
        if running.len() == CONCURRENCY {
            running.join_next().await.unwrap().unwrap();
        }
    }
    while let Some(held) = running.join_next().await {
        held.unwrap();
    }
    assert_eq!(server.client("").get("/storage/p/stolen").await.status, 404);
}

#[test]
fn pipelined_requests_in_random_pieces_are_answered_as_if_sent_whole() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (server, bytes, expected) = runtime.block_on(async {
        let server = prepared().await;
        let (bytes, expected) = whole(&server).await;
        (server, bytes, expected)
    });
    let pieces = proptest::collection::btree_set(1..bytes.len(), 0..60);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(64));
    let held = runner.run(&pieces, |cuts| {
        let cuts: Vec<usize> = cuts.into_iter().collect();
        prop_assert_eq!(&runtime.block_on(converse(server.address, &bytes, &cuts)), &expected);
        Ok(())
    });
    held.unwrap();
}
