//! Many connections that keep the server waiting, from one address and from several: others are served meanwhile, and each
//! of them is ended in time.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use kernelci_local::bounds::{Bounds, Pace};
use kernelci_tests::{MASTER_KEY, Server, machine};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::timeout,
};

/// Connections of a crowd, of every manner.
const MANY: usize = 300;

/// How long a connection may keep the server waiting in these tests.
const LIMIT: Duration = Duration::from_secs(10);

/// What a connection does to be waited for.
#[derive(Debug, Clone)]
struct Manner {
    name: &'static str,
    /// What it sends at once.
    first: Vec<u8>,
    /// What it sends again and again after that.
    drip: &'static [u8],
    reads: bool,
}

async fn connect(from: u8, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::new(127, 0, 0, from), 0).into()).unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    socket.connect(to).await.unwrap()
}

/// Behaves in a manner until the server ends the connection.
async fn behave(mut stream: TcpStream, manner: &Manner) {
    // A connection past the share of its address may be closed already.
    let _ = stream.write_all(&manner.first).await;
    let (mut read, mut write) = stream.split();
    let drip = async {
        while !manner.drip.is_empty() && write.write_all(manner.drip).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        std::future::pending::<()>().await;
    };
    let end = async {
        let mut taken = [0; 4_096];
        if manner.reads {
            while matches!(read.read(&mut taken).await, Ok(1..)) {}
        } else {
            // The server's end is an error: there is more than was read.
            while !read
                .ready(tokio::io::Interest::ERROR | tokio::io::Interest::READABLE)
                .await
                .unwrap()
                .is_read_closed()
            {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    };
    tokio::select! {
        () = end => {}
        () = drip => {}
    }
}

async fn token(server: &Server) -> String {
    let made = server.client(MASTER_KEY).post("/token", &json!({"email": "a@example.org", "admin": 1})).await.json();
    made["result"][0]["token"].as_str().unwrap().to_owned()
}

fn request(line: &str, headers: &str) -> Vec<u8> {
    format!("{line} HTTP/1.1\r\nHost: x\r\n{headers}\r\n").into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_that_is_waited_for_leaves_room_and_is_ended() {
    let mut machine = machine(&[]).await;
    let pace = Pace { stall: LIMIT, grace: LIMIT, rate: 16 * 1024 };
    machine.bounds = Bounds { head: LIMIT, body: pace, answer: pace, ..machine.bounds };
    let server = Server::of(machine).await;
    let token = token(&server).await;
    let long = server.client(&token).send("PUT", "/upload/long", &[], vec![b'x'; 8_000_000]).await;
    assert_eq!(long.status, 201);
    let begun = request("PUT /upload/x", &format!("Authorization: {token}\r\nContent-Length: 100000\r\n"));
    let chunks = request("PUT /upload/x", &format!("Authorization: {token}\r\nTransfer-Encoding: chunked\r\n"));
    let manners = [
        Manner { name: "sends nothing", first: Vec::new(), drip: b"", reads: true },
        Manner { name: "drips line ends", first: Vec::new(), drip: b"\r\n", reads: true },
        Manner { name: "drips a head", first: b"GET /".to_vec(), drip: b"x", reads: true },
        Manner { name: "is idle after an answer", first: request("GET /version", ""), drip: b"", reads: true },
        Manner { name: "drips a body", first: begun.clone(), drip: b"x", reads: true },
        Manner { name: "drips chunks", first: chunks, drip: b"1\r\nx\r\n", reads: true },
        Manner { name: "begins a body", first: begun, drip: b"", reads: true },
        Manner { name: "does not read a file", first: request("GET /storage/long", ""), drip: b"", reads: false },
    ];
    for addresses in [6, 1] {
        let (mut crowd, begun) = (JoinSet::new(), Instant::now());
        for (nth, manner) in manners.iter().cycle().take(MANY).enumerate() {
            let from = 2 + u8::try_from(nth % addresses).unwrap();
            let (stream, manner) = (connect(from, server.address).await, manner.clone());
            crowd.spawn(async move { timeout(3 * LIMIT, behave(stream, &manner)).await.map_err(|_| manner.name) });
        }
        let other = timeout(LIMIT / 2, server.client("").get("/version")).await;
        assert_eq!(other.expect("nobody else is served").status, 200, "{addresses}");
        assert!(begun.elapsed() < LIMIT, "the crowd came too slowly to tell");
        for ended in crowd.join_all().await {
            assert_eq!(ended, Ok(()), "is waited for without end");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_past_its_share_is_told_so_and_others_are_served() {
    let server = Server::start(&["--connections-per-address", "2"]).await;
    let held = [connect(2, server.address).await, connect(2, server.address).await];
    // The third is accepted after the two.
    let mut third = connect(2, server.address).await;
    let (status, envelope) = crate::wire::received(&mut third).await.unwrap();
    assert_eq!((status, &envelope["reason"]), (503, &json!("The service is busy: try again later")));
    let mut other = connect(3, server.address).await;
    other.write_all(&request("GET /version", "Connection: close\r\n")).await.unwrap();
    assert_eq!(crate::wire::received(&mut other).await.unwrap().0, 200);
    drop(held);
    // Its places are free once the server has seen the end of a connection.
    for _ in 0..100 {
        let mut again = connect(2, server.address).await;
        again.write_all(&request("GET /version", "Connection: close\r\n")).await.unwrap();
        if crate::wire::received(&mut again).await.is_some_and(|(status, _)| status == 200) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the places are not given back");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_or_is_read_slowly_but_steadily_is_waited_for() {
    let mut machine = machine(&[]).await;
    let pace = Pace { stall: Duration::from_millis(500), grace: Duration::from_millis(500), rate: 1_000 };
    machine.bounds = Bounds { body: pace, answer: pace, ..machine.bounds };
    let server = Server::of(machine).await;
    let token = token(&server).await;
    let head = format!("Authorization: {token}\r\nContent-Length: 2000\r\nConnection: close\r\n");
    let mut stream = connect(2, server.address).await;
    stream.write_all(&request("PUT /upload/slow", &head)).await.unwrap();
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(60)).await;
        stream.write_all(&[b'x'; 100]).await.unwrap();
    }
    assert_eq!(crate::wire::received(&mut stream).await.unwrap().0, 201);

    let length = 600_000;
    assert_eq!(server.client(&token).send("PUT", "/upload/long", &[], vec![b'y'; length]).await.status, 201);
    let mut stream = connect(2, server.address).await;
    stream.write_all(&request("GET /storage/long", "Connection: close\r\n")).await.unwrap();
    let (mut taken, mut read) = (vec![0; 20_000], 0);
    loop {
        match stream.read(&mut taken).await.unwrap() {
            0 => break,
            count => read += count,
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(read > length, "{read} bytes of {length}");
}
