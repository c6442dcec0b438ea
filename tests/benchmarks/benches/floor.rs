//! What one machine takes for its most usual reads, beside a floor that is measured in the same run: the HTTP library
//! (`hyper`) answers the same 50 rows straight from SQLite, after a look at the hash of the token.
//!
//! `cargo bench -p kernelci-benchmarks --bench floor [-- REQUESTS]`; with `-- REQUESTS NAME` only the request of that name,
//! and the process id of the server is printed, for a profiler.

use std::{
    convert::Infallible,
    env,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, ExitCode, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http1::SendRequest, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use kernelci::{
    collections::{JOB, TEST_CASE, TEST_GROUP},
    store::Store,
    token::TokenHash,
    value::Document,
};
use kernelci_benchmarks::{
    history::{NOW, Revision},
    processes::processor_time,
    runs::{keep, say},
};
use kernelci_tests::{ADMIN, load_seed, machine};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value as Json, json};
use tokio::net::{TcpListener, TcpStream};

/// In the environment of a process that is measured: the folder that it serves, or the file of the floor.
const SERVED: &str = "KERNELCI_BENCHMARK_FOLDER";
const FLOOR: &str = "KERNELCI_BENCHMARK_FLOOR";

/// How often each request is sent, unless the command line says otherwise. A batch is sent a hundredth as often.
const REQUESTS: u32 = 3_000;

/// The operations of a batch.
const OPERATIONS: usize = 300;

/// The revisions whose test cases are there: 8,000 cases.
const REVISIONS: usize = 20;

const LIST: &str = "/job?sort=created_on&limit=50";
const CASES: &str = "/test/case?job=next&sort=created_on&limit=50";

/// The goals: times of the floor, share of the 200, milliseconds, items.
const LIST_GOAL: f64 = 3.0;
const UNCHANGED_GOAL: f64 = 0.1;
const BATCH_GOAL: f64 = 100.0;
const ITEMS_GOAL: f64 = 250.0;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if let Ok(folder) = env::var(SERVED) {
        runtime.block_on(serve_folder(&folder));
        return ExitCode::SUCCESS;
    }
    if let Ok(file) = env::var(FLOOR) {
        runtime.block_on(serve_floor(Path::new(&file)));
        return ExitCode::SUCCESS;
    }
    let times = env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(REQUESTS);
    let folder = tempfile::TempDir::new().unwrap();
    runtime.block_on(measure(folder.path(), times))
}

async fn measure(folder: &Path, times: u32) -> ExitCode {
    let (data, file) = (folder.join("data"), folder.join("floor.sqlite"));
    let items = fill(&data).await;
    let mut server = Server::start(SERVED, &data).await;
    let jobs = server.send(&get(LIST, None)).await;
    let envelope: Json = serde_json::from_slice(&jobs.body).unwrap();
    make_floor(&file, envelope["result"].as_array().unwrap());
    let mut floor = Server::start(FLOOR, &file).await;
    let of_floor = floor.send(&get(LIST, None)).await;
    let of_floor: Json = serde_json::from_slice(&of_floor.body).unwrap();
    assert_eq!(of_floor["result"], envelope["result"], "the floor answers other rows");

    let unchanged = get(LIST, Some(&jobs.tag));
    let batch = batch();
    let version = get("/version", None);
    let all: [(&str, &Asked, u32); 4] = [
        ("version", &version, times),
        ("list", &get(LIST, None), times),
        ("304", &unchanged, times),
        ("batch", &batch, (times / 100).max(3)),
    ];
    if let Some((_, asked, times)) = all.iter().find(|(name, ..)| env::args().any(|argument| argument == *name)) {
        say(&format!("process {}", server.process()));
        say(&format!("{:?}", server.time(asked, *times).await));
        return ExitCode::SUCCESS;
    }
    let floor_time = floor.time(&get(LIST, None), times).await;
    let mut taken = Vec::new();
    for (_, asked, times) in all {
        taken.push(server.time(asked, times).await);
    }
    let milliseconds = |time: &Taken| time.processor.as_secs_f64() * 1_000.0;
    let [version, list, unchanged, batch] = [&taken[0], &taken[1], &taken[2], &taken[3]].map(milliseconds);
    let floor = milliseconds(&floor_time);
    let rows = [
        ("list of 50 jobs, beside the floor", list / floor, LIST_GOAL),
        ("304 of it, beside its 200", unchanged / list, UNCHANGED_GOAL),
        ("`/batch` of 300 counts by job, status and arch, ms", batch, BATCH_GOAL),
        ("the newest 50 test cases of a job: items read", items, ITEMS_GOAL),
    ];
    say(&format!(
        "Processor time of a request in ms: floor {floor:.4}, list {list:.4}, 304 {unchanged:.4}, version {version:.4}\n"
    ));
    say("| | measured | goal |");
    say("|---|---|---|");
    let mut is_missed = false;
    for (what, measured, goal) in rows {
        is_missed |= measured > goal;
        say(&format!("| {what} | {measured:.3}{} | {goal} |", if measured > goal { " (missed)" } else { "" }));
    }
    let raw = json!({
        "requests": times, "floor_ms": floor, "list_ms": list, "unchanged_ms": unchanged, "version_ms": version,
        "batch_ms": batch, "batch_elapsed_ms": taken[3].elapsed.as_secs_f64() * 1_000.0, "items_read": items,
    });
    keep("floor", raw);
    if is_missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Fills a data folder with the seed documents and a history of test results, and gives the items that a page of test
/// cases reads.
async fn fill(data: &Path) -> f64 {
    let machine = machine(&["--now", NOW, "--data", &data.to_string_lossy()]).await;
    load_seed(&machine.services).await;
    for nth in 0..REVISIONS {
        load_revision(&machine.services.store, nth).await;
    }
    let services = machine.services.counted();
    let arguments = kernelci::query::Arguments::parse(CASES.split_once('?').unwrap().1).unwrap();
    let selection = kernelci::query::Selection::read(&TEST_CASE, &arguments, services.clock.now()).unwrap();
    assert_eq!(services.store.list(&TEST_CASE, &selection).await.unwrap().len(), 50);
    services.store.work().done().items_read as f64
}

async fn load_revision(store: &Store, nth: usize) {
    let revision = Revision::new(nth);
    let groups = revision.groups();
    let cases: Vec<Document> = groups.iter().flat_map(|group| group.cases()).collect();
    let groups: Vec<Document> = groups.iter().map(|group| group.document()).collect();
    for (collection, documents) in [(&JOB, &[revision.job()][..]), (&TEST_GROUP, &groups), (&TEST_CASE, &cases)] {
        assert!(store.load_all(collection, documents).await.iter().all(Result::is_ok));
    }
}

/// Counts of builds, as a page of a dashboard asks for them.
fn batch() -> Asked {
    const JOBS: [&str; 5] = ["next", "mainline", "stable-rc", "stable", "media"];
    const STATUSES: [&str; 4] = ["PASS", "FAIL", "SKIP", "UNKNOWN"];
    const ARCHES: [&str; 15] = [
        "arm", "arm64", "x86", "x86_64", "mips", "riscv", "i386", "arc", "sparc", "s390", "powerpc", "alpha", "m68k",
        "sh", "parisc",
    ];
    let queries = JOBS.iter().flat_map(|job| {
        STATUSES
            .iter()
            .flat_map(move |status| ARCHES.iter().map(move |arch| format!("job={job}&status={status}&arch={arch}")))
    });
    let operations: Vec<Json> = queries
        .take(OPERATIONS)
        .map(|query| json!({"method": "GET", "resource": "count", "document": "build", "query": query}))
        .collect();
    assert_eq!(operations.len(), OPERATIONS);
    let request = Request::post("/batch").header("content-type", "application/json");
    Asked { request: with_token(request).body(()).unwrap(), body: json!({"batch": operations}).to_string().into() }
}

/// A request, as often as it is sent.
struct Asked {
    request: Request<()>,
    body: Bytes,
}

fn with_token(request: http::request::Builder) -> http::request::Builder {
    request.header("host", "localhost").header("authorization", ADMIN)
}

fn get(path: &str, tag: Option<&str>) -> Asked {
    let request = with_token(Request::get(path));
    let request = match tag {
        Some(tag) => request.header(header::IF_NONE_MATCH, tag),
        None => request,
    };
    Asked { request: request.body(()).unwrap(), body: Bytes::new() }
}

/// An answer.
struct Answered {
    status: StatusCode,
    tag: String,
    body: Bytes,
}

/// The time that a request takes.
#[derive(Debug)]
struct Taken {
    processor: Duration,
    elapsed: Duration,
}

/// A process that is measured, until it is dropped.
struct Server {
    child: Child,
    sender: SendRequest<Full<Bytes>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

impl Server {
    async fn start(variable: &str, path: &Path) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        let mut child = command.env(variable, path).stdout(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let stream = TcpStream::connect(address.trim()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self { child, sender }
    }

    fn process(&self) -> String {
        self.child.id().to_string()
    }

    async fn send(&mut self, asked: &Asked) -> Answered {
        self.sender.ready().await.unwrap();
        let (head, ()) = asked.request.clone().into_parts();
        let request = Request::from_parts(head, Full::new(asked.body.clone()));
        let (head, body) = self.sender.send_request(request).await.unwrap().into_parts();
        let tag = head.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default().to_owned();
        Answered { status: head.status, tag, body: body.collect().await.unwrap().to_bytes() }
    }

    /// The mean time of a request.
    async fn time(&mut self, asked: &Asked, times: u32) -> Taken {
        let is_conditional = asked.request.headers().contains_key(header::IF_NONE_MATCH);
        let expected = if is_conditional { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
        for _ in 0..times / 10 {
            self.send(asked).await;
        }
        let (before, start) = (processor_time(&self.process()), Instant::now());
        for _ in 0..times {
            let answered = self.send(asked).await;
            assert_eq!(answered.status, expected, "{}", String::from_utf8_lossy(&answered.body));
        }
        let (after, elapsed) = (processor_time(&self.process()), start.elapsed());
        Taken { processor: (after - before) / times, elapsed: elapsed / times }
    }
}

async fn listen() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    say(&listener.local_addr().unwrap().to_string());
    listener
}

async fn serve_folder(folder: &str) {
    let machine = machine(&["--now", NOW, "--data", folder]).await;
    let (_running, stopped) = tokio::sync::watch::channel(false);
    machine.run(listen().await, stopped).await;
}

/// Keeps the rows as the texts that are answered, in the order in which they are.
fn make_floor(file: &Path, rows: &[Json]) {
    let connection = Connection::open(file).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE token (hash TEXT PRIMARY KEY) WITHOUT ROWID;
             CREATE TABLE job (id INTEGER PRIMARY KEY, created_on INTEGER, document TEXT NOT NULL);
             CREATE INDEX by_time ON job (created_on);",
        )
        .unwrap();
    connection.execute("INSERT INTO token VALUES (?1)", [TokenHash::of(ADMIN).to_hex()]).unwrap();
    for (place, row) in rows.iter().enumerate() {
        let created_on = -i64::try_from(place).unwrap();
        let insert = "INSERT INTO job (created_on, document) VALUES (?1, ?2)";
        connection.execute(insert, params![created_on, row.to_string()]).unwrap();
    }
}

async fn serve_floor(file: &Path) {
    let (listener, connection) = (listen().await, Arc::new(Mutex::new(Connection::open(file).unwrap())));
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let connection = Arc::clone(&connection);
        let service = service_fn(move |request| {
            let connection = Arc::clone(&connection);
            // SQLite may wait for the disk.
            let answer = tokio::task::spawn_blocking(move || floor_answer(&request, &connection.lock().unwrap()));
            async move { Ok::<_, Infallible>(answer.await.unwrap()) }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

fn floor_answer(request: &Request<Incoming>, connection: &Connection) -> Response<Full<Bytes>> {
    let token = request.headers()[header::AUTHORIZATION].to_str().unwrap();
    let mut is_token = connection.prepare_cached("SELECT 1 FROM token WHERE hash = ?1").unwrap();
    let found: Option<i64> = is_token.query_row([TokenHash::of(token).to_hex()], |row| row.get(0)).optional().unwrap();
    assert_eq!(found, Some(1));
    let mut text = "{\"code\":200,\"count\":50,\"limit\":50,\"skip\":0,\"result\":[".to_owned();
    let mut list = connection.prepare_cached("SELECT document FROM job ORDER BY created_on DESC LIMIT 50").unwrap();
    let mut rows = list.query([]).unwrap();
    let mut is_first = true;
    while let Some(row) = rows.next().unwrap() {
        if !std::mem::take(&mut is_first) {
            text.push(',');
        }
        text.push_str(row.get_ref(0).unwrap().as_str().unwrap());
    }
    text.push_str("]}");
    Response::builder().header(header::CONTENT_TYPE, "application/json").body(Full::new(text.into())).unwrap()
}
