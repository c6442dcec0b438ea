//! One job, the distinct values of its fields, summaries of build logs; and what changes jobs.

use super::{DONE, DONE_WITH_WARNING, ERROR, ERRORS, Expected, LIST, RESULT, VALUES, expect, is_forbidden, serve_all};
use crate::gateway::Answer;

pub(super) const GET: &[Expected] = &[
    expect("one-with-fields", 200, RESULT, |answer| {
        answer.texts("kernel") == ["v5.6-rc1"] && Answer::members(&answer.results()[0]) == ["_id", "job", "kernel"]
    }),
    expect("one-without-its-id", 200, RESULT, |answer| {
        let members = Answer::members(&answer.results()[0]);
        members.contains(&"kernel") && !members.contains(&"_id") && !members.contains(&"git_url")
    }),
    expect("id-in-capitals", 200, RESULT, |answer| answer.ids() == ["5e79f370f870c5da21eece6d"]),
    expect("id-of-no-job", 404, ERROR, |answer| answer.reason() == "Resource '5e79f370f870c5da21eece6e' not found"),
    expect("id-that-is-no-hex-number", 400, ERROR, |answer| answer.reason() == "Wrong ID value provided"),
    // A path is matched as it stands.
    expect("percent-encoded-path", 404, ERROR, |answer| answer.reason() == "Resource not found"),
    expect("distinct-branches", 200, VALUES, |answer| {
        answer.results() == ["linux-4.19.y", "linux-5.4.y", "master", "pending-fixes"]
    }),
    expect("distinct-of-no-distinct-field", 400, ERROR, |answer| !answer.reason().is_empty()),
    expect("logs-of-one-job", 200, RESULT, |answer| {
        let errors = &answer.results()[0]["errors"];
        errors[0][0] == 2 && errors[0][1] == "drivers/x0.c:10:2: error: ‘foo0’ undeclared"
    }),
    expect("logs-of-all-jobs", 200, LIST, |answer| {
        answer.body["count"] == 4 && answer.results()[0]["job_id"]["$oid"] == "5e79f370f870c5da21eece6d"
    }),
];

pub(super) const POST: &[Expected] = &[
    expect("status", 200, DONE, |answer| {
        answer.reason() == "Job 'stable-v4.19.100' (branch linux-4.19.y) marked as 'FAIL'"
    }),
    expect("base64-with-a-charset", 200, DONE, |answer| answer.reason().ends_with("marked as 'PASS'")),
    expect("rest-api-1.0", 200, DONE, |answer| answer.reason().contains("'arm-soc-v5.6-rc2-21-g1ad443c8d9eb'")),
    expect("unknown-keys", 200, DONE_WITH_WARNING, |answer| {
        answer.body["errors"][0].as_str().unwrap().contains("nosuch")
    }),
    expect("operator-in-the-place-of-a-value", 400, ERRORS, |answer| {
        answer.body["errors"][0].as_str().unwrap().contains("'job'")
    }),
    expect("no-such-job", 404, ERROR, |answer| answer.reason().contains("nosuch")),
    expect("form-in-the-place-of-json", 415, ERROR, |answer| answer.reason().contains("application/json")),
    expect("broken-json", 422, ERROR, |answer| answer.reason().contains("JSON")),
    expect("no-body", 422, ERROR, |answer| answer.reason().contains("JSON")),
];

pub(super) const DELETE: &[Expected] = &[
    expect("one", 200, DONE, |answer| answer.reason().contains("5ef9743e6b86a8c4a8dfb0bf")),
    expect("one-by-its-plural-with-slash", 200, DONE, |answer| answer.reason().contains("5e5935a584b92ca693f9f5e2")),
    expect("no-id", 400, ERROR, |answer| answer.reason() == "No ID value specified"),
    expect("no-such-job", 404, ERROR, |answer| answer.reason().contains("5e79f370f870c5da21eece6e")),
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
