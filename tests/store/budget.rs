//! The read budget: a query past it fails and never returns a short list.

use kernelci::{
    collections::{JOB, STATISTICS},
    query::{Condition, Selection},
    store::{Store, StoreError, StoreOptions},
    value::{Document, Value},
};
use kernelci_tests::{document, id};
use serde_json::json;

use crate::{test_store::TestStore, long_documents::selection};

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

/// The selection with an additional condition that every job satisfies and that no total can answer.
fn with_null(selection: &Selection) -> Selection {
    let mut selection = selection.clone();
    let condition = Condition::OneOf { member: "private", lists: false, values: vec![], null: true };
    selection.filter.add(condition).unwrap();
    selection
}

async fn assert_all_reads_refused(store: &Store, selection: &Selection) {
    assert!(is_budget(store.list(&JOB, selection).await));
    // A count that the totals answer reads no page.
    assert!(is_budget(store.count(&JOB, &with_null(selection)).await));
    assert!(is_budget(store.distinct(&JOB, selection, "compiler").await));
    let groups = Selection { aggregate: vec!["job".to_owned()], ..selection.clone() };
    assert!(is_budget(store.groups(&JOB, &groups).await));
}

#[tokio::test]
async fn more_months_than_budget_pages_are_refused() {
    let fixture = TestStore::with(&[&JOB]).await;
    for month in 1..=6 {
        fixture.store.load(&JOB, job(month, month)).await.unwrap();
    }
    assert_all_reads_refused(&fixture.with_budget(5), &Selection::default()).await;
    assert_all_reads_refused(&fixture.with_budget(0), &Selection::default()).await;
    let enough = fixture.with_budget(6);
    assert_eq!(enough.list(&JOB, &Selection::default()).await.unwrap().len(), 6);
    assert_eq!(enough.count(&JOB, &with_null(&Selection::default())).await.unwrap(), 6);
}

#[tokio::test]
async fn more_partitions_than_budget_pages_are_refused() {
    let fixture = TestStore::with(&[&JOB]).await;
    for number in 0..4 {
        fixture.store.load(&JOB, job(number, 1)).await.unwrap();
    }
    let four = selection(&JOB, "job=tree0&job=tree1&job=tree2&job=tree3");
    assert_all_reads_refused(&fixture.with_budget(3), &four).await;
    assert_eq!(fixture.with_budget(4).list(&JOB, &four).await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_limit_reached_within_the_budget_is_answered() {
    let fixture = TestStore::with(&[&JOB]).await;
    for month in 1..=6 {
        fixture.store.load(&JOB, job(month, month)).await.unwrap();
    }
    let store = fixture.with_budget(2);
    assert_eq!(store.list(&JOB, &selection(&JOB, "sort=created_on&limit=2")).await.unwrap().len(), 2);
    assert!(is_budget(store.list(&JOB, &selection(&JOB, "sort=created_on&limit=3")).await));
    assert!(is_budget(store.list(&JOB, &selection(&JOB, "sort=created_on&limit=1&status=PASS")).await));
}

#[tokio::test]
async fn a_partition_of_more_pages_than_the_budget_is_refused() {
    const PAGE: u32 = 1_000;
    let fixture = TestStore::with(&[&STATISTICS]).await;
    let mut loads = tokio::task::JoinSet::new();
    for number in 0..=PAGE {
        let store = fixture.store.clone();
        loads.spawn(async move { store.load(&STATISTICS, job(number, 1)).await.unwrap() });
    }
    loads.join_all().await;
    let listed = |store: Store, query: &'static str| async move {
        store.list(&STATISTICS, &selection(&STATISTICS, query)).await.map(|page| page.len())
    };
    for query in ["", "sort=kernel&limit=1", "version=1.0&limit=1", "limit=1001"] {
        assert!(is_budget(listed(fixture.with_budget(1), query).await), "{query}");
    }
    assert!(is_budget(fixture.with_budget(1).count(&STATISTICS, &Selection::default()).await));
    assert_eq!(listed(fixture.with_budget(1), "limit=1000").await.unwrap(), 1_000);
    assert_eq!(listed(fixture.with_budget(2), "limit=1001").await.unwrap(), 1_001);
    assert_eq!(fixture.with_budget(2).count(&STATISTICS, &Selection::default()).await.unwrap(), 1_001);
}

/// Sixty jobs of one month, half of them of the tree `tree0`.
async fn sixty() -> TestStore {
    let fixture = TestStore::with(&[&JOB]).await;
    let jobs: Vec<Document> = (0..60).map(|number| job(number * 2, 1)).collect();
    assert!(fixture.store.load_all(&JOB, &jobs).await.iter().all(Result::is_ok));
    fixture
}

/// A store with a budget of five pages of five items each.
fn five_fives(fixture: &TestStore) -> Store {
    fixture.with_options(StoreOptions { page_budget: 5, page_items: 5, ..fixture.options.clone() }).counted()
}

#[tokio::test]
async fn a_query_past_the_budget_by_the_totals_is_refused_before_the_first_page() {
    let fixture = sixty().await;
    for query in ["", "sort=kernel&limit=3", "status=PASS", "skip=21&limit=5", "skip=100&limit=5", "aggregate=status"] {
        let store = five_fives(&fixture);
        let wanted = selection(&JOB, query);
        let refused = match wanted.aggregate.is_empty() {
            true => is_budget(store.list(&JOB, &wanted).await),
            false => is_budget(store.groups(&JOB, &wanted).await),
        };
        let work = store.work().done();
        // The calendar, and the total of all jobs.
        assert!(refused && work.requests == 2 && work.items_read <= 1 + 8, "{query}: {work:?}");
    }
    let store = five_fives(&fixture);
    assert!(is_budget(store.distinct(&JOB, &Selection::default(), "compiler").await));
    assert!(is_budget(store.count(&JOB, &with_null(&Selection::default())).await));
    assert_eq!(store.work().done().requests, 4);
}

#[tokio::test]
async fn without_a_calendar_read_the_totals_are_read_after_the_first_page() {
    let fixture = sixty().await;
    for query in ["job=tree0", "job=tree0&job=tree2&sort=kernel&limit=3", "created_on=2020-01-10&status=PASS"] {
        let store = five_fives(&fixture);
        assert!(is_budget(store.list(&JOB, &selection(&JOB, query)).await), "{query}");
        let work = store.work().done();
        // One page of the first tree, or of each of the two trees; then the totals of the trees or of the day. The read
        // of the second tree may request its total before the refusal of the first ends it.
        assert!(work.requests <= 4 && work.items_read <= 10 + 2 * 16, "{query}: {work:?}");
    }
}

#[tokio::test]
async fn a_query_that_may_end_early_is_read() {
    let fixture = sixty().await;
    let read = |query: &'static str| {
        let store = five_fives(&fixture);
        async move {
            let found =
                store.list(&JOB, &selection(&JOB, query)).await.unwrap_or_else(|error| panic!("{query}: {error}"));
            (found.len(), store.work().done())
        }
    };
    assert_eq!(read("sort=created_on&limit=25").await.0, 25);
    assert_eq!(read("sort=created_on&skip=20&limit=5").await.0, 5);
    assert_eq!(read("status=null&limit=2").await.0, 2);
    assert_eq!(read("job=tree0&status=null&limit=3").await.0, 3);
    assert_eq!(read("job=nosuch").await.0, 0);
    assert_eq!(read("job=tree0&kernel=v5.6&skip=10&limit=15").await.0, 15);
    // Few documents, although many are skipped.
    assert_eq!(read("job=nosuch&skip=1000000&limit=5").await.0, 0);
}

#[tokio::test]
async fn skipped_documents_are_counted_and_not_fetched() {
    let fixture = sixty().await;
    let store = fixture.with_pages(10).counted();
    let all = store.list(&JOB, &selection(&JOB, "sort=created_on")).await.unwrap();
    for (query, skipped) in [
        ("sort=created_on&skip=37&limit=5", 37),
        ("sort=created_on&skip=20&limit=5", 20),
        ("sort=created_on&skip=55&limit=50", 55),
        ("sort=created_on&skip=41", 41),
        ("sort=created_on&skip=60&limit=5", 60),
    ] {
        let wanted = selection(&JOB, query);
        let found = store.list(&JOB, &wanted).await.unwrap();
        let most = if wanted.limit == 0 { usize::MAX } else { wanted.limit };
        assert_eq!(found, all.iter().skip(skipped).take(most).cloned().collect::<Vec<_>>(), "{query}");
    }
    let small = StoreOptions { page_items: 10, answer_bytes: 20_000, ..fixture.options.clone() };
    let small = fixture.with_options(small).counted();
    assert_eq!(small.list(&JOB, &selection(&JOB, "sort=created_on&skip=50&limit=5")).await.unwrap().len(), 5);
    let refused = small.list(&JOB, &selection(&JOB, "sort=created_on&limit=60")).await;
    assert!(matches!(refused, Err(StoreError::Memory { bytes: 20_000 })), "{refused:?}");
}

#[tokio::test]
async fn documents_past_the_memory_limit_are_refused_before_the_first_page() {
    let fixture = sixty().await;
    let options = StoreOptions { page_items: 10, answer_bytes: 5_000, ..fixture.options.clone() };
    let store = fixture.with_options(options).counted();
    let refused = store.list(&JOB, &Selection::default()).await;
    assert!(matches!(refused, Err(StoreError::Memory { bytes: 5_000 })), "{refused:?}");
    assert_eq!(store.work().done().requests, 2);
    assert_eq!(store.list(&JOB, &selection(&JOB, "sort=kernel&limit=2")).await.unwrap().len(), 2);
}
