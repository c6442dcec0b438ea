//! Read-modify-write of documents.

use kernelci::{
    collections::{BUILD, JOB, JOB_LOGS},
    store::{Identified, Replacement, Store, Writer, derived_id},
    value::{Document, ObjectId, Value},
};
use kernelci_tests::{document, id};
use serde_json::json;
use tokio::task::JoinSet;

use crate::{test_store::TestStore, raw};

const JOB_ID: &str = "5e79f370f870c5da21eece6d";

fn logs(count: i64) -> Document {
    document(json!({"job_id": {"$oid": JOB_ID}, "count": count}))
}

fn key() -> ObjectId {
    derived_id(&JOB_LOGS, &logs(0)).unwrap()
}

fn replacement(before: Option<&Identified>, after: Option<Document>) -> Replacement {
    Replacement { collection: &JOB_LOGS, before: before.cloned(), after }
}

async fn replaced(store: &Store, before: Option<&Identified>, after: Option<Document>) -> bool {
    Writer::new(store).replace([replacement(before, after)]).await.unwrap()
}

async fn read(store: &Store) -> Option<Identified> {
    store.identified(&JOB_LOGS, key()).await.unwrap()
}

async fn count(store: &Store) -> Option<i64> {
    read(store).await.and_then(|found| found.document["count"].as_integer())
}

#[tokio::test]
async fn of_two_replacements_based_on_one_read_exactly_one_succeeds() {
    let fixture = TestStore::with(&[&JOB_LOGS]).await;
    let store = &fixture.store;
    assert!(replaced(store, None, Some(logs(1))).await);
    assert!(!replaced(store, None, Some(logs(2))).await);
    let before = read(store).await;
    assert!(replaced(store, before.as_ref(), Some(logs(3))).await);
    assert!(!replaced(store, before.as_ref(), Some(logs(4))).await);
    assert!(!replaced(store, before.as_ref(), None).await);
    assert_eq!(count(store).await, Some(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_concurrent_replacements_exactly_one_succeeds() {
    let fixture = TestStore::with(&[&JOB_LOGS]).await;
    for round in 0..5 {
        let before = read(&fixture.store).await;
        let mut writers = JoinSet::new();
        for number in 0..8 {
            let (store, before) = (fixture.store.clone(), before.clone());
            writers.spawn(async move { replaced(&store, before.as_ref(), Some(logs(round * 8 + number))).await });
        }
        let made = writers.join_all().await.into_iter().filter(|made| *made).count();
        assert_eq!(made, 1, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_replacements_with_retries_lose_no_change() {
    let fixture = TestStore::with(&[&JOB_LOGS]).await;
    assert!(replaced(&fixture.store, None, Some(logs(0))).await);
    let mut writers = JoinSet::new();
    for _ in 0..8 {
        let store = fixture.store.clone();
        writers.spawn(async move {
            loop {
                let before = read(&store).await.unwrap();
                let next = before.document["count"].as_integer().unwrap() + 1;
                if replaced(&store, Some(&before), Some(logs(next))).await {
                    return;
                }
            }
        });
    }
    writers.join_all().await;
    assert_eq!(count(&fixture.store).await, Some(8));
}

#[tokio::test]
async fn a_removal_is_a_replacement_by_nothing() {
    let fixture = TestStore::with(&[&JOB_LOGS]).await;
    let store = &fixture.store;
    assert!(replaced(store, None, Some(logs(1))).await);
    let before = read(store).await;
    assert!(replaced(store, before.as_ref(), None).await);
    assert_eq!(count(store).await, None);
    assert!(!replaced(store, before.as_ref(), Some(logs(2))).await);
    assert_eq!(count(store).await, None);
}

#[tokio::test]
async fn several_replacements_succeed_together_or_not_at_all() {
    let fixture = TestStore::with(&[&JOB_LOGS, &BUILD]).await;
    let store = &fixture.store;
    assert!(replaced(store, None, Some(logs(1))).await);
    let build = document(json!({"job": "next", "kernel": "v5.6"}));
    let build_key = derived_id(&BUILD, &build).unwrap();
    let both = || {
        [replacement(None, Some(logs(2))), Replacement { collection: &BUILD, before: None, after: Some(build.clone()) }]
    };
    assert!(!Writer::new(store).replace(both()).await.unwrap());
    assert!(store.identified(&BUILD, build_key).await.unwrap().is_none());
    let before = read(store).await;
    let [_, new] = both();
    assert!(Writer::new(store).replace([replacement(before.as_ref(), Some(logs(3))), new]).await.unwrap());
    assert!(store.identified(&BUILD, build_key).await.unwrap().is_some());
    assert_eq!(count(store).await, Some(3));
}

#[tokio::test]
async fn a_loaded_document_is_replaced_under_its_own_id() {
    const OWN: &str = "5e79f370f870c5da21eece01";
    let fixture = TestStore::with(&[&JOB_LOGS]).await;
    let store = &fixture.store;
    let loaded = logs(1).into_iter().chain([("_id".into(), Value::Id(id(OWN)))]).collect();
    store.load(&JOB_LOGS, loaded).await.unwrap();
    // The item of the new id is a pointer, which the replacement does not expect.
    let before = read(store).await;
    assert!(replaced(store, before.as_ref(), Some(logs(2))).await);
    assert!(!replaced(store, before.as_ref(), Some(logs(3))).await);
    assert_eq!(read(store).await.map(|found| found.id), Some(id(OWN)));
    assert_eq!(store.get(&JOB_LOGS, id(OWN)).await.unwrap().unwrap()["count"], Value::Integer(2));
}

#[tokio::test]
async fn a_creation_without_a_read_does_not_duplicate_a_loaded_document() {
    const OWN: &str = "5e79f370f870c5da21eece01";
    let fixture = TestStore::with(&[&JOB_LOGS]).await;
    let loaded = logs(1).into_iter().chain([("_id".into(), Value::Id(id(OWN)))]).collect();
    fixture.store.load(&JOB_LOGS, loaded).await.unwrap();
    assert!(!replaced(&fixture.store, None, Some(logs(2))).await);
    assert_eq!(fixture.store.count(&JOB_LOGS, &kernelci::query::Selection::default()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_write_below_a_deleted_parent_is_refused() {
    let fixture = TestStore::with(&[&JOB, &JOB_LOGS]).await;
    let (store, writer) = (&fixture.store, Writer::new(&fixture.store));
    let within = |parent: ObjectId| writer.replace_within(&JOB_LOGS, None, logs(1), (&JOB, parent));
    assert!(!within(id(JOB_ID)).await.unwrap());
    assert_eq!(count(store).await, None);
    let job = document(json!({"job": "next", "kernel": "v5.6", "git_branch": "master"}));
    let job = store.create_identified(&JOB, job).await.unwrap();
    assert!(within(job).await.unwrap());
    let before = read(store).await;
    assert!(store.delete(&JOB, job).await.unwrap());
    assert!(!writer.replace_within(&JOB_LOGS, before, logs(2), (&JOB, job)).await.unwrap());
    assert_eq!(count(store).await, Some(1));
    assert_eq!(raw::keys(&fixture, &JOB).await, ["calendar".to_owned()].into());
}
