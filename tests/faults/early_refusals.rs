//! Requests that are refused by their head: the answer does not wait for the body, and the server reads only as much of
//! the body as prevents the loss of the answer.

use std::time::Duration;

use kernelci_tests::{MASTER_KEY, Server};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::wire::received;

/// The length of a body that is never sent in full.
const LENGTH: usize = 200_000_000;

fn head(line: &str, token: &str, headers: &str) -> String {
    format!("{line} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nContent-Type: application/json\r\n{headers}\r\n")
}

async fn token(server: &Server, rights: serde_json::Value) -> String {
    let made = server.client(MASTER_KEY).post("/token", &rights).await.json();
    made["result"][0]["token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_head_is_answered_without_waiting_for_the_body() {
    let server = Server::start(&[]).await;
    let reader = token(&server, json!({"email": "a@example.org", "get": 1})).await;
    for (line, token, status) in [
        ("PUT /upload/a", "nosuch", 403),
        ("PUT /upload/a", reader.as_str(), 403),
        ("POST /job", reader.as_str(), 403),
        ("POST /token", "", 403),
        ("POST /nosuch", reader.as_str(), 404),
        ("PATCH /job", reader.as_str(), 405),
        ("PUT /job", reader.as_str(), 501),
    ] {
        for body in [
            format!("Content-Length: {LENGTH}\r\n"),
            format!("Content-Length: {LENGTH}\r\nExpect: 100-continue\r\n"),
            "Content-Length: 1\r\nExpect: 100-continue\r\n".to_owned(),
            "Transfer-Encoding: chunked\r\n".to_owned(),
        ] {
            let mut stream = TcpStream::connect(server.address).await.unwrap();
            stream.write_all(head(line, token, &body).as_bytes()).await.unwrap();
            let answer = timeout(Duration::from_secs(3), received(&mut stream)).await;
            let (answered, envelope) =
                answer.unwrap_or_else(|_| panic!("{line} {body}: the server waits for the body")).unwrap();
            assert_eq!((answered, &envelope["code"]), (status, &json!(status)), "{line} {body}: {envelope}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn expect_continue_is_answered_once_the_head_is_accepted() {
    let server = Server::start(&[]).await;
    let admin = token(&server, json!({"email": "a@example.org", "admin": 1})).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let sent = head("PUT /upload/a", &admin, "Content-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n");
    stream.write_all(sent.as_bytes()).await.unwrap();
    let mut answer_or_fail = [0; 25];
    stream.read_exact(&mut answer_or_fail).await.unwrap();
    assert_eq!(&answer_or_fail, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"12345").await.unwrap();
    assert_eq!(received(&mut stream).await.unwrap().0, 201);
    assert_eq!(server.client("").get("/storage/a").await.body, b"12345");
}

#[tokio::test(flavor = "multi_thread")]
async fn little_of_a_refused_body_is_read_and_the_answer_arrives() {
    let server = Server::start(&[]).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let begun = head("PUT /upload/a", "nosuch", &format!("Content-Length: {LENGTH}\r\n"));
    stream.write_all(begun.as_bytes()).await.unwrap();
    let (piece, mut sent) = (vec![b'x'; 1_000_000], 0);
    while sent < LENGTH && stream.write_all(&piece).await.is_ok() {
        sent += piece.len();
    }
    // Bytes in the buffers of the operating system count as sent.
    assert!(sent < LENGTH / 4, "{sent} bytes of a refused body are read");
    assert_eq!(received(&mut stream).await.unwrap().0, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_body_of_a_refused_request_keeps_the_connection_open() {
    let server = Server::start(&[]).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let refused = head("POST /job", "nosuch", "Content-Length: 14\r\n") + "GET / HTTP/1.1";
    let answered = head("GET /version", "", "Connection: close\r\n");
    stream.write_all((refused + &answered).as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    let statuses: Vec<_> = text.matches("HTTP/1.1 ").collect();
    assert_eq!(statuses.len(), 2, "{text}");
    assert!(text.starts_with("HTTP/1.1 403 ") && text.contains("HTTP/1.1 200 "), "{text}");
}
