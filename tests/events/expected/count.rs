//! Counts, statistics and the version.

use super::{ERROR, Expected, LIST, RESULT, expect, is_forbidden, serve_all};
use crate::gateway::Answer;

fn are_counts(answer: &Answer, expected: &[(&str, u64)]) {
    let counts = answer.results().iter().map(|count| (count["collection"].as_str(), count["count"].as_u64()));
    assert!(counts.eq(expected.iter().map(|(name, count)| (Some(*name), Some(*count)))));
}

fn is_version(answer: &Answer) {
    assert_eq!(answer.texts("full_version"), [env!("CARGO_PKG_VERSION")]);
}

pub(super) const COUNT: &[Expected] = &[
    expect("all-collections", 200, RESULT, |answer| {
        let tests = [("test_case", 120), ("test_group", 40), ("test_regression", 20)];
        are_counts(answer, &[&[("build", 120), ("job", 60)], tests.as_slice(), &[("boot", 6)]].concat());
    }),
    expect("one-collection", 200, RESULT, |answer| are_counts(answer, &[("build", 14)])),
    expect("filter-of-another-collection", 200, RESULT, |answer| {
        let tests = [("test_case", 30), ("test_group", 10), ("test_regression", 8)];
        are_counts(answer, &[&[("build", 39), ("job", 0)], tests.as_slice(), &[("boot", 5)]].concat());
    }),
    expect("no-such-collection", 404, ERROR, |answer| assert!(!answer.reason().is_empty())),
    expect("path-that-is-no-name", 404, ERROR, |answer| assert_eq!(answer.reason(), "Resource not found")),
];

pub(super) const STATISTICS: &[Expected] = &[
    expect("newest", 200, LIST, |answer| {
        assert_eq!(answer.ids(), ["5e6effc408b441204ead44e6"]);
        assert_eq!(answer.results()[0]["total_jobs"], 1921);
    }),
    expect("since-a-day-with-slash", 200, LIST, |answer| {
        assert!(answer.results().iter().map(|day| &day["total_jobs"]).eq([1821, 1921].iter()));
    }),
    expect("upload-token", 403, ERROR, is_forbidden),
];

pub(super) const VERSION: &[Expected] = &[
    expect("no-token", 200, RESULT, is_version),
    expect("unknown-token-and-slash", 200, RESULT, is_version),
    expect("no-host", 200, RESULT, is_version),
    expect("rest-api-1.0", 200, RESULT, is_version),
];

#[tokio::test]
async fn the_events_of_count_get_are_answered() {
    serve_all("count-get").await;
}

#[tokio::test]
async fn the_events_of_statistics_get_are_answered() {
    serve_all("statistics-get").await;
}

#[tokio::test]
async fn the_events_of_version_get_are_answered() {
    serve_all("version-get").await;
}
