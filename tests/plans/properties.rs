//! The answer by plan and store equals that of the evaluator for random documents and query strings.

use kernelci::collections::{BUILD, BUILD_LOGS, Collection, JOB};
use kernelci_tests::property;
use proptest::{
    prelude::*,
    test_runner::{TestCaseError, TestError, TestRunner},
};
use tokio::runtime::Runtime;

use crate::{
    documents::{Flavour, any_documents},
    oracle::{difference, loaded},
    queries::any_query,
    minimize::minimized_difference,
};

/// The number of queries for each set of documents.
const QUERIES: usize = 40;

// A failing case is reduced in the store in which it fails, so proptest does not shrink it.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { max_shrink_iters: 0, ..property(cases) }
}

fn compare_with_evaluator(collection: &'static Collection, flavour: Flavour, cases: u32) {
    let runtime = Runtime::new().unwrap();
    let queries = prop::collection::vec(any_query(collection), QUERIES);
    let case = (any_documents(collection, flavour, 60), queries, 3..40_usize);
    let outcome = TestRunner::new(config(cases)).run(&case, |(documents, queries, page_items)| {
        runtime.block_on(async {
            let fixture = loaded(collection, &documents).await;
            let store = fixture.with_pages(page_items);
            for query in &queries {
                if difference(&store, collection, &documents, query).await.is_some() {
                    return Err(TestCaseError::fail(minimized_difference(&store, collection, documents, query.clone()).await));
                }
            }
            Ok(())
        })
    });
    match outcome {
        Err(TestError::Fail(reason, _)) => panic!("{reason}"),
        outcome => outcome.unwrap(),
    }
}

#[test]
fn queries_of_jobs_equal_the_evaluator() {
    compare_with_evaluator(&JOB, Flavour::Plain, 8);
}

#[test]
fn queries_of_builds_equal_the_evaluator() {
    compare_with_evaluator(&BUILD, Flavour::Plain, 8);
}

#[test]
fn queries_by_narrow_indexes_equal_the_evaluator() {
    compare_with_evaluator(&BUILD_LOGS, Flavour::Plain, 8);
}

#[test]
fn queries_of_values_of_other_types_equal_the_evaluator() {
    compare_with_evaluator(&BUILD, Flavour::OddTypes, 6);
}

#[test]
fn queries_of_values_of_other_types_by_narrow_indexes_equal_the_evaluator() {
    compare_with_evaluator(&BUILD_LOGS, Flavour::OddTypes, 6);
}

#[test]
fn queries_of_extreme_dates_equal_the_evaluator() {
    compare_with_evaluator(&JOB, Flavour::OddDates, 6);
}

#[test]
fn queries_of_compressed_members_equal_the_evaluator() {
    compare_with_evaluator(&BUILD, Flavour::Long, 6);
}

#[test]
fn queries_of_compressed_members_by_narrow_indexes_equal_the_evaluator() {
    compare_with_evaluator(&BUILD_LOGS, Flavour::Long, 6);
}
