//! HTTP requests as raw bytes, for requests that no client library would send.

use std::net::SocketAddr;

use serde_json::Value as Json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Sends bytes and returns the answer; `None` where the connection ends without one.
pub(crate) async fn exchange(address: SocketAddr, sent: &[u8]) -> Option<(u16, Json)> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may answer and close the connection before all bytes are sent.
    let _ = stream.write_all(sent).await;
    received(&mut stream).await
}

/// Reads a connection to its end and parses the answer.
pub(crate) async fn received(stream: &mut TcpStream) -> Option<(u16, Json)> {
    let mut text = Vec::new();
    let _ = stream.read_to_end(&mut text).await;
    let text = String::from_utf8(text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    assert!(head.contains("application/json"), "{text}");
    Some((status, serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {text}"))))
}
