//! Many connections that keep the server waiting, from one address and from several: the server ends each of them in
//! time and serves others meanwhile.

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

/// The number of slow connections, spread over all behaviours.
const SLOW_CONNECTIONS: usize = 300;

/// The longest time that a connection may keep the server waiting in these tests.
const LIMIT: Duration = Duration::from_secs(10);

/// How a slow connection behaves.
#[derive(Debug, Clone)]
struct Behaviour {
    name: &'static str,
    /// The bytes that it sends first.
    first: Vec<u8>,
    /// The bytes that it sends repeatedly after that.
    drip: &'static [u8],
    reads: bool,
}

async fn connect(from: u8, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::new(127, 0, 0, from), 0).into()).unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    socket.connect(to).await.unwrap()
}

/// Follows a behaviour until the server ends the connection.
async fn run_behaviour(mut stream: TcpStream, behaviour: &Behaviour) {
    // The server may already have closed a connection past the limit of its address.
    let _ = stream.write_all(&behaviour.first).await;
    let (mut read, mut write) = stream.split();
    let drip = async {
        while !behaviour.drip.is_empty() && write.write_all(behaviour.drip).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        std::future::pending::<()>().await;
    };
    let end = async {
        let mut taken = [0; 4_096];
        if behaviour.reads {
            while matches!(read.read(&mut taken).await, Ok(1..)) {}
        } else {
            // The server closes with an error because unread bytes remain.
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
async fn many_slow_connections_are_ended_and_others_are_served() {
    let mut machine = machine(&[]).await;
    let pace = Pace { stall: LIMIT, grace: LIMIT, rate: 16 * 1024 };
    machine.bounds = Bounds { head: LIMIT, body: pace, answer: pace, ..machine.bounds };
    let server = Server::of(machine).await;
    let token = token(&server).await;
    let long = server.client(&token).send("PUT", "/upload/long", &[], vec![b'x'; 8_000_000]).await;
    assert_eq!(long.status, 201);
    let begun = request("PUT /upload/x", &format!("Authorization: {token}\r\nContent-Length: 100000\r\n"));
    let chunks = request("PUT /upload/x", &format!("Authorization: {token}\r\nTransfer-Encoding: chunked\r\n"));
    let behaviours = [
        Behaviour { name: "sends nothing", first: Vec::new(), drip: b"", reads: true },
        Behaviour { name: "drips line ends", first: Vec::new(), drip: b"\r\n", reads: true },
        Behaviour { name: "drips a head", first: b"GET /".to_vec(), drip: b"x", reads: true },
        Behaviour { name: "is idle after an answer", first: request("GET /version", ""), drip: b"", reads: true },
        Behaviour { name: "drips a body", first: begun.clone(), drip: b"x", reads: true },
        Behaviour { name: "drips chunks", first: chunks, drip: b"1\r\nx\r\n", reads: true },
        Behaviour { name: "begins a body", first: begun, drip: b"", reads: true },
        Behaviour { name: "does not read a file", first: request("GET /storage/long", ""), drip: b"", reads: false },
    ];
    for addresses in [6, 1] {
        let (mut crowd, begun) = (JoinSet::new(), Instant::now());
        for (nth, behaviour) in behaviours.iter().cycle().take(SLOW_CONNECTIONS).enumerate() {
            let from = 2 + u8::try_from(nth % addresses).unwrap();
            let (stream, behaviour) = (connect(from, server.address).await, behaviour.clone());
            crowd.spawn(async move {
                timeout(3 * LIMIT, run_behaviour(stream, &behaviour)).await.map_err(|_| behaviour.name)
            });
        }
        let other = timeout(LIMIT / 2, server.client("").get("/version")).await;
        assert_eq!(other.expect("no other connection is served").status, 200, "{addresses}");
        assert!(begun.elapsed() < LIMIT, "opening the connections took longer than the limit");
        for ended in crowd.join_all().await {
            assert_eq!(ended, Ok(()), "the connection is not ended");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_past_its_connection_limit_is_answered_503_and_others_are_served() {
    let server = Server::start(&["--connections-per-address", "2"]).await;
    let held = [connect(2, server.address).await, connect(2, server.address).await];
    // The server accepts connections in order, so the third is the one past the limit.
    let mut third = connect(2, server.address).await;
    let (status, envelope) = crate::wire::received(&mut third).await.unwrap();
    assert_eq!((status, &envelope["reason"]), (503, &json!("The service is busy: try again later")));
    let mut other = connect(3, server.address).await;
    other.write_all(&request("GET /version", "Connection: close\r\n")).await.unwrap();
    assert_eq!(crate::wire::received(&mut other).await.unwrap().0, 200);
    drop(held);
    // The server frees the slots when it has seen the end of the connections.
    for _ in 0..100 {
        let mut again = connect(2, server.address).await;
        again.write_all(&request("GET /version", "Connection: close\r\n")).await.unwrap();
        if crate::wire::received(&mut again).await.is_some_and(|(status, _)| status == 200) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the connection slots are not freed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_but_steady_transfer_is_not_ended() {
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
