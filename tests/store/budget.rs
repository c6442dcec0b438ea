//! The reading budget: used up, it is an error, and never a short list.

use kernelci::{
    collections::{JOB, STATISTICS},
    query::{Condition, Selection},
    store::{Store, StoreError},
    value::{Document, Value},
};
use kernelci_tests::{document, id};
use serde_json::json;

use crate::{bench::Bench, long::selection};

fn job(number: u32, month: u32) -> Document {
    let mut job = document(json!({"job": format!("tree{}", number % 4), "kernel": "v5.6"}));
    let day = kernelci::time::Timestamp::parse_day(&format!("2020-{month:02}-10")).unwrap();
    job.insert("created_on", Value::Date(day));
    job.insert("_id", Value::Id(id(&format!("{number:024x}"))));
    job
}

fn is_budget<T>(outcome: Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Budget { .. }))
}

/// The same with a condition that all jobs satisfy, and that no total tells apart.
fn with_null(selection: &Selection) -> Selection {
    let mut selection = selection.clone();
    let condition = Condition::OneOf { member: "private", lists: false, values: vec![], null: true };
    selection.filter.add(condition).unwrap();
    selection
}

async fn refused_everywhere(store: &Store, selection: &Selection) {
    assert!(is_budget(store.list(&JOB, selection).await));
    // What totals answer reads no page.
    assert!(is_budget(store.count(&JOB, &with_null(selection)).await));
    assert!(is_budget(store.distinct(&JOB, selection, "compiler").await));
    let groups = Selection { aggregate: vec!["job".to_owned()], ..selection.clone() };
    assert!(is_budget(store.groups(&JOB, &groups).await));
}

#[tokio::test]
async fn more_months_than_pages_are_refused() {
    let bench = Bench::with(&[&JOB]).await;
    for month in 1..=6 {
        bench.store.load(&JOB, job(month, month)).await.unwrap();
    }
    refused_everywhere(&bench.with_budget(5), &Selection::default()).await;
    refused_everywhere(&bench.with_budget(0), &Selection::default()).await;
    let enough = bench.with_budget(6);
    assert_eq!(enough.list(&JOB, &Selection::default()).await.unwrap().len(), 6);
    assert_eq!(enough.count(&JOB, &with_null(&Selection::default())).await.unwrap(), 6);
}

#[tokio::test]
async fn more_partitions_than_pages_are_refused() {
    let bench = Bench::with(&[&JOB]).await;
    for number in 0..4 {
        bench.store.load(&JOB, job(number, 1)).await.unwrap();
    }
    let four = selection(&JOB, "job=tree0&job=tree1&job=tree2&job=tree3");
    refused_everywhere(&bench.with_budget(3), &four).await;
    assert_eq!(bench.with_budget(4).list(&JOB, &four).await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_limit_that_is_reached_before_is_answered() {
    let bench = Bench::with(&[&JOB]).await;
    for month in 1..=6 {
        bench.store.load(&JOB, job(month, month)).await.unwrap();
    }
    let store = bench.with_budget(2);
    assert_eq!(store.list(&JOB, &selection(&JOB, "sort=created_on&limit=2")).await.unwrap().len(), 2);
    assert!(is_budget(store.list(&JOB, &selection(&JOB, "sort=created_on&limit=3")).await));
    assert!(is_budget(store.list(&JOB, &selection(&JOB, "sort=created_on&limit=1&status=PASS")).await));
}

#[tokio::test]
async fn a_partition_of_more_pages_is_refused() {
    const PAGE: u32 = 1_000;
    let bench = Bench::with(&[&STATISTICS]).await;
    let mut loads = tokio::task::JoinSet::new();
    for number in 0..=PAGE {
        let store = bench.store.clone();
        loads.spawn(async move { store.load(&STATISTICS, job(number, 1)).await.unwrap() });
    }
    loads.join_all().await;
    let listed = |store: Store, query: &'static str| async move {
        store.list(&STATISTICS, &selection(&STATISTICS, query)).await.map(|page| page.len())
    };
    for query in ["", "sort=kernel&limit=1", "version=1.0&limit=1", "limit=1001"] {
        assert!(is_budget(listed(bench.with_budget(1), query).await), "{query}");
    }
    assert!(is_budget(bench.with_budget(1).count(&STATISTICS, &Selection::default()).await));
    assert_eq!(listed(bench.with_budget(1), "limit=1000").await.unwrap(), 1_000);
    assert_eq!(listed(bench.with_budget(2), "limit=1001").await.unwrap(), 1_001);
    assert_eq!(bench.with_budget(2).count(&STATISTICS, &Selection::default()).await.unwrap(), 1_001);
}
