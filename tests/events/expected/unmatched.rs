//! What no function is for.

use super::{ERROR, Expected, NO_BODY, NOTHING, assert_contains, expect, serve_all};
use crate::gateway::Answer;

fn is_unknown(answer: &Answer) {
    assert_eq!(answer.reason(), "Resource not found");
}

pub(super) const UNMATCHED: &[Expected] = &[
    expect("options-preflight", 200, NOTHING, |answer| {
        assert_eq!(answer.header("access-control-allow-origin"), "https://kernelci.example.org");
        assert_eq!(answer.header("access-control-allow-methods"), "GET, POST, PUT, DELETE");
        assert_contains(answer.header("access-control-allow-headers"), "authorization");
    }),
    expect("options-without-origin", 200, NOTHING, |answer| {
        assert!(answer.header("access-control-allow-origin").is_empty())
    }),
    expect("options-of-an-unknown-path", 404, ERROR, is_unknown),
    expect("unknown-path", 404, ERROR, is_unknown),
    expect("root", 404, ERROR, is_unknown),
    expect("path-in-capitals", 404, ERROR, is_unknown),
    expect("two-slashes-at-the-end", 404, ERROR, is_unknown),
    expect("method-that-job-does-not-offer", 501, ERROR, |answer| {
        assert_eq!(answer.reason(), "Method not implemented")
    }),
    expect("patch", 405, ERROR, |answer| assert_eq!(answer.reason(), "Operation not allowed")),
    expect("head", 405, NO_BODY, |answer| assert!(!answer.header("x-request-id").is_empty())),
];

#[tokio::test]
async fn the_events_of_unmatched_any_are_answered() {
    serve_all("unmatched-any").await;
}
