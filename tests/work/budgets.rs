//! The work of requests for jobs: equal in a small collection and in one ten times as large.

use kernelci::{
    collections::JOB,
    query::{Arguments, Selection},
    store::WorkDone,
};
use kernelci_local::start::Machine;

use crate::{JOBS_OF_A_TREE, filled};

const SIZES: [usize; 2] = [200, 2_000];

async fn list(machine: &Machine, query: &str) -> (usize, WorkDone) {
    let services = machine.services.counted();
    let arguments = Arguments::parse(query).unwrap();
    let selection = Selection::read(&JOB, &arguments, services.clock.now()).unwrap();
    let found = services.store.list(&JOB, &selection).await.unwrap();
    (found.len(), services.store.work().done())
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_read_as_much_at_any_collection_size() {
    let mut done = Vec::new();
    for size in SIZES {
        let machine = filled(size).await;
        let mut of_size = Vec::new();
        for (query, expected, most_requests, most_items) in [
            ("job=asked&sort=created_on&limit=50", 50, 1, 51),
            ("job=asked&sort=created_on&limit=5&skip=10", 5, 1, 16),
            ("date_range=7", 8, 1, 9),
            ("job=asked&kernel=v5.3-3", 1, 1, 1),
            ("sort=created_on&limit=20", 20, 3, 22),
            ("job=asked&status=PASS", JOBS_OF_A_TREE, 1, JOBS_OF_A_TREE),
            ("job=asked&status=PASS&date_range=10", 11, 1, 11),
            ("job=asked&status=FAIL&date_range=10", 0, 1, 11),
        ] {
            let (found, work) = list(&machine, query).await;
            assert_eq!(found, expected, "{size}: {query}");
            assert!(work.requests <= most_requests, "{size}: {query}: {work:?}");
            assert!(work.items_read <= u64::try_from(most_items).unwrap(), "{size}: {query}: {work:?}");
            of_size.push((query, work));
        }
        done.push(of_size);
    }
    assert_eq!(done[0], done[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_document_costs_one_read() {
    let machine = filled(100).await;
    let (found, first) = list(&machine, "job=asked&limit=1").await;
    assert_eq!((found, first.requests, first.items_read), (1, 1, 1));
    let services = machine.services.counted();
    let id = services.store.list(&JOB, &Selection { limit: 1, ..Selection::default() }).await.unwrap()[0]["_id"]
        .as_id()
        .unwrap();
    let services = machine.services.counted();
    assert!(services.store.get(&JOB, id).await.unwrap().is_some());
    let work = services.store.work().done();
    assert_eq!((work.requests, work.items_read, work.read_units), (1, 1, 0.5));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_page_of_a_filtered_list_is_four_times_the_limit() {
    let machine = filled(2_000).await;
    // The oldest month has more than a thousand jobs, all of which match.
    for (query, most_items) in
        [("status=PASS&limit=5", 100), ("status=PASS&limit=50", 200), ("status=PASS&skip=50&limit=50", 400)]
    {
        let (found, work) = list(&machine, query).await;
        assert!(found > 0 && work.requests == 2, "{query}: {work:?}");
        assert!(work.items_read <= 1 + most_items, "{query}: {work:?}");
    }
    // Without a match everything is read, in pages of doubling size.
    let (found, work) = list(&machine, "status=ERROR&limit=5").await;
    assert!(found == 0 && work.requests <= 1 + 10 && work.items_read == 1 + 2_000, "{work:?}");
}
