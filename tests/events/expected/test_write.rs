//! What writes test groups and test cases.

use super::{
    DONE, DONE_WITH_RESULT, DONE_WITH_WARNING, ERROR, ERRORS, Expected, RESULT_AND_WARNING, assert_contains, expect,
    is_forbidden, serve_all,
};
use crate::gateway::Answer;

fn first_error(answer: &Answer) -> &str {
    answer.body["errors"][0].as_str().unwrap()
}

fn is_created(answer: &Answer, kind: &str, name: &str) {
    let id = answer.results()[0]["_id"]["$oid"].as_str().unwrap();
    assert_eq!(answer.reason(), format!("Test {kind} '{name}' created"));
    assert!(answer.header("location").ends_with(&format!("/test/{kind}/{id}")));
}

pub(super) const GROUP_POST: &[Expected] = &[
    expect("group-with-cases-and-sub-groups", 201, DONE_WITH_RESULT, |answer| is_created(answer, "group", "baseline")),
    expect("under-the-short-name", 201, DONE_WITH_RESULT, |answer| is_created(answer, "group", "short")),
    expect("under-the-short-plural-with-slash", 201, DONE_WITH_RESULT, |answer| is_created(answer, "group", "short")),
    expect("no-kernel", 400, ERRORS, |answer| assert_contains(first_error(answer), "'kernel'")),
    expect("name-that-is-none", 400, ERROR, |answer| assert_eq!(answer.reason(), "Test group name not valid")),
    expect("case-with-an-unknown-status", 400, ERRORS, |answer| {
        assert_eq!(
            first_error(answer),
            "Key 'test_cases[1].status' holds 'MAYBE', not one of: ERROR, FAIL, PASS, SKIP, UNKNOWN"
        );
    }),
    expect("measurement-in-an-unknown-unit", 400, ERRORS, |answer| {
        assert_contains(first_error(answer), "'test_cases[0].measurements[0]'");
        assert_contains(first_error(answer), "furlong");
    }),
    expect("cases-that-are-no-list", 400, ERRORS, |answer| {
        assert_eq!(first_error(answer), "Key 'test_cases' holds no list")
    }),
    expect("sub-groups-of-one-name", 400, ERRORS, |answer| assert_contains(first_error(answer), "'sub_groups[1]'")),
    expect("unknown-keys-at-every-depth", 201, RESULT_AND_WARNING, |answer| {
        let warnings = answer.body["errors"].as_array().unwrap();
        assert_eq!(warnings.len(), 2);
        assert!(warnings[0].as_str().unwrap().ends_with("considered: nosuch"));
        assert!(warnings[1].as_str().unwrap().starts_with("sub_groups[0].test_cases[0]: "));
    }),
    expect("build-of-another-revision", 201, RESULT_AND_WARNING, |answer| {
        assert_eq!(first_error(answer), "'build_id' is not that of the revision and configuration: there is none");
    }),
    expect("with-an-id", 400, ERROR, |answer| assert_eq!(answer.reason(), "To update a test group, use a PUT request")),
    expect("token-of-no-test-lab", 403, ERROR, is_forbidden),
];

pub(super) const GROUP_PUT: &[Expected] = &[
    expect("another-name", 200, DONE, |answer| assert_contains(answer.reason(), "5e92a158dca660b0c44afbf3")),
    expect("no-id", 400, ERROR, |answer| assert_eq!(answer.reason(), "No ID specified")),
    expect("no-known-key", 400, ERRORS, |answer| assert_contains(first_error(answer), "No valid or acceptable keys")),
    expect("no-such-group", 404, ERROR, |answer| assert_contains(answer.reason(), "5e92a158dca660b0c44afb00")),
    expect("post-token", 403, ERROR, is_forbidden),
];

pub(super) const CASE_POST: &[Expected] = &[
    expect("new-case", 201, DONE_WITH_RESULT, |answer| is_created(answer, "case", "extra")),
    expect("no-group", 400, ERRORS, |answer| assert_contains(first_error(answer), "'test_group_id'")),
    expect("no-such-group", 404, ERROR, |answer| assert_contains(answer.reason(), "5e92a158dca660b0c44afb00")),
    expect("group-that-is-no-id", 400, ERRORS, |answer| assert_contains(first_error(answer), "'test_group_id'")),
    expect("time-before-zero", 400, ERRORS, |answer| assert_contains(first_error(answer), "'time'")),
    expect("with-an-id", 400, ERROR, |answer| assert_eq!(answer.reason(), "To update a test case, use a PUT request")),
    expect("get-token", 403, ERROR, is_forbidden),
];

pub(super) const CASE_PUT: &[Expected] = &[
    expect("another-status", 200, DONE, |answer| assert_contains(answer.reason(), "5ef8b9773b21046392b04d58")),
    expect("unknown-key", 200, DONE_WITH_WARNING, |answer| assert_contains(first_error(answer), "nosuch")),
    expect("no-id", 400, ERROR, |answer| assert_eq!(answer.reason(), "No ID specified")),
    expect("no-such-case", 404, ERROR, |answer| assert_contains(answer.reason(), "5ef8b9773b21046392b04d00")),
    expect("id-that-is-none", 400, ERROR, |answer| assert_eq!(answer.reason(), "Wrong ID value provided")),
    expect("delete-token", 403, ERROR, is_forbidden),
];

#[tokio::test]
async fn the_events_of_test_group_post_are_answered() {
    serve_all("test-group-post").await;
}

#[tokio::test]
async fn the_events_of_test_group_put_are_answered() {
    serve_all("test-group-put").await;
}

#[tokio::test]
async fn the_events_of_test_case_post_are_answered() {
    serve_all("test-case-post").await;
}

#[tokio::test]
async fn the_events_of_test_case_put_are_answered() {
    serve_all("test-case-put").await;
}
