//! The memory of lists, groups, distinct values and counts of a collection that is much larger than the limit of one
//! answer.

use kernelci::{
    collections::STATISTICS,
    query::{Selection, select},
    store::{Store, StoreError, StoreOptions},
    value::Document,
};

use crate::{
    MIB, ONE_AT_A_TIME,
    filled::{DOCUMENTS, all, filled, selection},
    peak,
    test_store::TestStore,
};

/// The memory limit of one answer.
const ANSWER: usize = 4 * MIB;

/// The additional memory of a page while it is read: in the embedded store, as text, and as documents.
const PAGES: usize = 24 * MIB;

fn limited(fixture: &TestStore) -> Store {
    let options = StoreOptions { answer_bytes: ANSWER, all_answers_bytes: 2 * ANSWER, ..fixture.options.clone() };
    fixture.with_options(options)
}

/// The list for a query string, and the peak of allocated bytes while it is read.
async fn list(store: &Store, query: &str) -> (Result<Vec<Document>, StoreError>, usize) {
    let store = store.counted();
    peak(store.list(&STATISTICS, &selection(query))).await
}

fn is_memory<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Memory { bytes: ANSWER }))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_stays_within_its_memory_limit() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let fixture = filled().await;
    let store = limited(&fixture);

    for query in
        ["", "sort=rank", "sort=created_on", "limit=1000", "sort=rank&limit=1000", "sort=rank&skip=1000&limit=1"]
    {
        let (refused, bytes) = list(&store, query).await;
        assert!(is_memory(&refused), "{query}: {:?} documents", refused.map(|found| found.len()));
        assert!(bytes < ANSWER + PAGES, "{query}: {} MiB", bytes / MIB);
    }
    for query in [
        "sort=rank&limit=20",
        "sort=rank&sort_order=1&skip=7&limit=3",
        "sort=created_on&skip=2400&limit=20",
        "sort=created_on&skip=2450",
        "sort=tenth&sort=rank&skip=5&limit=40",
        "sort=rank&limit=50&field=rank",
        "sort=rank&field=tenth",
    ] {
        let (found, bytes) = list(&store, query).await;
        let expected = expected(&selection(query));
        assert!(found.is_ok_and(|found| found == expected), "{query}");
        assert!(bytes < ANSWER + PAGES, "{query}: {} MiB", bytes / MIB);
    }

    let (groups, bytes) = peak(store.groups(&STATISTICS, &selection("aggregate=tenth&sort=rank"))).await;
    assert_eq!(groups.unwrap().len(), 10);
    assert!(bytes < ANSWER + PAGES, "groups: {} MiB", bytes / MIB);
    let (groups, bytes) = peak(store.groups(&STATISTICS, &selection("aggregate=rank&sort=rank&limit=12"))).await;
    assert_eq!(groups.unwrap().len(), 12);
    assert!(bytes < ANSWER + PAGES, "groups with a limit: {} MiB", bytes / MIB);
    assert!(is_memory(&store.groups(&STATISTICS, &selection("aggregate=rank")).await));
    let (values, bytes) = peak(store.distinct(&STATISTICS, &selection(""), "text_a")).await;
    assert_eq!(values.unwrap().len(), 1);
    assert!(bytes < ANSWER + PAGES, "distinct values: {} MiB", bytes / MIB);
    let (count, bytes) = peak(store.count(&STATISTICS, &selection(""))).await;
    assert_eq!(count.unwrap(), DOCUMENTS);
    assert!(bytes < ANSWER + PAGES, "a count: {} MiB", bytes / MIB);

    all_answers_share_what_there_is(&store).await;
}

/// The documents that the selection should return.
fn expected(selection: &Selection) -> Vec<Document> {
    let found = select(selection, all());
    found.into_iter().map(|document| kernelci::query::project(selection, document)).collect()
}

async fn all_answers_share_what_there_is(store: &Store) {
    let three_mib = selection("limit=150");
    let (first, second, third) = (store.counted(), store.counted(), store.counted());
    for request in [&first, &second] {
        assert_eq!(request.list(&STATISTICS, &three_mib).await.unwrap().len(), 150);
    }
    let refused = third.list(&STATISTICS, &three_mib).await;
    assert!(matches!(refused, Err(StoreError::Busy(_))), "{:?}", refused.map(|found| found.len()));
    // A small answer is still served.
    assert_eq!(third.list(&STATISTICS, &selection("limit=20")).await.unwrap().len(), 20);
    // All lists of one request count together.
    assert!(is_memory(&first.list(&STATISTICS, &three_mib).await));
    drop(first);
    assert_eq!(third.list(&STATISTICS, &three_mib).await.unwrap().len(), 150);
    // Reads outside of a request release their memory.
    drop((second, third));
    for _ in 0..4 {
        assert_eq!(store.list(&STATISTICS, &three_mib).await.unwrap().len(), 150);
    }
}
