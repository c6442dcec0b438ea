//! Documents that are identified by their members.

use kernelci::{
    collections::JOB,
    store::{Reader, Store, Writer, derived_id},
    time::Timestamp,
    value::{Document, ObjectId, Value},
};
use kernelci_tests::{document, id};
use serde_json::json;
use tokio::task::JoinSet;

use crate::{test_store::TestStore, raw};

const LOADED: &str = "5e79f370f870c5da21eece6d";

fn job(branch: &str) -> Document {
    document(json!({"job": "next", "kernel": "v5.6", "git_branch": branch, "status": "BUILD"}))
}

fn loaded_job(branch: &str, own: &str) -> Document {
    job(branch).into_iter().chain([("_id".into(), Value::Id(id(own)))]).collect()
}

async fn found(store: &Store, branch: &str) -> Option<ObjectId> {
    let derived = derived_id(&JOB, &job(branch)).unwrap();
    store.identified(&JOB, derived).await.unwrap().map(|identified| identified.id)
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_creations_of_one_identity_make_one_document() {
    let fixture = TestStore::with(&[&JOB]).await;
    let mut makers = JoinSet::new();
    for number in 0..32 {
        let store = fixture.store.clone();
        let mut document = job("master");
        document.insert("extra", Value::Integer(number));
        makers.spawn(async move { store.create_identified(&JOB, document).await.unwrap() });
    }
    let ids = makers.join_all().await;
    assert_eq!(ids, [derived_id(&JOB, &job("master")).unwrap(); 32]);
    assert_eq!(fixture.store.count(&JOB, &kernelci::query::Selection::default()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_repeated_creation_changes_nothing() {
    let fixture = TestStore::with(&[&JOB]).await;
    let first = fixture.store.create_identified(&JOB, job("master")).await.unwrap();
    let again = [job("master"), document(json!({"status": "PASS"}))].into_iter().flatten().collect();
    assert_eq!(fixture.store.create_identified(&JOB, again).await.unwrap(), first);
    assert_eq!(fixture.store.get(&JOB, first).await.unwrap().unwrap()["status"], Value::from("BUILD"));
    assert_ne!(fixture.store.create_identified(&JOB, job("other")).await.unwrap(), first);
}

#[tokio::test]
async fn a_loaded_document_keeps_its_id_and_is_found_by_identity() {
    let fixture = TestStore::with(&[&JOB]).await;
    fixture.store.load(&JOB, loaded_job("master", LOADED)).await.unwrap();
    assert_eq!(found(&fixture.store, "master").await, Some(id(LOADED)));
    assert_eq!(fixture.store.create_identified(&JOB, job("master")).await.unwrap(), id(LOADED));
    assert_eq!(fixture.store.count(&JOB, &kernelci::query::Selection::default()).await.unwrap(), 1);
    assert!(fixture.store.get(&JOB, derived_id(&JOB, &job("master")).unwrap()).await.unwrap().is_none());
}

#[tokio::test]
async fn the_first_loaded_document_of_an_identity_is_found() {
    const SECOND: &str = "5e79f370f870c5da21eece6e";
    let fixture = TestStore::with(&[&JOB]).await;
    for own in [LOADED, SECOND, LOADED] {
        fixture.store.load(&JOB, loaded_job("master", own)).await.unwrap();
    }
    assert_eq!(found(&fixture.store, "master").await, Some(id(LOADED)));
    assert!(fixture.store.delete(&JOB, id(SECOND)).await.unwrap());
    assert_eq!(found(&fixture.store, "master").await, Some(id(LOADED)));
}

#[tokio::test]
async fn a_deleted_loaded_document_can_be_created_again() {
    let fixture = TestStore::with(&[&JOB]).await;
    fixture.store.load(&JOB, loaded_job("master", LOADED)).await.unwrap();
    assert!(fixture.store.delete(&JOB, id(LOADED)).await.unwrap());
    assert!(!fixture.store.delete(&JOB, id(LOADED)).await.unwrap());
    assert_eq!(found(&fixture.store, "master").await, None);
    assert_eq!(raw::keys(&fixture, &JOB).await, ["calendar".to_owned()].into());
    let made = fixture.store.create_identified(&JOB, job("master")).await.unwrap();
    assert_eq!(made, derived_id(&JOB, &job("master")).unwrap());
    assert_eq!(found(&fixture.store, "master").await, Some(made));
}

#[tokio::test]
async fn a_pointer_is_not_listed_as_a_document() {
    let fixture = TestStore::with(&[&JOB]).await;
    fixture.store.load(&JOB, loaded_job("master", LOADED)).await.unwrap();
    let pointer = derived_id(&JOB, &job("master")).unwrap();
    assert_eq!(fixture.store.get_all(&JOB, &[pointer, id(LOADED)]).await.unwrap().len(), 1);
    assert!(!fixture.store.delete(&JOB, pointer).await.unwrap());
    assert_eq!(found(&fixture.store, "master").await, Some(id(LOADED)));
}

#[tokio::test]
async fn a_document_loaded_with_a_new_identity_is_found_only_by_that_one() {
    let fixture = TestStore::with(&[&JOB]).await;
    fixture.store.load(&JOB, loaded_job("master", LOADED)).await.unwrap();
    fixture.store.load(&JOB, loaded_job("other", LOADED)).await.unwrap();
    assert_eq!(found(&fixture.store, "other").await, Some(id(LOADED)));
    assert_eq!(found(&fixture.store, "master").await, None);
}

#[tokio::test]
async fn updates_reach_loaded_and_derived_documents() {
    let fixture = TestStore::with(&[&JOB, &kernelci::collections::TASK]).await;
    let store = &fixture.store;
    let now = Timestamp::from_milliseconds(0);
    store.load(&JOB, loaded_job("loaded", LOADED)).await.unwrap();
    let derived = store.create_identified(&JOB, job("derived")).await.unwrap();
    for (place, (branch, own)) in [("loaded", id(LOADED)), ("derived", derived)].into_iter().enumerate() {
        let task = id(&format!("{place:024x}"));
        let change = store.prepare_task(task, Value::Null, now).await.unwrap();
        let key = derived_id(&JOB, &job(branch)).unwrap();
        assert!(store.update_identified(&JOB, key, &[("status", "PASS".into())], change).await.unwrap());
        let updated = store.get(&JOB, own).await.unwrap().unwrap();
        assert_eq!((&updated["status"], &updated["git_branch"]), (&"PASS".into(), &branch.into()));
        assert_eq!(store.due_tasks(now, 10).await.unwrap().len(), place + 1);
    }
}

#[tokio::test]
async fn an_update_without_changes_stores_no_task() {
    let fixture = TestStore::with(&[&JOB, &kernelci::collections::TASK]).await;
    let now = Timestamp::from_milliseconds(0);
    let change = fixture.store.prepare_task(id(LOADED), Value::Null, now).await.unwrap();
    let nothing = derived_id(&JOB, &job("master")).unwrap();
    assert!(!fixture.store.update_identified(&JOB, nothing, &[("status", "PASS".into())], change).await.unwrap());
    assert_eq!(fixture.store.due_tasks(now, 10).await.unwrap(), []);
    assert!(fixture.store.get(&JOB, nothing).await.unwrap().is_none());
}

#[tokio::test]
async fn a_dangling_pointer_is_kept_by_reads_and_replaced_by_writes() {
    let fixture = TestStore::with(&[&JOB]).await;
    fixture.store.load(&JOB, loaded_job("master", LOADED)).await.unwrap();
    let derived = derived_id(&JOB, &job("master")).unwrap();
    raw::delete(&fixture, &JOB, LOADED).await;
    assert!(Reader::new(&fixture.store).identified(&JOB, derived).await.unwrap().is_none());
    assert!(raw::item(&fixture, &JOB, &derived.to_string()).await.is_some());
    assert!(Writer::new(&fixture.store).identified(&JOB, derived).await.unwrap().is_none());
    assert!(raw::item(&fixture, &JOB, &derived.to_string()).await.is_none());
}
