//! What the most usual requests for test results ask of DynamoDB, in a store of ten thousand test cases and in one of a
//! million. What they are about is the same in both, so every figure must be.
//!
//! `cargo bench -p kernelci-benchmarks --bench growth [-- CASES]`
//!
//! `KERNELCI_GROWTH_FOLDER` names a folder where the stores are kept; what is there is not loaded again.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Method, Request, StatusCode};
use kernelci::{
    collections::{Collection, JOB, TEST_CASE, TEST_GROUP},
    domain::token::grant_of,
    http::serve,
    services::Services,
    store::{Loaded, Store, WorkDone},
    token::TokenHash,
    value::Document,
};
use kernelci_benchmarks::{
    history::{CASES_OF_A_REVISION, NOW, Revision},
    logged::Log,
    runs::{keep, say},
};
use kernelci_local::{
    events::{answer, event},
    functions::function,
};
use kernelci_tests::{document, machine};
use serde_json::{Value as Json, json};

/// Where the stores are kept, where they are.
const KEPT: &str = "KERNELCI_GROWTH_FOLDER";

/// The cases of the small store: five days of them.
const FEW: usize = 10_000;

/// The cases of the large one, unless the command line says otherwise.
const MANY: usize = 1_000_000;

/// The kernel that is asked about: one of the day before, in both stores.
const ASKED: usize = 6;

/// How many kernels are loaded concurrently.
const CONCURRENCY: usize = 3;

const TOKEN: &str = "growth";

struct Asked {
    name: &'static str,
    function: &'static str,
    path: String,
    /// Of a POST.
    body: Json,
}

fn requests() -> Vec<Asked> {
    let revision = Revision::new(ASKED);
    let (of_revision, groups) = (revision.arguments(), revision.groups());
    let (group, case) = (groups[1].id(), groups[1].case_id(50));
    let get = |name, function, path: &str| Asked { name, function, path: path.to_owned(), body: Json::Null };
    let operation = |nth: usize, query: String| json!({"method": "GET", "operation_id": format!("{nth}"), "resource": "count", "document": "test_case", "query": query});
    let statuses = ["", "&status=PASS", "&status=FAIL", "&status=SKIP", "&status=UNKNOWN"];
    let counts = statuses.map(|status| format!("{of_revision}{status}"));
    let operations = counts.into_iter().chain([format!("{of_revision}&git_branch=master")]).enumerate();
    let batch: Vec<Json> = operations.map(|(nth, query)| operation(nth, query)).collect();
    vec![
        get("one case", "test-case-get", &format!("/test/case/{case}")),
        get("the cases of a group", "test-case-get", &format!("/test/case?test_group_id={group}")),
        get("the cases of a kernel", "test-case-get", &format!("/test/case?{of_revision}")),
        get(
            "the failures of a kernel that are in no regression",
            "test-case-get",
            &format!("/test/case?{of_revision}&status=FAIL&regression_id=null"),
        ),
        get("the newest 50 cases", "test-case-get", "/test/case?sort=created_on&limit=50"),
        get("100 cases of one day", "test-case-get", "/test/case?created_on=2020-04-11&limit=100"),
        get("the groups of a kernel", "test-group-get", &format!("/test/group?{of_revision}&parent_id=null")),
        get(
            "the newest group of each plan of a kernel",
            "test-group-get",
            &format!("/test/group?{of_revision}&aggregate=name&sort=created_on"),
        ),
        get("the number of all cases", "count-get", "/count/test_case"),
        get("the number of failures of a kernel", "count-get", &format!("/count/test_case?{of_revision}&status=FAIL")),
        get("the trees that cases are of", "test-case-get", "/test/case/distinct/job"),
        Asked {
            name: "six counts in a batch",
            function: "batch-post",
            path: "/batch".to_owned(),
            body: json!({"batch": batch}),
        },
    ]
}

fn main() -> ExitCode {
    let many = env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(MANY);
    let temporary = tempfile::TempDir::new().unwrap();
    let folder = env::var_os(KEPT).map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let (runtime, mut log) = (tokio::runtime::Runtime::new().unwrap(), Log::start());
    let [few, many] = [FEW, many].map(|cases| runtime.block_on(measure(&folder, cases, &mut log)));

    say(&format!(
        "\n| request | answered | DynamoDB requests, {0} / {1} cases | items read | read units |",
        few.cases, many.cases
    ));
    say("|---|---|---|---|---|");
    let mut has_grown = false;
    let mut rows = Vec::new();
    for (asked, (few, many)) in requests().iter().zip(few.done.iter().zip(&many.done)) {
        let grown = few.answered == many.answered && few.work != many.work;
        has_grown |= grown;
        let pair = |of: fn(&WorkDone) -> f64| format!("{} / {}", of(&few.work), of(&many.work));
        let columns: [fn(&WorkDone) -> f64; 3] =
            [|work| work.requests as f64, |work| work.items_read as f64, |work| work.read_units];
        let figures = columns.map(pair).join(" | ");
        let answered = match few.answered == many.answered {
            true => few.answered.to_string(),
            false => format!("{} / {}", few.answered, many.answered),
        };
        say(&format!("| {} | {answered} | {figures} |{}", asked.name, if grown { " (grows)" } else { "" }));
        rows.push(json!({"request": asked.name, "path": asked.path, "few": few.figures(), "many": many.figures()}));
    }
    keep("growth", json!({"few": few.loading, "many": many.loading, "rows": rows}));
    if has_grown { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// What was measured on a store.
struct Measured {
    cases: usize,
    /// How it was loaded.
    loading: Json,
    done: Vec<Done>,
}

/// What a request was answered, and cost.
struct Done {
    answered: usize,
    work: WorkDone,
    milliseconds: f64,
}

impl Done {
    fn figures(&self) -> Json {
        let WorkDone { requests, items_read, read_units, .. } = self.work;
        json!({"answered": self.answered, "requests": requests, "items_read": items_read, "read_units": read_units, "ms": self.milliseconds})
    }
}

/// Asks the store of so many cases in `folder`, which is loaded where it is not there.
async fn measure(folder: &Path, cases: usize, log: &mut Log) -> Measured {
    let revisions = cases.div_ceil(CASES_OF_A_REVISION);
    let cases = revisions * CASES_OF_A_REVISION;
    let (data, loaded) = (folder.join(cases.to_string()), folder.join(format!("{cases}.json")));
    if !loaded.exists() {
        fs::create_dir_all(folder).unwrap();
        let seconds = load(&data, revisions).await;
        let bytes = fs::metadata(data.join("store.sqlite")).unwrap().len();
        let rate = cases as f64 / seconds;
        say(&format!("{cases} cases loaded in {seconds:.0} s, {rate:.0} a second; {} MB", bytes / 1_000_000));
        fs::write(&loaded, json!({"cases": cases, "seconds": seconds, "bytes": bytes}).to_string()).unwrap();
    }
    let loading = serde_json::from_slice(&fs::read(&loaded).unwrap()).unwrap();
    let machine = machine(&["--now", NOW, "--data", &data.to_string_lossy()]).await;
    let store = &machine.services.store;
    // It may read, and send a batch.
    let token = document(json!({"_id": {"$oid": "5eed5eed5eed5eed5eed5eed"}, "properties": [0, 0, 1, 1]}));
    store.load_token(&token, &TokenHash::of(TOKEN), &grant_of(&token)).await.unwrap();
    let (mut done, services) = (Vec::new(), &machine.services);
    for asked in requests() {
        // The first time, a process learns what it keeps.
        ask(services, &asked, log).await;
        done.push(ask(services, &asked, log).await);
    }
    Measured { cases, loading, done }
}

/// Loads so many of the newest revisions, with their groups and cases, and gives the seconds that it took.
async fn load(data: &Path, revisions: usize) -> f64 {
    let machine = machine(&["--now", NOW, "--data", &data.to_string_lossy()]).await;
    let (start, store) = (Instant::now(), &machine.services.store);
    let mut loads = stream::iter(0..revisions).map(|nth| load_revision(store, nth)).buffer_unordered(CONCURRENCY);
    let mut done = 0;
    while loads.next().await.is_some() {
        done += 1;
        if done % 100 == 0 {
            let seconds = start.elapsed().as_secs();
            say(&format!(
                "{} of {} cases after {seconds} s",
                done * CASES_OF_A_REVISION,
                revisions * CASES_OF_A_REVISION
            ));
        }
    }
    start.elapsed().as_secs_f64()
}

async fn load_revision(store: &Store, nth: usize) {
    let revision = Revision::new(nth);
    let groups = revision.groups();
    let cases: Vec<Document> = groups.iter().flat_map(|group| group.cases()).collect();
    let groups: Vec<Document> = groups.iter().map(|group| group.document()).collect();
    load_all(store, &JOB, &[revision.job()]).await;
    load_all(store, &TEST_GROUP, &groups).await;
    load_all(store, &TEST_CASE, &cases).await;
}

async fn load_all(store: &Store, collection: &'static Collection, documents: &[Document]) {
    for outcome in store.load_all(collection, documents).await {
        // Updated where an earlier loading broke off.
        assert!(matches!(outcome, Ok(Loaded::New | Loaded::Updated)), "{outcome:?}");
    }
}

async fn ask(services: &Services, asked: &Asked, log: &mut Log) -> Done {
    let (method, body) = match &asked.body {
        Json::Null => (Method::GET, Bytes::new()),
        body => (Method::POST, body.to_string().into()),
    };
    let request = Request::builder().method(method).uri(&asked.path).header("host", "localhost");
    let request = request.header("authorization", TOKEN).header("content-type", "application/json");
    let (head, ()) = request.body(()).unwrap().into_parts();
    let function = function(asked.function).unwrap();
    let answered = answer(serve(function, services, event(head, body, [127, 0, 0, 1].into())).await);
    let text = String::from_utf8_lossy(answered.body());
    assert_eq!(answered.status(), StatusCode::OK, "{}: {text}", asked.name);
    let envelope: Json = serde_json::from_str(&text).unwrap();
    let (work, time) = log.request();
    Done { answered: envelope["result"].as_array().unwrap().len(), work, milliseconds: time.as_secs_f64() * 1_000.0 }
}
