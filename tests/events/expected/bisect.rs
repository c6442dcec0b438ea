//! Bisections.

use super::{
    DONE, DONE_WITH_WARNING, ERROR, ERRORS, Expected, RESULT, assert_contains, expect, is_forbidden, serve_all,
};
use crate::gateway::Answer;

fn is_accepted(answer: &Answer) {
    assert_eq!(answer.reason(), "Request accepted and being imported");
}

pub(super) const GET: &[Expected] = &[
    expect("one", 200, RESULT, |answer| {
        assert_eq!(answer.results()[0]["good_commit"], "a1252a3769676b0bfa7af3ca6c0dd7356e8a24d5");
    }),
    expect("one-with-fields", 200, RESULT, |answer| {
        assert_eq!(Answer::members(&answer.results()[0]), ["_id", "bad_commit", "good_commit"]);
    }),
    expect("no-such-bisection", 404, ERROR, |answer| assert_contains(answer.reason(), "5e671a1e1e2679d14f9aff00")),
    expect("name-that-is-no-id", 400, ERROR, |answer| assert_eq!(answer.reason(), "Wrong ID value provided")),
    expect("no-collection", 400, ERROR, |answer| assert_contains(answer.reason(), "'collection'")),
    expect("another-collection", 400, ERROR, |answer| assert_contains(answer.reason(), "'boot' is not valid")),
    expect("around-a-failed-build", 200, RESULT, |answer| {
        let found = &answer.results()[0];
        assert_eq!(found["bad_commit"], "818e015feb2e0f4164dbdff9dcfba781e78f4f86");
        assert!(found["good_commit"].is_null());
        assert_eq!(found["bisect_data"].as_array().unwrap().len(), 1);
    }),
    expect("around-a-failed-build-by-its-path", 200, RESULT, |answer| {
        assert_eq!(answer.results()[0]["compare_to"], "next")
    }),
    expect("around-a-build-that-passed", 400, ERROR, |answer| assert_contains(answer.reason(), "has not failed")),
    expect("around-no-build", 404, ERROR, |answer| assert_contains(answer.reason(), "5eda7cd64ac19cf38e769a00")),
    expect("post-token", 403, ERROR, is_forbidden),
];

pub(super) const POST: &[Expected] = &[
    expect("result", 202, DONE, is_accepted),
    expect("result-with-an-id-and-an-unknown-key", 202, DONE_WITH_WARNING, |answer| {
        is_accepted(answer);
        assert_contains(answer.body["errors"][0].as_str().unwrap(), "nosuch");
    }),
    expect("type-that-is-none", 400, ERROR, |answer| assert_eq!(answer.reason(), "Unknown bisection type: build")),
    expect("no-type", 400, ERRORS, |answer| assert_contains(answer.body["errors"][0].as_str().unwrap(), "'type'")),
    expect("checks-that-are-no-object", 400, ERRORS, |answer| {
        assert_eq!(answer.body["errors"][0], "Key 'checks' holds a list, not an object");
    }),
    expect("get-token", 403, ERROR, is_forbidden),
];

#[tokio::test]
async fn the_events_of_bisect_get_are_answered() {
    serve_all("bisect-get").await;
}

#[tokio::test]
async fn the_events_of_bisect_post_are_answered() {
    serve_all("bisect-post").await;
}
