//! What writing test results costs on one machine: the processor time, the commits, the synchronisations with the disk and
//! the bytes of the file, of the whole local process; beside a floor, which is plain `rusqlite` that inserts rows of the
//! same bytes.
//!
//! `cargo bench -p kernelci-benchmarks --bench writes [-- CASES]`, where `CASES` are loaded.

use std::{
    env,
    fs::{self, File},
    io::{BufRead, BufReader, BufWriter, Write},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use kernelci::{
    collections::{JOB, TEST_CASE, TEST_GROUP},
    value::{Document, Value},
};
use kernelci_benchmarks::{
    history::{CASES_OF_A_REVISION, NOW, Revision},
    processes::processor_time,
    runs::{keep, say},
};
use kernelci_local::load;
use kernelci_tests::{ADMIN, load_seed, machine};
use rusqlite::Connection;
use serde_json::{Value as Json, json};
use tokio::net::{TcpListener, TcpStream};

/// In the environment of the process that is measured: the folder that it serves.
const SERVED: &str = "KERNELCI_BENCHMARK_FOLDER";

/// The cases that are loaded, unless the command line says otherwise.
const LOADED: usize = 100_000;

/// Groups of each size that are sent, one after another.
const GROUPS: [(usize, usize); 3] = [(1, 50), (50, 20), (2_000, 5)];

/// The bytes of a row of the floor.
const ROW: usize = 670;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if let Ok(folder) = env::var(SERVED) {
        return runtime.block_on(serve_folder(&folder));
    }
    let cases = env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(LOADED);
    say("| group of | processor time, ms | of the floor, ms | time of an answer, ms | synchronisations |");
    say("|---|---|---|---|---|");
    let rows: Vec<Json> = GROUPS.map(|(size, count)| runtime.block_on(posted(size, count))).into();
    let loading = runtime.block_on(loaded(cases));
    keep("writes", json!({"groups": rows, "load": loading}));
}

async fn serve_folder(folder: &str) {
    let machine = machine(&["--now", NOW, "--data", folder]).await;
    load_seed(&machine.services).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    say(&listener.local_addr().unwrap().to_string());
    let (_running, stopped) = tokio::sync::watch::channel(false);
    machine.run(listener, stopped).await;
}

/// A group of so many cases; no two of different numbers are the same.
fn group(number: usize, size: usize) -> Json {
    let case = |nth: usize| {
        json!({
            "name": format!("kselftest-test-{nth:04}"), "status": if nth % 50 == 7 { "FAIL" } else { "PASS" },
            "time": 1.5, "measurements": [], "log_lines": [],
        })
    };
    json!({
        "arch": "arm64", "build_environment": "gcc-8", "defconfig": "defconfig", "device_type": "meson-gxl-s905x-libretech-cc",
        "git_branch": "master", "git_commit": "0123456789abcdef0123456789abcdef01234567", "job": "next",
        "kernel": format!("next-202004{number:02}"), "lab_name": "lab-baylibre", "name": format!("plan-{size}"),
        "test_cases": (0..size).map(case).collect::<Vec<Json>>(),
    })
}

/// The process that is measured, until it is dropped.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}

impl Served {
    fn start(folder: &Path) -> (Self, String) {
        let mut command = Command::new(env::current_exe().unwrap());
        let mut served = Self(command.env(SERVED, folder).stdout(Stdio::piped()).spawn().unwrap());
        let mut address = String::new();
        BufReader::new(served.0.stdout.take().unwrap()).read_line(&mut address).unwrap();
        (served, address.trim().to_owned())
    }

    /// Writes its calls that wait for the disk to a file, for as long as what is returned lives; `None` where there is no
    /// `strace`.
    fn traced(&self, trace: &Path) -> Option<Self> {
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-e", "trace=fsync,fdatasync", "-p", &self.0.id().to_string(), "-o"]).arg(trace);
        command.spawn().ok().map(Self)
    }
}

async fn connect(address: &str) -> SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn ask(sender: &mut SendRequest<Full<Bytes>>, method: &str, path: &str, body: Bytes) -> (StatusCode, Bytes) {
    sender.ready().await.unwrap();
    let request = Request::builder().method(method).uri(path).header("host", "localhost");
    let request = request.header("authorization", ADMIN).header("content-type", "application/json");
    let answer = sender.send_request(request.body(Full::new(body)).unwrap()).await.unwrap();
    (answer.status(), answer.into_body().collect().await.unwrap().to_bytes())
}

/// Waits until the work after the answers is done: until the process has used no time for a while.
async fn settle(process: &str) {
    let mut before = processor_time(process);
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let now = processor_time(process);
        if now - before < Duration::from_millis(3) {
            return;
        }
        before = now;
    }
}

/// Sends so many groups of a size, and prints what one took.
async fn posted(size: usize, count: usize) -> Json {
    let bodies: Vec<Bytes> = (0..=count).map(|number| group(number, size).to_string().into()).collect();
    let folder = tempfile::tempdir().unwrap();
    let (served, address) = Served::start(folder.path());
    let (mut sender, process) = (connect(&address).await, served.0.id().to_string());
    let (mut bodies, mut answered) = (bodies.into_iter(), Duration::ZERO);
    send(&mut sender, bodies.next().unwrap()).await;
    settle(&process).await;
    let before = processor_time(&process);
    for body in bodies {
        answered += send(&mut sender, body).await;
    }
    settle(&process).await;
    let milliseconds = |time: Duration| time.as_secs_f64() * 1_000.0 / count as f64;
    let (processor, answered) = (milliseconds(processor_time(&process) - before), milliseconds(answered));
    drop(served);
    let synchronisations = synchronisations(size).await;
    let floor = floor(folder.path(), size, 1 + 20_000 / size).processor.as_secs_f64() * 1_000.0;
    let shown = synchronisations.map_or_else(|| "unknown: there is no strace".to_owned(), |count| count.to_string());
    say(&format!("| {size} | {processor:.1} | {floor:.2} | {answered:.1} | {shown} |"));
    json!({"cases": size, "processor_ms": processor, "floor_ms": floor, "answer_ms": answered, "synchronisations": synchronisations})
}

async fn send(sender: &mut SendRequest<Full<Bytes>>, body: Bytes) -> Duration {
    let start = Instant::now();
    let (status, answer) = ask(sender, "POST", "/test/group", body).await;
    assert_eq!(status, StatusCode::CREATED, "{}", String::from_utf8_lossy(&answer));
    start.elapsed()
}

/// How often the process waits for the disk because of one group; `None` where it cannot be traced.
async fn synchronisations(size: usize) -> Option<usize> {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let (served, address) = Served::start(&folder.path().join("data"));
    let tracer = served.traced(&trace)?;
    let mut sender = connect(&address).await;
    let calls =
        || fs::read_to_string(&trace).map_or(0, |text| text.lines().filter(|line| line.contains("sync(")).count());
    let mut counts = Vec::new();
    for number in 0..3 {
        let before = calls();
        send(&mut sender, group(number, size).to_string().into()).await;
        tokio::time::sleep(Duration::from_secs(4)).await;
        counts.push(calls() - before);
    }
    drop(tracer);
    // The first also notes the month.
    counts.into_iter().skip(1).max()
}

/// What it took to insert rows.
struct Floor {
    processor: Duration,
    elapsed: Duration,
    bytes: u64,
}

/// Inserts so many transactions of `rows` rows, each a key and bytes, and gives what one took.
fn floor(folder: &Path, rows: usize, transactions: usize) -> Floor {
    let file = folder.join("floor.sqlite");
    let mut connection = Connection::open(&file).unwrap();
    let _: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)).unwrap();
    connection.pragma_update(None, "synchronous", "FULL").unwrap();
    connection.execute_batch("CREATE TABLE floor (key TEXT NOT NULL UNIQUE, item BLOB NOT NULL) STRICT").unwrap();
    let (before, start) = (processor_time("self"), Instant::now());
    for nth in 0..transactions {
        let transaction = connection.transaction().unwrap();
        {
            let mut insert = transaction.prepare_cached("INSERT INTO floor VALUES (?1, ?2)").unwrap();
            for row in 0..rows {
                insert.execute((format!("{:024x}", nth * rows + row), [7_u8; ROW].as_slice())).unwrap();
            }
        }
        transaction.commit().unwrap();
    }
    let count = u32::try_from(transactions).unwrap();
    let (processor, elapsed) = ((processor_time("self") - before) / count, start.elapsed() / count);
    drop(connection);
    let bytes = fs::metadata(&file).unwrap().len();
    fs::remove_file(&file).unwrap();
    Floor { processor, elapsed, bytes }
}

/// Loads a file of so many cases into an empty folder, and prints how fast that was and what it takes.
async fn loaded(cases: usize) -> Json {
    let folder = tempfile::tempdir().unwrap();
    let (file, data) = (folder.path().join("documents.json"), folder.path().join("data"));
    let revisions = cases.div_ceil(CASES_OF_A_REVISION);
    let text = write_documents(&file, revisions);
    let cases = revisions * CASES_OF_A_REVISION;
    let machine = machine(&["--now", NOW, "--data", &data.to_string_lossy()]).await;
    let (before, start) = (processor_time("self"), Instant::now());
    let summaries = load::load(&machine.services, file.as_path()).await.unwrap();
    let (processor, seconds) = ((processor_time("self") - before).as_secs_f64(), start.elapsed().as_secs_f64());
    assert_eq!(summaries["test_case"].new as usize, cases);
    drop(machine);
    let store = data.join("store.sqlite");
    let bytes = fs::metadata(&store).unwrap().len() as f64 / cases as f64;
    let floor = floor(folder.path(), 2_000, cases.div_ceil(2_000));
    let floor_rate = 2_000.0 / floor.elapsed.as_secs_f64();
    let floor_bytes = floor.bytes as f64 / (cases.div_ceil(2_000) * 2_000) as f64;
    let rate = cases as f64 / seconds;
    say("\n| loaded | cases a second | of the floor | bytes of file a case | of the floor | bytes of JSON |");
    say("|---|---|---|---|---|---|");
    say(&format!(
        "| {cases} cases | {rate:.0} | {floor_rate:.0} | {bytes:.0} | {floor_bytes:.0} | {} |",
        text / cases as u64
    ));
    json!({
        "cases": cases, "seconds": seconds, "processor_seconds": processor, "cases_per_second": rate,
        "bytes_per_case": bytes, "json_bytes_per_case": text / cases as u64,
        "floor": {"rows_per_second": floor_rate, "bytes_per_row": floor_bytes},
    })
}

/// Writes so many revisions, their groups and cases as extended JSON, and gives the bytes of the cases.
fn write_documents(file: &Path, revisions: usize) -> u64 {
    let mut out = BufWriter::new(File::create(file).unwrap());
    let text = |document: Document| serde_json::to_string(&Value::Map(document)).unwrap();
    let mut of_cases = 0;
    for (place, collection) in [&JOB, &TEST_GROUP, &TEST_CASE].into_iter().enumerate() {
        write!(out, "{}\"{}\":[", if place == 0 { "{" } else { "," }, collection.loaded_as).unwrap();
        let mut separator = "";
        for revision in (0..revisions).map(Revision::new) {
            let documents: Vec<Document> = match collection.name {
                name if name == JOB.name => vec![revision.job()],
                name if name == TEST_GROUP.name => revision.groups().iter().map(|group| group.document()).collect(),
                _ => revision.groups().iter().flat_map(|group| group.cases()).collect(),
            };
            for document in documents {
                let document = text(document);
                of_cases += if *collection == TEST_CASE { document.len() as u64 } else { 0 };
                write!(out, "{separator}{document}").unwrap();
                separator = ",\n";
            }
        }
        write!(out, "]").unwrap();
    }
    write!(out, "}}").unwrap();
    of_cases
}
