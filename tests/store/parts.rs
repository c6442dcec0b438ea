//! The parts of long documents go when the documents do.

use kernelci::{
    collections::{BUILD_LOGS, Collection, TASK},
    store::{Identified, Replacement, TaskEnd, Writer, derived_id},
    time::Timestamp,
    value::{Document, ObjectId},
};
use kernelci_tests::{document, id};
use serde_json::json;

use crate::{
    bench::Bench,
    long::{lines, long_document},
    raw,
};

const OWN: &str = "5e79f370f870c5da21eece01";

pub(crate) async fn count(bench: &Bench, collection: &Collection) -> usize {
    raw::part_keys(bench, collection).await.len()
}

fn short() -> Document {
    document(json!({"_id": {"$oid": OWN}, "build_id": {"$oid": OWN}}))
}

fn key() -> ObjectId {
    derived_id(&BUILD_LOGS, &short()).unwrap()
}

async fn read(bench: &Bench) -> Option<Identified> {
    bench.store.identified(&BUILD_LOGS, key()).await.unwrap()
}

async fn replaced(bench: &Bench, before: Option<Identified>, after: Option<Document>) -> bool {
    Writer::new(&bench.store).replace([Replacement { collection: &BUILD_LOGS, before, after }]).await.unwrap()
}

#[tokio::test]
async fn a_deleted_document_leaves_none() {
    let bench = Bench::with(&[&BUILD_LOGS]).await;
    bench.store.load(&BUILD_LOGS, long_document(OWN, 7)).await.unwrap();
    assert!(count(&bench, &BUILD_LOGS).await > 3);
    assert!(bench.store.delete(&BUILD_LOGS, id(OWN)).await.unwrap());
    assert_eq!(raw::keys(&bench, &BUILD_LOGS).await, ["calendar".to_owned()].into());
}

#[tokio::test]
async fn a_document_that_is_replaced_leaves_none() {
    let bench = Bench::with(&[&BUILD_LOGS]).await;
    assert!(replaced(&bench, None, Some(long_document(OWN, 7))).await);
    let parts = count(&bench, &BUILD_LOGS).await;
    let before = read(&bench).await;
    assert!(replaced(&bench, before, Some(long_document(OWN, 8))).await);
    assert_eq!(count(&bench, &BUILD_LOGS).await, parts);
    let before = read(&bench).await.unwrap();
    assert!(before.document["lines"] == lines(60_000, 8));
    assert!(replaced(&bench, Some(before), Some(short())).await);
    assert_eq!(count(&bench, &BUILD_LOGS).await, 0);
}

#[tokio::test]
async fn a_document_that_is_replaced_by_the_same_keeps_its_own() {
    let bench = Bench::with(&[&BUILD_LOGS]).await;
    assert!(replaced(&bench, None, Some(long_document(OWN, 7))).await);
    let parts = count(&bench, &BUILD_LOGS).await;
    for _ in 0..2 {
        let before = read(&bench).await;
        assert!(replaced(&bench, before, Some(long_document(OWN, 7))).await);
        assert_eq!(count(&bench, &BUILD_LOGS).await, parts);
        assert!(read(&bench).await.unwrap().document["lines"] == lines(60_000, 7));
    }
}

#[tokio::test]
async fn a_removed_document_leaves_none() {
    let bench = Bench::with(&[&BUILD_LOGS]).await;
    assert!(replaced(&bench, None, Some(long_document(OWN, 7))).await);
    let before = read(&bench).await;
    assert!(replaced(&bench, before, None).await);
    assert_eq!(count(&bench, &BUILD_LOGS).await, 0);
}

#[tokio::test]
async fn a_document_that_is_loaded_again_leaves_none() {
    let bench = Bench::with(&[&BUILD_LOGS]).await;
    bench.store.load(&BUILD_LOGS, long_document(OWN, 7)).await.unwrap();
    let parts = count(&bench, &BUILD_LOGS).await;
    for seed in [7, 8] {
        bench.store.load(&BUILD_LOGS, long_document(OWN, seed)).await.unwrap();
        assert_eq!(count(&bench, &BUILD_LOGS).await, parts);
        assert!(bench.store.get(&BUILD_LOGS, id(OWN)).await.unwrap() == Some(long_document(OWN, seed)));
    }
    bench.store.load(&BUILD_LOGS, short()).await.unwrap();
    assert_eq!(count(&bench, &BUILD_LOGS).await, 0);
}

#[tokio::test]
async fn a_write_that_was_refused_leaves_none_and_takes_none() {
    let bench = Bench::with(&[&BUILD_LOGS]).await;
    assert!(replaced(&bench, None, Some(long_document(OWN, 7))).await);
    let parts = count(&bench, &BUILD_LOGS).await;
    for seed in [7, 8] {
        assert!(!replaced(&bench, None, Some(long_document(OWN, seed))).await);
        bench.store.create_identified(&BUILD_LOGS, long_document(OWN, seed)).await.unwrap();
        assert!(read(&bench).await.unwrap().document["lines"] == lines(60_000, 7));
        assert_eq!(count(&bench, &BUILD_LOGS).await, parts, "refused with seed {seed}");
    }
}

#[tokio::test]
async fn the_work_of_a_task_may_be_long() {
    let bench = Bench::with(&[&TASK]).await;
    let (store, now) = (&bench.store, Timestamp::from_milliseconds(1_000));
    store.add_task(id(OWN), lines(60_000, 7), now).await.unwrap();
    assert!(count(&bench, &TASK).await > 3);
    let due = store.due_tasks(now, 10).await.unwrap();
    assert_eq!(due.iter().map(|task| task.id).collect::<Vec<_>>(), [id(OWN)]);
    let taken = store.take_task(id(OWN), now, now.plus(1)).await.unwrap().unwrap();
    assert!(taken.work == lines(60_000, 7));
    store.end_task(&taken, TaskEnd::Done, now).await.unwrap();
    assert!(store.get(&TASK, id(OWN)).await.unwrap().unwrap()["work"] == lines(60_000, 7));
}
