//! Loading: documents under the ids that they have.

use kernelci::{
    collections::{JOB, STATISTICS},
    query::Selection,
    store::{ItemError, Loaded, StoreError},
    value::Value,
};
use kernelci_tests::{document, id};
use serde_json::json;

use crate::{bench::Bench, long::selection};

const OWN: &str = "5e79f370f870c5da21eece01";

#[tokio::test]
async fn what_is_loaded_again_is_replaced_whole() {
    let bench = Bench::with(&[&JOB]).await;
    let first = document(json!({"_id": {"$oid": OWN}, "job": "next", "kernel": "v5.6", "status": "PASS"}));
    let second =
        document(json!({"_id": {"$oid": OWN}, "job": "mainline", "created_on": {"$date": 1_581_638_400_000_i64}}));
    assert_eq!(bench.store.load(&JOB, first).await.unwrap(), Loaded::New);
    assert_eq!(bench.store.load(&JOB, second.clone()).await.unwrap(), Loaded::Updated);
    assert_eq!(bench.store.list(&JOB, &Selection::default()).await.unwrap(), std::slice::from_ref(&second));
    for (query, count) in [("job=next", 0), ("job=next&kernel=v5.6", 0), ("job=mainline", 1), ("created_on=null", 0)] {
        assert_eq!(bench.store.count(&JOB, &selection(&JOB, query)).await.unwrap(), count, "{query}");
    }
}

#[tokio::test]
async fn a_document_without_an_id_is_refused() {
    let bench = Bench::with(&[&JOB]).await;
    for without in [json!({"job": "next"}), json!({"_id": OWN}), json!({"_id": null})] {
        let outcome = bench.store.load(&JOB, document(without)).await;
        assert!(matches!(outcome, Err(StoreError::Item(ItemError::NoId))), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_collection_without_identity_keeps_every_document() {
    let bench = Bench::with(&[&STATISTICS]).await;
    for number in 0..3 {
        let day = document(json!({"_id": {"$oid": format!("{number:024x}")}, "version": "1.0"}));
        assert_eq!(bench.store.load(&STATISTICS, day).await.unwrap(), Loaded::New);
    }
    assert_eq!(bench.store.count(&STATISTICS, &Selection::default()).await.unwrap(), 3);
}

#[tokio::test]
async fn a_document_takes_the_place_of_a_pointer_to_another() {
    let bench = Bench::with(&[&JOB]).await;
    let identity = json!({"job": "next", "kernel": "v5.6", "git_branch": "master"});
    let mut first = document(identity.clone());
    let derived = kernelci::store::derived_id(&JOB, &first).unwrap();
    first.insert("_id".to_owned(), Value::Id(id(OWN)));
    let mut second = document(identity);
    second.insert("_id".to_owned(), Value::Id(derived));
    bench.store.load(&JOB, first).await.unwrap();
    assert_eq!(bench.store.load(&JOB, second).await.unwrap(), Loaded::New);
    assert_eq!(bench.store.identified(&JOB, derived).await.unwrap().map(|found| found.id), Some(derived));
    assert!(bench.store.delete(&JOB, id(OWN)).await.unwrap());
    assert!(bench.store.get(&JOB, derived).await.unwrap().is_some());
}
