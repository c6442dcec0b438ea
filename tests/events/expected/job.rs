//! One job, the distinct values of its fields, summaries of build logs; and what changes jobs.

use super::{
    DONE, DONE_WITH_WARNING, ERROR, ERRORS, Expected, LIST, RESULT, VALUES, assert_contains, expect, is_forbidden,
    serve_all,
};
use crate::gateway::Answer;

pub(super) const GET: &[Expected] = &[
    expect("one-with-fields", 200, RESULT, |answer| {
        assert_eq!(answer.texts("kernel"), ["v5.6-rc1"]);
        assert_eq!(Answer::members(&answer.results()[0]), ["_id", "job", "kernel"]);
    }),
    expect("one-without-its-id", 200, RESULT, |answer| {
        let members = Answer::members(&answer.results()[0]);
        assert!(members.contains(&"kernel"));
        assert!(!members.contains(&"_id"));
        assert!(!members.contains(&"git_url"));
    }),
    expect("id-in-capitals", 200, RESULT, |answer| assert_eq!(answer.ids(), ["5e79f370f870c5da21eece6d"])),
    expect("id-of-no-job", 404, ERROR, |answer| {
        assert_eq!(answer.reason(), "Resource '5e79f370f870c5da21eece6e' not found")
    }),
    expect("id-that-is-no-hex-number", 400, ERROR, |answer| assert_eq!(answer.reason(), "Wrong ID value provided")),
    // A path is matched as it stands.
    expect("percent-encoded-path", 404, ERROR, |answer| assert_eq!(answer.reason(), "Resource not found")),
    expect("distinct-branches", 200, VALUES, |answer| {
        assert_eq!(answer.results(), ["linux-4.19.y", "linux-5.4.y", "master", "pending-fixes"]);
    }),
    expect("distinct-of-no-distinct-field", 400, ERROR, |answer| assert!(!answer.reason().is_empty())),
    expect("logs-of-one-job", 200, RESULT, |answer| {
        let errors = &answer.results()[0]["errors"];
        assert_eq!(errors[0][0], 2);
        assert_eq!(errors[0][1], "drivers/x0.c:10:2: error: ‘foo0’ undeclared");
    }),
    expect("logs-of-all-jobs", 200, LIST, |answer| {
        assert_eq!(answer.body["count"], 4);
        assert_eq!(answer.results()[0]["job_id"]["$oid"], "5e79f370f870c5da21eece6d");
    }),
];

pub(super) const POST: &[Expected] = &[
    // The job is the one that the body names.
    expect("id-in-the-path", 200, DONE, |answer| assert_contains(answer.reason(), "'stable-v4.19.100'")),
    expect("status", 200, DONE, |answer| {
        assert_eq!(answer.reason(), "Job 'stable-v4.19.100' (branch linux-4.19.y) marked as 'FAIL'");
    }),
    expect("base64-with-a-charset", 200, DONE, |answer| assert!(answer.reason().ends_with("marked as 'PASS'"))),
    expect("rest-api-1.0", 200, DONE, |answer| assert_contains(answer.reason(), "'arm-soc-v5.6-rc2-21-g1ad443c8d9eb'")),
    expect("unknown-keys", 200, DONE_WITH_WARNING, |answer| {
        assert_contains(answer.body["errors"][0].as_str().unwrap(), "nosuch");
    }),
    expect("operator-in-the-place-of-a-value", 400, ERRORS, |answer| {
        assert_contains(answer.body["errors"][0].as_str().unwrap(), "'job'");
    }),
    expect("no-such-job", 404, ERROR, |answer| assert_contains(answer.reason(), "nosuch")),
    expect("form-in-the-place-of-json", 415, ERROR, |answer| assert_contains(answer.reason(), "application/json")),
    expect("broken-json", 422, ERROR, |answer| assert_contains(answer.reason(), "JSON")),
    expect("no-body", 422, ERROR, |answer| assert_contains(answer.reason(), "JSON")),
];

pub(super) const DELETE: &[Expected] = &[
    expect("one", 200, DONE, |answer| assert_contains(answer.reason(), "5ef9743e6b86a8c4a8dfb0bf")),
    expect("one-by-its-plural-with-slash", 200, DONE, |answer| {
        assert_contains(answer.reason(), "5e5935a584b92ca693f9f5e2")
    }),
    expect("no-id", 400, ERROR, |answer| assert_eq!(answer.reason(), "No ID value specified")),
    expect("no-such-job", 404, ERROR, |answer| assert_contains(answer.reason(), "5e79f370f870c5da21eece6e")),
    expect("token-of-a-boot-lab", 403, ERROR, is_forbidden),
];

#[tokio::test]
async fn the_events_of_job_get_are_answered() {
    serve_all("job-get").await;
}

#[tokio::test]
async fn the_events_of_job_post_are_answered() {
    serve_all("job-post").await;
}

#[tokio::test]
async fn the_events_of_job_delete_are_answered() {
    serve_all("job-delete").await;
}
