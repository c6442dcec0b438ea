//! The work of counts and distinct values: equal in a small collection and in one ten times as large.

use kernelci::{
    collections::JOB,
    domain::{count::count, documents},
    query::Arguments,
    store::WorkDone,
    value::Value,
};
use kernelci_local::start::Machine;

use crate::{JOBS_OF_A_TREE, filled};

const SIZES: [usize; 2] = [200, 2_000];

/// The most items of one total.
const SHARDS: u64 = 8;

async fn counted(machine: &Machine, query: &str) -> (Value, WorkDone) {
    let services = machine.services.counted();
    let arguments = Arguments::parse(query).unwrap();
    let counts = count(services.reader(), Some("job"), &arguments, services.clock.now()).await.unwrap();
    (counts[0]["count"].clone(), services.store.work().done())
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_read_as_much_at_any_collection_size() {
    let of_a_tree = i64::try_from(JOBS_OF_A_TREE).unwrap();
    let mut done = Vec::new();
    for size in SIZES {
        let machine = filled(size).await;
        let all = i64::try_from(size).unwrap();
        let mut of_size = Vec::new();
        for (query, expected, most_cells) in [
            ("", all, 1),
            ("job=asked", of_a_tree, 1),
            ("job=asked&job=none", of_a_tree, 2),
            ("kernel=v5.3-3", 1, 1),
            ("git_branch=master", all, 1),
            ("job=asked&git_branch=master", of_a_tree, 1),
            ("git_branch=master&kernel=v5.3-3", 1, 1),
            ("job=null", 0, 1),
            ("status=PASS", all, 1),
            ("status=FAIL&status=null", 0, 1),
            ("status=odd", 0, 1),
            ("job=asked&status=PASS", of_a_tree, 1),
            ("created_on=2020-04-11", 1, 1),
            ("date_range=6", 7, 7),
            ("job=asked&date_range=6&status=PASS", 7, 7),
            ("job=asked&date_range=400", of_a_tree, 401),
            ("created_on=null", 0, 1),
        ] {
            let (count, work) = counted(&machine, query).await;
            assert_eq!(count, Value::Integer(expected), "{size}: {query}");
            assert!(work.items_read <= most_cells * SHARDS, "{size}: {query}: {work:?}");
            assert!(work.requests <= 1 + most_cells * SHARDS / 100, "{size}: {query}: {work:?}");
            of_size.push((query, work));
        }
        done.push(of_size);
    }
    assert_eq!(done[0], done[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn distinct_values_read_one_item_for_each_value() {
    for size in SIZES {
        let machine = filled(size).await;
        for (field, values) in [("job", 8), ("git_branch", 1)] {
            let services = machine.services.counted();
            let arguments = Arguments::parse("").unwrap();
            let found = documents::distinct(services.reader(), &JOB, field, &arguments, services.clock.now());
            assert_eq!(found.await.unwrap().len(), values, "{size}: {field}");
            let work = services.store.work().done();
            assert_eq!(work.requests, 1, "{size}: {field}: {work:?}");
            assert!(work.items_read <= u64::try_from(values).unwrap() * SHARDS, "{size}: {field}: {work:?}");
        }
    }
}
