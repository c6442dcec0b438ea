//! Concurrent requests to the embedded engine.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use kernelci::{
    collections::{COLLECTIONS, JOB},
    query::Filter,
    store::{
        Store, StoreError, StoreOptions, Work, create_tables,
        engine::{
            Action, AttributeValue, Change, Engine, Item, Put, Query, ReturnValue, Transaction, UpdateAction,
            WriteCondition,
        },
        schema,
    },
};
use kernelci_local::sqlite::Sqlite;

const ITEMS: usize = 400;
const CONCURRENT_READS: usize = 8;
const WRITES: usize = 10;
const CONCURRENT_WRITES: usize = 40;

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn put(key: &str, length: usize) -> Change {
    let item: Item =
        [("_id", text(key)), ("_month", text("2020-02")), ("_order", text(key)), ("kernel", text(&"x".repeat(length)))]
            .map(|(name, value)| (name.to_owned(), value))
            .into();
    Change::put(&JOB, item, None)
}

async fn engine(folder: &tempfile::TempDir) -> Arc<dyn Engine> {
    let engine: Arc<dyn Engine> = Arc::new(Sqlite::open(&folder.path().join("store.sqlite")).unwrap());
    let store = Store::on(Arc::clone(&engine), StoreOptions::local());
    create_tables(&store, &COLLECTIONS.map(schema)).await.unwrap();
    engine
}

/// Reads all pages with a filter that matches nothing.
async fn read(engine: Arc<dyn Engine>) {
    let (work, filter) = (Work::default(), Filter::equals("kernel", "y"));
    let index = JOB.indexes.iter().find(|index| index.name == "by_time").unwrap();
    let mut next = None;
    loop {
        let query = Query { limit: 50, start: next.as_ref(), ..Query::of(&JOB, index, "2020-02", &filter) };
        let page = engine.query(&work, &query).await.unwrap();
        assert_eq!(page.count, 0);
        next = page.next;
        if next.is_none() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_do_not_wait_for_filtered_reads() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(&folder).await;
    let work = Work::default();
    for number in 0..ITEMS {
        let id = format!("{number:024x}");
        engine.write(&work, &put(&id, 20_000), ReturnValue::None).await.unwrap();
    }
    let is_over = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let readings = (0..CONCURRENT_READS).map(|_| {
        let (engine, is_over) = (Arc::clone(&engine), Arc::clone(&is_over));
        tokio::spawn(async move {
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                read(Arc::clone(&engine)).await;
            }
        })
    });
    let readings: Vec<_> = readings.collect();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let began = Instant::now();
    for number in 0..WRITES {
        let id = format!("{:024x}", ITEMS + number);
        engine.write(&work, &put(&id, 10), ReturnValue::None).await.unwrap();
        // A finished write is visible to the next read.
        assert!(engine.get(&work, &JOB, &id, true).await.unwrap().is_some(), "{number}");
    }
    // The reads never end, so a write that waited for them would not finish.
    println!("{WRITES} writes took {:?}", began.elapsed());
    is_over.store(true, std::sync::atomic::Ordering::Relaxed);
    for reading in readings {
        reading.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_writes_are_serialized() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, work) = (engine(&folder).await, Work::default());
    let add = Change {
        collection: &JOB,
        key: "sum".to_owned(),
        action: Action::Update(vec![UpdateAction::Add("count".to_owned(), AttributeValue::N("1".to_owned()))]),
        demand: None,
    };
    let first = Change::put(&JOB, [("_id".to_owned(), text("one"))].into(), Some(WriteCondition::NoItem));
    let added = join_all((0..CONCURRENT_WRITES).map(|_| engine.write(&work, &add, ReturnValue::None)));
    let put = join_all((0..CONCURRENT_WRITES).map(|_| engine.write(&work, &first, ReturnValue::None)));
    let (added, put) = futures_util::join!(added, put);
    assert!(added.iter().all(|done| matches!(done, Ok(Put::Stored(_)))));
    assert_eq!(put.iter().filter(|done| matches!(done, Ok(Put::Stored(_)))).count(), 1);
    let sum = engine.get(&work, &JOB, "sum", true).await.unwrap().unwrap();
    assert_eq!(sum["count"], AttributeValue::N(CONCURRENT_WRITES.to_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_write_does_not_fail_concurrent_ones() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, work) = (engine(&folder).await, Work::default());
    let keys: Vec<String> = (0..CONCURRENT_WRITES).map(|nth| format!("{nth:024x}")).collect();
    // Every fourth request changes another item, then one item twice, which is refused.
    let changes: Vec<Vec<Change>> = keys
        .iter()
        .enumerate()
        .map(|(nth, key)| match nth % 4 {
            0 => vec![put(&format!("bad-{nth}"), 10), put(key, 10), put(key, 20)],
            _ => vec![put(key, 10)],
        })
        .collect();
    let done = join_all(changes.iter().map(|changes| engine.transact(&work, changes))).await;
    for (nth, (done, key)) in done.into_iter().zip(&keys).enumerate() {
        let is_there = engine.get(&work, &JOB, key, true).await.unwrap().is_some();
        match nth % 4 {
            0 => assert!(matches!(done, Err(StoreError::Failed(_))) && !is_there, "{nth}: {done:?}"),
            _ => assert!(matches!(done, Ok(Transaction::Done)) && is_there, "{nth}: {done:?}"),
        }
        assert!(engine.get(&work, &JOB, &format!("bad-{nth}"), true).await.unwrap().is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_store_refuses_requests() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Arc::new(Sqlite::open(&folder.path().join("store.sqlite")).unwrap());
    let store = Store::on(Arc::clone(&sqlite) as Arc<dyn Engine>, StoreOptions::local());
    create_tables(&store, &COLLECTIONS.map(schema)).await.unwrap();
    sqlite.close();
    let read = sqlite.get(store.work(), &JOB, "a", true).await;
    let written = sqlite.write(store.work(), &put("a", 1), ReturnValue::None).await;
    assert!(matches!(read, Err(StoreError::Busy(_))) && matches!(written, Err(StoreError::Busy(_))));
}
