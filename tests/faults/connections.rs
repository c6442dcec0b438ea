//! Connections that are slow, half-open or too many, or that do not speak HTTP.

use std::time::Duration;

use kernelci_local::bounds::{Bounds, Pace};
use kernelci_tests::{MASTER_KEY, Server, machine};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::wire::{exchange, received};

async fn bounded(bounds: Bounds) -> Server {
    let mut machine = machine(&[]).await;
    machine.bounds = bounds;
    Server::of(machine).await
}

async fn is_well(server: &Server) {
    assert_eq!(server.client("").get("/version").await.status, 200);
}

fn head(extra: &str) -> Vec<u8> {
    format!("GET /version HTTP/1.1\r\nHost: x\r\n{extra}\r\n").into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_request_is_refused_with_the_error_envelope() {
    let server = bounded(Bounds::LOCAL).await;
    let million = "x".repeat(1_000_000);
    let cases: Vec<(&str, Vec<u8>, u16)> = vec![
        ("a header of a million bytes", head(&format!("X-Long: {million}\r\n")), 431),
        ("headers of a million bytes", head(&"X-Many: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n".repeat(20_000)), 431),
        ("two hundred headers", head(&"X-Many: x\r\n".repeat(200)), 431),
        (
            "a path of seventy thousand bytes",
            format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(70_000)).into_bytes(),
            414,
        ),
        (
            "a query string of a million bytes",
            format!("GET /job?a={million} HTTP/1.1\r\nHost: x\r\n\r\n").into_bytes(),
            431,
        ),
        ("a line that is not HTTP", b"hello\r\n\r\n".to_vec(), 400),
        ("another protocol", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec(), 400),
        ("a header without a name", head(": x\r\n"), 400),
        ("a header with a zero byte", head("X-Zero: a\0b\r\n"), 400),
        ("two lengths", head("Content-Length: 1\r\nContent-Length: 2\r\n"), 400),
        ("a length that is not a number", head("Content-Length: many\r\n"), 400),
        ("a length and a chunked encoding", head("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), 400),
        ("an unsupported transfer encoding", head("Transfer-Encoding: gzip, chunked\r\n"), 400),
        ("a folded header", head("X-Long: a\r\n b\r\n"), 400),
    ];
    for (what, sent, status) in cases {
        let (answered, envelope) = exchange(server.address, &sent).await.unwrap_or_else(|| panic!("{what}: no answer"));
        assert_eq!((answered, &envelope["code"]), (status, &json!(status)), "{what}: {envelope}");
        assert!(envelope["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{what}: {envelope}");
    }
    is_well(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_a_complete_head_is_closed() {
    let server = bounded(Bounds { head: Duration::from_millis(100), ..Bounds::LOCAL }).await;
    for begun in ["", "GET /vers", "GET /version HTTP/1.1\r\nHost: x\r\n"] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        let mut answer = String::new();
        // The client keeps its side open, so the loop ends only when the server closes the connection.
        stream.read_to_string(&mut answer).await.unwrap();
        assert_eq!(answer, "", "{begun}");
    }
    is_well(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_body_is_408_and_a_truncated_body_400() {
    let stall = Pace { stall: Duration::from_millis(100), ..Pace::LOCAL };
    let whole = Pace { grace: Duration::from_millis(100), rate: u32::MAX, ..Pace::LOCAL };
    let begun = format!(
        "POST /token HTTP/1.1\r\nHost: x\r\nAuthorization: {MASTER_KEY}\r\nContent-Type: application/json\r\n\
         Content-Length: 100\r\n\r\n{{\"email\": \"a@ex"
    );
    for body in [stall, whole] {
        let server = bounded(Bounds { body, ..Bounds::LOCAL }).await;
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        let (status, envelope) = received(&mut stream).await.unwrap();
        assert_eq!((status, &envelope["reason"]), (408, &json!("The request body did not come in time")));
        is_well(&server).await;
    }
    let server = bounded(Bounds::LOCAL).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(begun.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let (status, envelope) = received(&mut stream).await.unwrap();
    assert_eq!((status, &envelope["reason"]), (400, &json!("The request body ended before it was complete")));
    let tokens = server.client(MASTER_KEY).get("/token").await.result();
    assert_eq!(tokens.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_past_the_limit_wait() {
    let server = bounded(Bounds { connections: 2, ..Bounds::LOCAL }).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(b"GET /version HTTP/1.1\r\nHost: x\r\n").await.unwrap();
        held.push(stream);
    }
    let mut waits = TcpStream::connect(server.address).await.unwrap();
    waits.write_all(&head("Connection: close\r\n")).await.unwrap();
    let early = tokio::time::timeout(Duration::from_millis(200), waits.readable()).await;
    assert!(early.is_err(), "a third connection is served although the limit is two");
    drop(held.pop());
    assert_eq!(received(&mut waits).await.unwrap().0, 200);
    held[0].write_all(b"Connection: close\r\n\r\n").await.unwrap();
    assert_eq!(received(&mut held[0]).await.unwrap().0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_past_the_memory_limit_is_answered_503() {
    let server = bounded(Bounds { room: 1024 * 1024, ..Bounds::LOCAL }).await;
    let client = server.client(MASTER_KEY);
    let length = 2 * 1024 * 1024;
    let head =
        format!("POST /token HTTP/1.1\r\nHost: x\r\nAuthorization: {MASTER_KEY}\r\nContent-Length: {length}\r\n\r\n");
    let sent = [head.into_bytes(), vec![b' '; length]].concat();
    let (status, envelope) = exchange(server.address, &sent).await.unwrap();
    assert_eq!((status, &envelope["reason"]), (503, &json!("The service is busy: try again later")));
    assert_eq!(client.post("/token", &json!({"email": "a@example.org"})).await.status, 201);
}
