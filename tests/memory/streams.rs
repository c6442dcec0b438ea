//! Streamed lists: complete or interrupted, and in bounded memory.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
};

use flate2::read::GzDecoder;
use kernelci::{
    collections::STATISTICS,
    value::{Document, Value},
};
use kernelci_tests::{MASTER_KEY, Server, machine};
use serde_json::json;

use crate::{
    MIB, ONE_AT_A_TIME,
    filled::{DOCUMENTS, NOW, all},
    peak,
};

/// The most bytes that the server may allocate for a list of 50 MB. 8 MiB of them are the documents that are read
/// before the list is known to be long.
const MAX_COUNT: usize = 28 * MIB;

const LIST: &str = "/statistics";

/// A server on a data folder that has the documents, and a token.
struct Filled {
    server: Server,
    token: String,
    folder: tempfile::TempDir,
}

async fn filled() -> Filled {
    let folder = tempfile::tempdir().unwrap();
    let machine = machine(&["--now", NOW, "--data", folder.path().to_str().unwrap()]).await;
    for some in all().chunks(100) {
        assert!(machine.services.store.load_all(&STATISTICS, some).await.iter().all(Result::is_ok));
    }
    let server = Server::of(machine).await;
    let made = server.client(MASTER_KEY).post("/token", &json!({"email": "a@example.org", "admin": 1})).await.json();
    let token = made["result"][0]["token"].as_str().unwrap().to_owned();
    Filled { server, token, folder }
}

/// The head of an answer, and its body, which is read while it arrives.
struct Receiving {
    head: String,
    content: Box<dyn Read + Send>,
}

impl Receiving {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines();
        lines
            .find_map(|line| line.split_once(": ").filter(|(other, _)| other.eq_ignore_ascii_case(name)))
            .map(|(_, v)| v)
    }
}

fn ask(address: SocketAddr, token: &str, version: &str, headers: &str) -> Receiving {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {LIST} HTTP/{version}\r\nHost: x\r\nAuthorization: {token}\r\nConnection: close\r\n{headers}\r\n"
    )
    .unwrap();
    let (mut reader, mut head) = (BufReader::new(stream), String::new());
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
    }
    let receiving = Receiving { head, content: Box::new(std::io::empty()) };
    let content: Box<dyn Read + Send> = match receiving.header("transfer-encoding") {
        Some("chunked") => Box::new(Chunked { reader, left: 0, is_first: true, has_ended: false }),
        _ => Box::new(reader),
    };
    let content = match receiving.header("content-encoding") {
        Some("gzip") => Box::new(GzDecoder::new(content)),
        _ => content,
    };
    Receiving { content, ..receiving }
}

/// A chunked body. An end before the last chunk is an error.
struct Chunked {
    reader: BufReader<TcpStream>,
    left: usize,
    is_first: bool,
    has_ended: bool,
}

impl Read for Chunked {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.has_ended {
            return Ok(0);
        }
        if self.left == 0 {
            let mut line = String::new();
            if !std::mem::take(&mut self.is_first) {
                self.reader.read_line(&mut line)?;
                line.clear();
            }
            if self.reader.read_line(&mut line)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            self.left = usize::from_str_radix(line.trim(), 16).unwrap();
            self.has_ended = self.left == 0;
        }
        let most = self.left.min(buffer.len());
        let count = self.reader.read(&mut buffer[..most])?;
        self.left -= count;
        if count == 0 && most > 0 { Err(std::io::ErrorKind::UnexpectedEof.into()) } else { Ok(count) }
    }
}

/// Reads exactly these texts in order.
fn expect(content: &mut dyn Read, texts: impl IntoIterator<Item = String>) {
    for text in texts {
        let mut read = vec![0; text.len()];
        content.read_exact(&mut read).unwrap();
        assert!(read == text.as_bytes(), "{:?} for {text:?}", String::from_utf8_lossy(&read));
    }
}

/// The parts of the answer: the text before the documents, then each document with its separator.
fn parts() -> impl Iterator<Item = String> {
    let mut documents = all();
    // The oldest first, which were created last.
    documents.reverse();
    let head = format!("{{\"code\":200,\"count\":{DOCUMENTS},\"limit\":0,\"skip\":0,\"result\":[");
    let text = |(place, document): (usize, Document)| {
        let end = if place + 1 == DOCUMENTS { "]}" } else { "," };
        serde_json::to_string(&document).unwrap() + end
    };
    std::iter::once(head).chain(documents.into_iter().enumerate().map(text))
}

fn expect_end(content: &mut dyn Read) {
    assert_eq!(content.read(&mut [0; 10]).unwrap(), 0, "the body continues after the last document");
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_is_sent_complete_within_bounded_memory() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let Filled { server, token, .. } = &filled().await;
    let address = server.address;
    let mut tags = Vec::new();
    for headers in ["", "Accept-Encoding: gzip\r\n"] {
        let token = token.clone();
        let all: Vec<String> = parts().collect();
        let (tag, bytes) = peak(blocking(move || {
            let mut receiving = ask(address, &token, "1.1", headers);
            assert!(receiving.head.starts_with("HTTP/1.1 200 "), "{}", receiving.head);
            assert_eq!(
                (receiving.header("transfer-encoding"), receiving.header("content-length")),
                (Some("chunked"), None)
            );
            expect(&mut receiving.content, all);
            expect_end(&mut receiving.content);
            receiving.header("etag").unwrap().to_owned()
        }))
        .await;
        assert!(bytes < MAX_COUNT, "{headers}: {} MiB", bytes / MIB);
        tags.push(tag);
    }
    assert_eq!(tags[0], tags[1]);
    // A list that is known to be unchanged is not sent again.
    let (of_client, tag) = (server.client(token), tags.remove(0));
    assert_eq!(of_client.send("GET", LIST, &[("if-none-match", &tag)], "").await.status, 304);
    // A client that cannot detect an interrupted stream gets the length.
    let token = token.clone();
    let old = blocking(move || ask(address, &token, "1.0", "")).await;
    let length: usize = old.header("content-length").unwrap().parse().unwrap();
    assert_eq!(length, parts().map(|part| part.len()).sum::<usize>());
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_during_a_streamed_list_do_not_change_it() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let Filled { server, token, .. } = &filled().await;
    let (address, of_client) = (server.address, token.clone());
    let (receiving, rest) = blocking(move || {
        let (mut receiving, mut rest) = (ask(address, &of_client, "1.1", ""), parts());
        expect(&mut receiving.content, rest.by_ref().take(10));
        (receiving, rest)
    })
    .await;
    let mut changed = all();
    for document in &mut changed {
        document.insert("text_a", Value::from("changed"));
    }
    for some in changed.chunks(100) {
        assert!(server.services.store.load_all(&STATISTICS, some).await.iter().all(Result::is_ok));
    }
    let tag = receiving.header("etag").unwrap().to_owned();
    blocking(move || {
        let mut receiving = receiving;
        expect(&mut receiving.content, rest);
        expect_end(&mut receiving.content);
    })
    .await;
    let (token, address) = (token.clone(), server.address);
    let again = blocking(move || ask(address, &token, "1.1", &format!("If-None-Match: {tag}\r\n")).head).await;
    assert!(again.starts_with("HTTP/1.1 200 "), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_fails_while_it_is_sent_is_interrupted() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let Filled { server, token, folder } = &filled().await;
    let file = folder.path().join("store.sqlite");
    let damaged = rusqlite::Connection::open(file).unwrap();
    let changed = damaged.execute(
        "UPDATE statistics SET item = x'c1' WHERE key = (SELECT key FROM statistics ORDER BY _order LIMIT 1 OFFSET 2000)",
        [],
    );
    assert_eq!(changed.unwrap(), 1);
    for headers in ["", "Accept-Encoding: gzip\r\n"] {
        let (address, token) = (server.address, token.clone());
        let (read, kind) = blocking(move || {
            let (mut receiving, mut text) = (ask(address, &token, "1.1", headers), Vec::new());
            assert!(receiving.head.starts_with("HTTP/1.1 200 "), "{}", receiving.head);
            let error = receiving.content.read_to_end(&mut text).unwrap_err();
            (text, error.kind())
        })
        .await;
        assert_eq!(kind, std::io::ErrorKind::UnexpectedEof, "{headers}");
        assert!(read.len() > 30_000_000 && !read.ends_with(b"]}"), "{headers}: {}", read.len());
    }
}
