//! The parts of long documents are deleted with their documents.

use kernelci::{
    collections::{BUILD_LOGS, Collection, TASK},
    store::{Identified, Replacement, TaskEnd, Writer, derived_id},
    time::Timestamp,
    value::{Document, ObjectId},
};
use kernelci_tests::{document, id};
use serde_json::json;

use crate::{
    test_store::TestStore,
    long_documents::{lines, long_document},
    raw,
};

const OWN: &str = "5e79f370f870c5da21eece01";

pub(crate) async fn count(fixture: &TestStore, collection: &Collection) -> usize {
    raw::part_keys(fixture, collection).await.len()
}

fn short() -> Document {
    document(json!({"_id": {"$oid": OWN}, "build_id": {"$oid": OWN}}))
}

fn key() -> ObjectId {
    derived_id(&BUILD_LOGS, &short()).unwrap()
}

async fn read(fixture: &TestStore) -> Option<Identified> {
    fixture.store.identified(&BUILD_LOGS, key()).await.unwrap()
}

async fn replaced(fixture: &TestStore, before: Option<Identified>, after: Option<Document>) -> bool {
    Writer::new(&fixture.store).replace([Replacement { collection: &BUILD_LOGS, before, after }]).await.unwrap()
}

#[tokio::test]
async fn a_deleted_document_leaves_no_parts() {
    let fixture = TestStore::with(&[&BUILD_LOGS]).await;
    fixture.store.load(&BUILD_LOGS, long_document(OWN, 7)).await.unwrap();
    assert!(count(&fixture, &BUILD_LOGS).await > 3);
    assert!(fixture.store.delete(&BUILD_LOGS, id(OWN)).await.unwrap());
    assert_eq!(raw::keys(&fixture, &BUILD_LOGS).await, ["calendar".to_owned()].into());
}

#[tokio::test]
async fn a_replaced_document_leaves_no_old_parts() {
    let fixture = TestStore::with(&[&BUILD_LOGS]).await;
    assert!(replaced(&fixture, None, Some(long_document(OWN, 7))).await);
    let parts = count(&fixture, &BUILD_LOGS).await;
    let before = read(&fixture).await;
    assert!(replaced(&fixture, before, Some(long_document(OWN, 8))).await);
    assert_eq!(count(&fixture, &BUILD_LOGS).await, parts);
    let before = read(&fixture).await.unwrap();
    assert!(before.document["lines"] == lines(60_000, 8));
    assert!(replaced(&fixture, Some(before), Some(short())).await);
    assert_eq!(count(&fixture, &BUILD_LOGS).await, 0);
}

#[tokio::test]
async fn a_document_replaced_by_an_equal_one_keeps_its_parts() {
    let fixture = TestStore::with(&[&BUILD_LOGS]).await;
    assert!(replaced(&fixture, None, Some(long_document(OWN, 7))).await);
    let parts = count(&fixture, &BUILD_LOGS).await;
    for _ in 0..2 {
        let before = read(&fixture).await;
        assert!(replaced(&fixture, before, Some(long_document(OWN, 7))).await);
        assert_eq!(count(&fixture, &BUILD_LOGS).await, parts);
        assert!(read(&fixture).await.unwrap().document["lines"] == lines(60_000, 7));
    }
}

#[tokio::test]
async fn a_removed_document_leaves_no_parts() {
    let fixture = TestStore::with(&[&BUILD_LOGS]).await;
    assert!(replaced(&fixture, None, Some(long_document(OWN, 7))).await);
    let before = read(&fixture).await;
    assert!(replaced(&fixture, before, None).await);
    assert_eq!(count(&fixture, &BUILD_LOGS).await, 0);
}

#[tokio::test]
async fn a_document_loaded_again_leaves_no_old_parts() {
    let fixture = TestStore::with(&[&BUILD_LOGS]).await;
    fixture.store.load(&BUILD_LOGS, long_document(OWN, 7)).await.unwrap();
    let parts = count(&fixture, &BUILD_LOGS).await;
    for seed in [7, 8] {
        fixture.store.load(&BUILD_LOGS, long_document(OWN, seed)).await.unwrap();
        assert_eq!(count(&fixture, &BUILD_LOGS).await, parts);
        assert!(fixture.store.get(&BUILD_LOGS, id(OWN)).await.unwrap() == Some(long_document(OWN, seed)));
    }
    fixture.store.load(&BUILD_LOGS, short()).await.unwrap();
    assert_eq!(count(&fixture, &BUILD_LOGS).await, 0);
}

#[tokio::test]
async fn a_refused_write_adds_and_deletes_no_parts() {
    let fixture = TestStore::with(&[&BUILD_LOGS]).await;
    assert!(replaced(&fixture, None, Some(long_document(OWN, 7))).await);
    let parts = count(&fixture, &BUILD_LOGS).await;
    for seed in [7, 8] {
        assert!(!replaced(&fixture, None, Some(long_document(OWN, seed))).await);
        fixture.store.create_identified(&BUILD_LOGS, long_document(OWN, seed)).await.unwrap();
        assert!(read(&fixture).await.unwrap().document["lines"] == lines(60_000, 7));
        assert_eq!(count(&fixture, &BUILD_LOGS).await, parts, "refused with seed {seed}");
    }
}

#[tokio::test]
async fn a_task_may_be_stored_in_parts() {
    let fixture = TestStore::with(&[&TASK]).await;
    let (store, now) = (&fixture.store, Timestamp::from_milliseconds(1_000));
    store.add_task(id(OWN), lines(60_000, 7), now).await.unwrap();
    assert!(count(&fixture, &TASK).await > 3);
    let due = store.due_tasks(now, 10).await.unwrap();
    assert_eq!(due.iter().map(|task| task.id).collect::<Vec<_>>(), [id(OWN)]);
    let taken = store.take_task(id(OWN), now, now.plus(1)).await.unwrap().unwrap();
    assert!(taken.work == lines(60_000, 7));
    store.end_task(&taken, TaskEnd::Done, now).await.unwrap();
    assert!(store.get(&TASK, id(OWN)).await.unwrap().unwrap()["work"] == lines(60_000, 7));
}
