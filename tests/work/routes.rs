//! What each route that writes costs: requests to the store, items read, write units, and transactions, each of which waits
//! once for the disk on one machine. The figures are exact: a change that makes a route dearer or cheaper changes them here.

use std::{fmt::Write, sync::Arc};

use kernelci::{
    collections::COLLECTIONS,
    http::serve,
    services::Services,
    store::{Store, StoreOptions, WorkDone, create_tables, engine::Engine, schema},
    worker,
};
use kernelci_local::{events::event, functions::function, sqlite::Sqlite};
use kernelci_tests::{load_seed, root};
use serde_json::{Value as Json, json};

use crate::machine::machine;

const NOW: &str = "2020-04-12T10:30:00Z";

/// Events, which their functions answer. Each meets what those before it have left.
const EVENTS: [&str; 24] = [
    "job-post/status",
    "build-post/uploaded-build",
    "build-post/inline-build",
    "boot-post/report-of-a-lab",
    "test-group-post/group-with-cases-and-sub-groups",
    "test-group-put/another-name",
    "test-case-post/new-case",
    "test-case-put/another-status",
    "callback-post/job-that-is-complete",
    "bisect-post/result",
    "send-post/build-report",
    "batch-post/counts-and-lists",
    "upload-put/text",
    "upload-post/multipart-as-text",
    "token-post/new-token",
    "token-put/takes-a-right",
    "token-delete/one",
    "lab-post/new-lab",
    "lab-post/with-a-token-by-its-id",
    "lab-put/private",
    "lab-delete/one",
    "boot-delete/one",
    "build-delete/one-with-logs",
    "job-delete/one",
];

/// A machine with the seed documents, and what counts its transactions.
struct Counted {
    services: Services,
    engine: Option<Arc<Sqlite>>,
    _running: crate::machine::Running,
}

impl Counted {
    async fn start() -> Self {
        let running = machine(&["--now", NOW]).await;
        let mut services = running.services.clone();
        let mut engine = None;
        if env!("CARGO_CRATE_NAME").ends_with("sqlite") {
            let sqlite = Arc::new(Sqlite::in_memory().unwrap());
            services.store = Store::on(Arc::clone(&sqlite) as Arc<dyn Engine>, StoreOptions::local());
            create_tables(&services.store, &COLLECTIONS.map(schema)).await.unwrap();
            engine = Some(sqlite);
        }
        load_seed(&services).await;
        Self { services, engine, _running: running }
    }

    fn commits(&self) -> u64 {
        self.engine.as_ref().map_or(0, |engine| engine.commits())
    }

    /// Answers an event, and gives the line that says what that cost.
    async fn line(&self, name: &str, event: lambda_http::Request) -> String {
        let function = function(name.split('/').next().unwrap()).unwrap();
        let before = self.commits();
        let answer = serve(function, &self.services, event).await;
        assert!(answer.status().is_success(), "{name}: {}", String::from_utf8_lossy(answer.body()));
        let work = *answer.extensions().get::<WorkDone>().unwrap();
        line(name, work, self.commits() - before)
    }

    /// Does what is left to the worker, and gives the line that says what that cost.
    async fn work(&self) -> String {
        let services = self.services.counted();
        let before = self.commits();
        while worker::run_due(&services).await.unwrap().run > 0 {}
        format!("  then the worker: {} transactions", self.commits() - before)
    }
}

fn line(name: &str, work: WorkDone, commits: u64) -> String {
    let WorkDone { requests, items_read, write_units, .. } = work;
    let transactions = match env!("CARGO_CRATE_NAME").ends_with("sqlite") {
        // Its concurrent deletions are committed together, as many as wait at the same time.
        true if name == "job-delete/one" => {
            assert!((1..=requests).contains(&commits), "{name}: {commits} transactions");
            String::new()
        }
        true => format!(", {commits} transactions"),
        false => String::new(),
    };
    format!("{name}: {requests} requests, {items_read} items, {write_units} units{transactions}")
}

fn event_of_file(name: &str) -> lambda_http::Request {
    let text = std::fs::read_to_string(root().join("events").join(format!("{name}.json"))).unwrap();
    lambda_http::request::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn expected(name: &str) -> String {
    let engine = if env!("CARGO_CRATE_NAME").ends_with("sqlite") { "sqlite" } else { "dynamodb" };
    std::fs::read_to_string(root().join("tests/work/costs").join(format!("{name}-{engine}.txt"))).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_route_that_writes_costs_what_the_table_says() {
    let counted = Counted::start().await;
    let mut costs = String::new();
    for name in EVENTS {
        writeln!(costs, "{}", counted.line(name, event_of_file(name)).await).unwrap();
    }
    assert_eq!(costs, expected("routes"), "\n{costs}");
}

/// A group of so many cases, of one kernel.
fn group(cases: usize, kernel: &str) -> Json {
    let case = |nth: usize| {
        json!({
            "name": format!("kselftest-case-{nth:04}"), "status": if nth % 50 == 7 { "FAIL" } else { "PASS" }, "time": 1.5,
            "measurements": [], "definition_uri": "git://example.org/test-definitions.git",
        })
    };
    json!({
        "arch": "arm64", "build_environment": "gcc-8", "defconfig": "defconfig", "device_type": "meson-gxl-s905x-libretech-cc",
        "git_branch": "master", "git_commit": "0123456789abcdef0123456789abcdef01234567", "job": "next", "kernel": kernel,
        "lab_name": "lab-baylibre", "name": "kselftest", "test_cases": (0..cases).map(case).collect::<Vec<Json>>(),
    })
}

fn post(body: &Json) -> lambda_http::Request {
    let request = http::Request::post("/test/group").header("host", "localhost");
    let request = request.header("authorization", kernelci_tests::ADMIN).header("content-type", "application/json");
    let (head, ()) = request.body(()).unwrap().into_parts();
    event(head, body.to_string().into(), [127, 0, 0, 1].into())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_group_costs_what_the_table_says_by_its_size() {
    let counted = Counted::start().await;
    let mut costs = String::new();
    for (place, cases) in [1, 50, 200, 2_000].into_iter().enumerate() {
        for (again, kernel) in [("new", format!("v{place}")), ("again", format!("v{place}"))] {
            let name = format!("test-group-post/{cases} cases, {again}");
            writeln!(costs, "{}", counted.line(&name, post(&group(cases, &kernel))).await).unwrap();
            if counted.engine.is_some() {
                writeln!(costs, "{}", counted.work().await).unwrap();
            }
        }
    }
    assert_eq!(costs, expected("groups"), "\n{costs}");
}
