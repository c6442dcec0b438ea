//! Loading of documents under their own ids.

use kernelci::{
    collections::{BUILD_LOGS, JOB, STATISTICS, TEST_CASE},
    query::Selection,
    store::{ItemError, Loaded, StoreError, derived_id},
    value::{Document, Value},
};
use kernelci_tests::{document, id};
use serde_json::json;

use crate::{
    test_store::TestStore,
    long_documents::{lines, long_document, selection},
    raw,
};

const OWN: &str = "5e79f370f870c5da21eece01";

#[tokio::test]
async fn a_document_loaded_again_is_replaced_whole() {
    let fixture = TestStore::with(&[&JOB]).await;
    let first = document(json!({"_id": {"$oid": OWN}, "job": "next", "kernel": "v5.6", "status": "PASS"}));
    let second =
        document(json!({"_id": {"$oid": OWN}, "job": "mainline", "created_on": {"$date": 1_581_638_400_000_i64}}));
    assert_eq!(fixture.store.load(&JOB, first).await.unwrap(), Loaded::New);
    assert_eq!(fixture.store.load(&JOB, second.clone()).await.unwrap(), Loaded::Updated);
    assert_eq!(fixture.store.list(&JOB, &Selection::default()).await.unwrap(), std::slice::from_ref(&second));
    for (query, count) in [("job=next", 0), ("job=next&kernel=v5.6", 0), ("job=mainline", 1), ("created_on=null", 0)] {
        assert_eq!(fixture.store.count(&JOB, &selection(&JOB, query)).await.unwrap(), count, "{query}");
    }
}

#[tokio::test]
async fn a_document_without_an_id_is_refused() {
    let fixture = TestStore::with(&[&JOB]).await;
    for without in [json!({"job": "next"}), json!({"_id": OWN}), json!({"_id": null})] {
        let outcome = fixture.store.load(&JOB, document(without)).await;
        assert!(matches!(outcome, Err(StoreError::Item(ItemError::NoId))), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_collection_without_identity_keeps_every_document() {
    let fixture = TestStore::with(&[&STATISTICS]).await;
    for number in 0..3 {
        let day = document(json!({"_id": {"$oid": format!("{number:024x}")}, "version": "1.0"}));
        assert_eq!(fixture.store.load(&STATISTICS, day).await.unwrap(), Loaded::New);
    }
    assert_eq!(fixture.store.count(&STATISTICS, &Selection::default()).await.unwrap(), 3);
}

#[tokio::test]
async fn a_loaded_document_replaces_a_pointer_with_its_id() {
    let fixture = TestStore::with(&[&JOB]).await;
    let identity = json!({"job": "next", "kernel": "v5.6", "git_branch": "master"});
    let mut first = document(identity.clone());
    let derived = derived_id(&JOB, &first).unwrap();
    first.insert("_id", Value::Id(id(OWN)));
    let mut second = document(identity);
    second.insert("_id", Value::Id(derived));
    fixture.store.load(&JOB, first).await.unwrap();
    assert_eq!(fixture.store.load(&JOB, second).await.unwrap(), Loaded::New);
    assert_eq!(fixture.store.identified(&JOB, derived).await.unwrap().map(|found| found.id), Some(derived));
    assert!(fixture.store.delete(&JOB, id(OWN)).await.unwrap());
    assert!(fixture.store.get(&JOB, derived).await.unwrap().is_some());
}

/// A job with the id of `number` and the tree and kernel of `of`.
fn job(number: u32, of: u32, status: &str) -> Document {
    document(json!({
        "_id": {"$oid": format!("{number:024x}")}, "job": format!("tree{}", of % 3), "kernel": format!("v{of}"),
        "git_branch": "master", "status": status, "created_on": {"$date": 1_586_520_000_000_i64 + i64::from(of) * 86_400_000},
    }))
}

async fn counts(fixture: &TestStore) -> Vec<usize> {
    let mut counts = Vec::new();
    for query in ["", "job=tree0", "kernel=v7", "status=PASS", "job=tree1&status=FAIL", "created_on=2020-04-11"] {
        counts.push(fixture.store.count(&JOB, &selection(&JOB, query)).await.unwrap());
    }
    counts
}

#[tokio::test]
async fn loading_a_batch_equals_loading_one_by_one() {
    let (together, singly) = (TestStore::with(&[&JOB]).await, TestStore::with(&[&JOB]).await);
    let without_id = document(json!({"job": "next"}));
    let mut reserved = job(900, 900, "PASS");
    reserved.insert("$name", Value::Null);
    let first: Vec<Document> = (0..60).map(|number| job(number, number, "PASS")).collect();
    // Existing documents, new ones, two with one id, two with one identity, one that changes its identity while a new
    // one takes its former identity, and two that are refused.
    let second: Vec<Document> = (40..90)
        .map(|number| job(number, number, "FAIL"))
        .chain([without_id, reserved, job(200, 200, "PASS"), job(200, 201, "FAIL"), job(300, 300, "PASS")])
        .chain([job(301, 300, "PASS"), job(3, 400, "PASS"), job(401, 3, "PASS"), job(402, 200, "PASS")])
        .collect();
    for documents in [&first, &second, &second] {
        let outcomes = together.store.load_all(&JOB, documents).await;
        assert_eq!(outcomes.len(), documents.len());
        for (outcome, document) in outcomes.into_iter().zip(documents) {
            let alone = singly.store.load(&JOB, document.clone()).await;
            assert_eq!(outcome.map_err(|error| error.to_string()), alone.map_err(|error| error.to_string()));
        }
        assert_eq!(raw::keys(&together, &JOB).await, raw::keys(&singly, &JOB).await);
        assert_eq!(counts(&together).await, counts(&singly).await);
        let everything = Selection::default();
        let [ours, theirs] = [&together, &singly].map(|fixture| fixture.store.list(&JOB, &everything));
        assert_eq!(ours.await.unwrap(), theirs.await.unwrap());
        for document in documents.iter().filter_map(|document| derived_id(&JOB, document)) {
            let [ours, theirs] = [&together, &singly].map(|fixture| fixture.store.identified(&JOB, document));
            assert_eq!(ours.await.unwrap().map(|found| found.id), theirs.await.unwrap().map(|found| found.id));
        }
    }
    assert_eq!(together.store.count(&JOB, &Selection::default()).await.unwrap(), 95);
}

#[tokio::test]
async fn loading_many_new_documents_takes_few_requests() {
    let fixture = TestStore::with(&[&TEST_CASE]).await;
    let case = |number: u32| {
        document(json!({
            "_id": {"$oid": format!("{number:024x}")}, "job": "next", "kernel": "v1", "git_branch": "master", "status": "PASS",
            "created_on": {"$date": 1_586_520_000_000_i64},
        }))
    };
    // This write marks the month in the calendar.
    fixture.store.load(&TEST_CASE, case(176)).await.unwrap();
    let cases: Vec<Document> = (0..176).map(case).collect();
    let store = fixture.store.counted();
    let outcomes = store.load_all(&TEST_CASE, &cases).await;
    assert!(outcomes.into_iter().all(|outcome| matches!(outcome, Ok(Loaded::New))));
    // Each transaction holds eighty-eight cases and twelve totals.
    assert_eq!(store.work().done().requests, 2);
    assert_eq!(store.count(&TEST_CASE, &selection(&TEST_CASE, "job=next&status=PASS")).await.unwrap(), 177);
    assert_eq!(store.load_all(&TEST_CASE, &[]).await.len(), 0);
}

#[tokio::test]
async fn a_replaced_long_document_leaves_no_parts() {
    let fixture = TestStore::with(&[&BUILD_LOGS]).await;
    let of = |seed| vec![long_document(OWN, seed), long_document("5e79f370f870c5da21eece02", seed)];
    fixture
        .store
        .load_all(&BUILD_LOGS, &of(7))
        .await
        .into_iter()
        .for_each(|outcome| assert_eq!(outcome.unwrap(), Loaded::New));
    let parts = raw::part_keys(&fixture, &BUILD_LOGS).await;
    for outcome in fixture.store.load_all(&BUILD_LOGS, &of(8)).await {
        assert_eq!(outcome.unwrap(), Loaded::Updated);
    }
    let after = raw::part_keys(&fixture, &BUILD_LOGS).await;
    assert_eq!((after.len(), after.iter().any(|part| parts.contains(part))), (parts.len(), false));
    assert!(fixture.store.get(&BUILD_LOGS, id(OWN)).await.unwrap().unwrap()["lines"] == lines(60_000, 8));
}
