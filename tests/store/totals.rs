//! Totals of documents that were stored before the totals existed.

use kernelci::{
    collections::{BOOT, BUILD, Collection, JOB, TEST_CASE, TEST_GROUP, TEST_REGRESSION, TOTAL},
    query::Selection,
    store::{
        Replacement, Store,
        engine::{Action, Change, ReturnValue, UpdateAction},
    },
    value::Document,
};
use kernelci_tests::{document, id, machine};
use serde_json::json;

use crate::{test_store::TestStore, long_documents::selection, raw};

const COUNTED: [&Collection; 6] = [&JOB, &BUILD, &BOOT, &TEST_GROUP, &TEST_CASE, &TEST_REGRESSION];
const JOBS: u32 = 230;

fn job(number: u32) -> Document {
    document(json!({
        "_id": {"$oid": format!("{number:024x}")}, "job": format!("tree{}", number % 3), "kernel": format!("v{number}"),
        "git_branch": "master", "status": "PASS", "created_on": {"$date": 1_586_520_000_000_i64 + i64::from(number % 40) * 86_400_000},
    }))
}

async fn counts(fixture: &TestStore) -> Vec<usize> {
    let mut counts = Vec::new();
    for query in ["", "job=tree0", "kernel=v7", "status=PASS", "job=tree1&status=FAIL", "created_on=2020-04-11"] {
        counts.push(fixture.store.count(&JOB, &selection(&JOB, query)).await.unwrap());
    }
    counts
}

/// Removes the fingerprint from jobs, as if they had been stored before the totals existed.
async fn unmark(store: &Store, some: impl Iterator<Item = u32>) {
    for number in some {
        let (key, action) = (format!("{number:024x}"), Action::Update(vec![UpdateAction::Remove("_counted".to_owned())]));
        let change = Change { collection: &JOB, key, action, demand: None };
        store.engine().write(store.work(), &change, ReturnValue::None).await.unwrap();
    }
}

async fn forget(fixture: &TestStore) {
    for key in raw::keys(fixture, &TOTAL).await {
        raw::delete(fixture, &TOTAL, &key).await;
    }
}

#[tokio::test]
async fn existing_documents_are_counted_once_by_the_backfill() {
    let fixture = TestStore::with(&COUNTED).await;
    for number in 0..JOBS {
        fixture.store.load(&JOB, job(number)).await.unwrap();
    }
    let expected = counts(&fixture).await;
    assert_eq!(expected, [230, 77, 1, 230, 0, 6]);
    unmark(&fixture.store, 0..JOBS).await;
    forget(&fixture).await;
    assert_eq!(counts(&fixture).await, [0; 6]);
    fixture.store.count_what_is_there().await.unwrap();
    assert_eq!(counts(&fixture).await, expected);
    fixture.store.count_what_is_there().await.unwrap();
    assert_eq!(counts(&fixture).await, expected);
}

#[tokio::test]
async fn an_interrupted_backfill_counts_no_document_twice() {
    let fixture = TestStore::with(&COUNTED).await;
    for number in 0..20 {
        fixture.store.load(&JOB, job(number)).await.unwrap();
    }
    let expected = counts(&fixture).await;
    forget(&fixture).await;
    unmark(&fixture.store, 0..20).await;
    // Loading some of the jobs again counts them.
    for number in 5..12 {
        fixture.store.load(&JOB, job(number)).await.unwrap();
    }
    fixture.store.count_what_is_there().await.unwrap();
    assert_eq!(counts(&fixture).await, expected);
}

#[tokio::test]
async fn deleting_an_uncounted_document_changes_no_total() {
    let fixture = TestStore::with(&COUNTED).await;
    let store = &fixture.store;
    for number in 0..4 {
        store.load(&JOB, job(number)).await.unwrap();
    }
    unmark(&fixture.store, 0..4).await;
    forget(&fixture).await;
    assert!(store.delete(&JOB, id(&format!("{:024x}", 0))).await.unwrap());
    let before = store.read_now(&JOB, id(&format!("{:024x}", 1))).await.unwrap();
    assert!(store.replace([Replacement { collection: &JOB, before, after: None }], None).await.unwrap());
    let before = store.read_now(&JOB, id(&format!("{:024x}", 2))).await.unwrap();
    assert!(store.replace([Replacement { collection: &JOB, before, after: Some(job(2)) }], None).await.unwrap());
    store.count_what_is_there().await.unwrap();
    assert_eq!(store.count(&JOB, &Selection::default()).await.unwrap(), 2);
    assert_eq!(store.count(&JOB, &selection(&JOB, "job=tree2")).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_data_folder_is_counted_when_it_is_opened() {
    let data = tempfile::tempdir().unwrap();
    let options = ["--data", data.path().to_str().unwrap()];
    let before = machine(&options).await;
    for number in 0..3 {
        before.services.store.load(&JOB, job(number)).await.unwrap();
    }
    unmark(&before.services.store, 0..3).await;
    drop(before);
    let file = rusqlite::Connection::open(data.path().join("store.sqlite")).unwrap();
    assert!(file.execute("DELETE FROM total", []).unwrap() > 0);
    drop(file);
    let after = machine(&options).await;
    assert_eq!(after.services.store.count(&JOB, &Selection::default()).await.unwrap(), 3);
    assert_eq!(after.services.store.count(&JOB, &selection(&JOB, "job=tree1")).await.unwrap(), 1);
}
