//! Plan and store answer as the evaluator does, whatever the documents and the query string.

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
    minimize::smallest,
};

/// The queries that are asked of one set of documents.
const QUERIES: usize = 40;

// A failing case is made small in the store that it fails in.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { max_shrink_iters: 0, ..property(cases) }
}

fn hold(collection: &'static Collection, flavour: Flavour, cases: u32) {
    let runtime = Runtime::new().unwrap();
    let queries = prop::collection::vec(any_query(collection), QUERIES);
    let case = (any_documents(collection, flavour, 60), queries, 3..40_usize);
    let outcome = TestRunner::new(config(cases)).run(&case, |(documents, queries, page_items)| {
        runtime.block_on(async {
            let fixture = loaded(collection, &documents).await;
            let store = fixture.with_pages(page_items);
            for query in &queries {
                if difference(&store, collection, &documents, query).await.is_some() {
                    return Err(TestCaseError::fail(smallest(&store, collection, documents, query.clone()).await));
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
fn jobs_are_answered_as_the_evaluator_does() {
    hold(&JOB, Flavour::Plain, 8);
}

#[test]
fn builds_are_answered_as_the_evaluator_does() {
    hold(&BUILD, Flavour::Plain, 8);
}

#[test]
fn narrow_indexes_are_answered_as_the_evaluator_does() {
    hold(&BUILD_LOGS, Flavour::Plain, 8);
}

#[test]
fn values_of_other_types_are_answered_as_the_evaluator_does() {
    hold(&BUILD, Flavour::OddTypes, 6);
}

#[test]
fn values_of_other_types_in_narrow_indexes_are_answered_as_the_evaluator_does() {
    hold(&BUILD_LOGS, Flavour::OddTypes, 6);
}

#[test]
fn odd_dates_are_answered_as_the_evaluator_does() {
    hold(&JOB, Flavour::OddDates, 6);
}

#[test]
fn packed_members_are_answered_as_the_evaluator_does() {
    hold(&BUILD, Flavour::Long, 6);
}

#[test]
fn packed_members_beside_narrow_indexes_are_answered_as_the_evaluator_does() {
    hold(&BUILD_LOGS, Flavour::Long, 6);
}
