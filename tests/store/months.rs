//! Lists over all time: which months they read.

use kernelci::{
    collections::JOB,
    store::{Store, WorkDone},
    time::{DAY, Timestamp},
    value::{Document, Value},
};
use kernelci_tests::id;

use crate::{test_store::TestStore, long_documents::selection};

/// Three documents in each of twelve months, and three without a date.
async fn year() -> TestStore {
    let fixture = TestStore::with(&[&JOB]).await;
    for month in 0..=12_u32 {
        for day in 0..3 {
            let date = Timestamp::parse_day(&format!("2020-{month:02}-10")).map(|date| date.plus(day * DAY));
            fixture.store.load(&JOB, job(month * 3 + u32::try_from(day).unwrap(), date)).await.unwrap();
        }
    }
    fixture
}

fn job(number: u32, created_on: Option<Timestamp>) -> Document {
    let members =
        [("_id", Value::Id(id(&format!("{number:024x}")))), ("status", Value::Integer(i64::from(number % 3)))];
    let created_on = created_on.map(|date| ("created_on", Value::Date(date)));
    members.into_iter().chain(created_on).map(|(name, value)| (name.to_owned(), value)).collect()
}

async fn listed(fixture: &TestStore, query: &str) -> (Vec<u32>, WorkDone) {
    let store: Store = fixture.store.counted();
    let page = store.list(&JOB, &selection(&JOB, query)).await.unwrap();
    let number = |document: &Document| {
        let id = document["_id"].as_id().unwrap().to_string();
        u32::from_str_radix(&id[16..], 16).unwrap()
    };
    (page.iter().map(number).collect(), store.work().done())
}

#[tokio::test]
async fn documents_without_a_date_are_first_and_are_found_by_null() {
    let fixture = year().await;
    assert_eq!(listed(&fixture, "").await.0, (0..39).collect::<Vec<_>>());
    assert_eq!(listed(&fixture, "sort=created_on").await.0, (0..39).rev().collect::<Vec<_>>());
    let (numbers, done) = listed(&fixture, "created_on=null").await;
    assert_eq!((numbers, done.requests), (vec![0, 1, 2], 1));
    assert_eq!(listed(&fixture, "gte=created_on,0").await.0.len(), 36);
}

#[tokio::test]
async fn a_limited_list_reads_only_the_months_that_it_needs() {
    let fixture = year().await;
    // The calendar costs one request and one item.
    for (query, numbers, requests, items) in [
        ("limit=2", vec![0, 1], 2, 3),
        ("limit=5", vec![0, 1, 2, 3, 4], 3, 6),
        ("sort=created_on&limit=2", vec![38, 37], 2, 3),
        ("sort=created_on&limit=5", vec![38, 37, 36, 35, 34], 3, 6),
        ("sort=created_on&limit=2&skip=4", vec![34, 33], 3, 7),
        ("sort=created_on&limit=1&skip=3", vec![35], 3, 5),
    ] {
        let (listed, done) = listed(&fixture, query).await;
        assert_eq!(listed, numbers, "{query}");
        assert!(done.requests <= requests && done.items_read <= items, "{query}: {done:?}");
    }
}

#[tokio::test]
async fn a_filtered_list_reads_months_until_the_limit_is_reached() {
    let fixture = year().await;
    let (numbers, done) = listed(&fixture, "sort=created_on&limit=2&gte=_id,00000000000000000000000a").await;
    assert_eq!(numbers, [38, 37]);
    assert!(done.requests <= 2 && done.items_read <= 4, "{done:?}");
}

#[tokio::test]
async fn a_period_reads_only_its_months() {
    let fixture = year().await;
    for (query, numbers, requests, items) in [
        ("created_on=2020-05-11", vec![16], 1, 1),
        ("gte=created_on,2020-05-11&lt=created_on,2020-06-11", vec![16, 17, 18], 2, 3),
        ("date_range=15&created_on=2020-05-12", vec![15, 16, 17], 2, 3),
        // The calendar is read for a period of more than three months.
        ("gte=created_on,2020-10-11", vec![31, 32, 33, 34, 35, 36, 37, 38], 5, 9),
        ("lt=created_on,2020-02-11&sort=created_on", vec![6, 5, 4, 3], 4, 5),
        ("gte=created_on,2020-02-11&sort=created_on&limit=1", vec![38], 2, 2),
    ] {
        let (listed, done) = listed(&fixture, query).await;
        assert_eq!(listed, numbers, "{query}");
        assert!(done.requests <= requests && done.items_read <= items, "{query}: {done:?}");
    }
}

#[tokio::test]
async fn an_empty_collection_costs_one_read_of_the_calendar() {
    let fixture = TestStore::with(&[&JOB]).await;
    let (numbers, done) = listed(&fixture, "").await;
    assert_eq!((numbers, done.requests, done.items_read), (vec![], 1, 0));
}

#[tokio::test]
async fn a_month_is_marked_once_by_a_process_and_seen_by_others() {
    let fixture = TestStore::with(&[&JOB]).await;
    let day = Timestamp::parse_day("2020-05-10");
    fixture.store.load(&JOB, job(1, day)).await.unwrap();
    let counted = fixture.store.counted();
    counted.load(&JOB, job(2, day)).await.unwrap();
    assert_eq!(counted.work().done().requests, 2);
    let other = fixture.with_budget(10);
    assert_eq!(other.list(&JOB, &selection(&JOB, "")).await.unwrap().len(), 2);
}
