//! A data folder whose store was written by a DynamoDB emulator is converted when it is opened, completely or not at
//! all.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

use std::{fs, path::Path, sync::Arc};

use kernelci::{
    collections::{BUILD_LOGS, COLLECTIONS, JOB, TASK},
    query::Selection,
    store::{Store, StoreOptions, create_tables, schema},
    time::Timestamp,
    token::{TokenGrant, TokenHash},
    value::{Document, ObjectId, Value},
};
use kernelci_local::{embedded::Embedded, sqlite::Sqlite, store::copy};

const JOBS: usize = 120;

fn job(nth: usize) -> Document {
    let kernel = format!("v{nth}");
    let date = Timestamp::from_milliseconds(1_586_520_000_000 + i64::try_from(nth).unwrap() * 86_400_000);
    [
        ("_id", Value::Id(ObjectId::derived("converted", [kernel.as_str()]))),
        ("job", Value::from(format!("tree{}", nth % 3))),
        ("kernel", Value::from(kernel)),
        ("git_branch", Value::from("master")),
        ("status", Value::from("PASS")),
        ("private", Value::Null),
        ("number", Value::Float(0.1)),
        ("created_on", Value::Date(date)),
    ]
    .into()
}

/// A document with a part in an item of its own.
fn log() -> Document {
    let id = ObjectId::derived("converted", ["log"]);
    let random = |line: u64| Value::from(ObjectId::derived("line", [line.to_string().as_str()]).to_string().repeat(2));
    let lines = Value::List((0..40_000).map(random).collect());
    [("_id", Value::Id(id)), ("job", Value::from("tree0")), ("errors", lines)].into()
}

fn hash() -> TokenHash {
    TokenHash::of("a token")
}

/// Fills a store.
async fn fill(store: &Store) {
    create_tables(store, &COLLECTIONS.map(schema)).await.unwrap();
    store.count_what_is_there().await.unwrap();
    for nth in 0..JOBS {
        store.load(&JOB, job(nth)).await.unwrap();
    }
    store.load(&BUILD_LOGS, log()).await.unwrap();
    let now = Timestamp::from_milliseconds(1_586_520_000_000);
    store.add_task(ObjectId::derived("converted", ["task"]), Value::from("work"), now).await.unwrap();
    let token: Document = [("_id", Value::Id(ObjectId::derived("converted", ["token"])))].into();
    assert!(store.create_token(&token, &hash(), &TokenGrant::default()).await.unwrap());
}

/// The answers of a store to all queries of the test.
async fn answers(store: &Store) -> Vec<String> {
    let mut answers = Vec::new();
    for collection in [&JOB, &BUILD_LOGS, &TASK] {
        answers.push(format!("{:?}", store.list(collection, &Selection::default()).await.unwrap()));
        answers.push(format!("{:?}", store.count(collection, &Selection::default()).await.unwrap()));
        answers.push(format!("{:?}", store.distinct(collection, &Selection::default(), "job").await.unwrap()));
    }
    answers.push(format!("{:?}", store.grant(&hash()).await.unwrap()));
    answers
}

async fn of_the_emulator(file: &Path) -> Vec<String> {
    let embedded = Embedded::start(Some(file)).unwrap();
    answers(&Store::new(embedded.dynamodb(), StoreOptions::local())).await
}

async fn filled(file: &Path) -> Vec<String> {
    let embedded = Embedded::start(Some(file)).unwrap();
    fill(&Store::new(embedded.dynamodb(), StoreOptions::local())).await;
    drop(embedded);
    of_the_emulator(file).await
}

async fn converted(file: &Path) -> Vec<String> {
    let store = Store::on(Arc::new(Sqlite::open(file).unwrap()), StoreOptions::local());
    answers(&store).await
}

#[tokio::test(flavor = "multi_thread")]
async fn all_documents_are_there_after_the_conversion_and_a_reopen() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.sqlite");
    let before = filled(&file).await;
    assert!(before[0].len() > JOBS * 100, "{}", before[0]);
    assert_eq!(converted(&file).await, before);
    assert_eq!(converted(&file).await, before);
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["store.sqlite"]);
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_be_converted_is_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.sqlite");
    let before = filled(&file).await;
    // No other process has the file open during the conversion.
    let old = || rusqlite::Connection::open(&file).unwrap();
    let key: String = old().query_row("SELECT pk FROM \"kernelci-task\" LIMIT 1", [], |row| row.get(0)).unwrap();
    let damage = |text: &str| {
        let update = "UPDATE \"kernelci-task\" SET item_json = ?1 WHERE pk = ?2";
        assert_eq!(old().execute(update, [text, key.as_str()]).unwrap(), 1);
    };
    let whole: String =
        old().query_row("SELECT item_json FROM \"kernelci-task\" WHERE pk = ?1", [&key], |row| row.get(0)).unwrap();
    damage("{\"_id\": ");
    let refused = Sqlite::open(&file).unwrap_err().to_string();
    assert!(refused.contains("an item of task") && refused.contains("store.sqlite"), "{refused}");
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["store.sqlite"]);
    damage(&whole);
    assert_eq!(of_the_emulator(&file).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stand_in_starts_with_a_copy() {
    let folder = tempfile::tempdir().unwrap();
    let [from, to] = ["store.sqlite", "dynamodb.sqlite"].map(|name| folder.path().join(name));
    let store = Store::on(Arc::new(Sqlite::open(&from).unwrap()), StoreOptions::local());
    fill(&store).await;
    let expected = answers(&store).await;
    drop(store);
    copy(&from, &to, &COLLECTIONS.map(schema)).await.unwrap();
    assert_eq!(of_the_emulator(&to).await, expected);
    assert_eq!(converted(&from).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_version_of_the_emulator_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.sqlite");
    filled(&file).await;
    let old = rusqlite::Connection::open(&file).unwrap();
    old.execute("UPDATE _config SET value = '99' WHERE key = 'schema_version'", []).unwrap();
    old.close().unwrap();
    let refused = Sqlite::open(&file).unwrap_err().to_string();
    assert!(refused.contains("newer version"), "{refused}");
}
