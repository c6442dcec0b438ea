//! Builds and their logs.

use super::{
    DONE, DONE_WITH_WARNING, ERROR, ERRORS, Expected, LIST, RESULT, VALUES, assert_contains, expect, is_forbidden,
    serve_all,
};
use crate::gateway::Answer;

fn are_newest_of_the_revision(answer: &Answer) {
    assert_eq!(answer.ids(), ["5edd91c97fb2b5c1caff0dfb", "5ec51398b4d22f69aa7fd6c6", "5e7a5acca3d3afefd5c3f78c"]);
}

fn is_the_failed_build(answer: &Answer) {
    let build = &answer.results()[0];
    assert_eq!(answer.texts("status"), ["FAIL"]);
    assert_eq!(build["created_on"]["$date"], 1_580_515_451_013_i64);
    assert_eq!(build["job_id"]["$oid"], "5e79f370f870c5da21eece6d");
    assert!(Answer::members(build).iter().all(|name| *name == "_id" || !name.starts_with('_')));
}

fn is_accepted(answer: &Answer) {
    assert_eq!(answer.reason(), "Request accepted and being imported");
}

pub(super) const GET: &[Expected] = &[
    expect("list-of-a-revision", 200, LIST, are_newest_of_the_revision),
    expect("rest-api-1.0-gzip", 200, LIST, |answer| {
        assert!(answer.is_base64);
        are_newest_of_the_revision(answer);
    }),
    expect("list-of-a-job-by-id", 200, LIST, |answer| {
        assert_eq!(answer.texts("status"), ["UNKNOWN", "FAIL", "PASS", "BUILD", "PASS", "PASS", "PASS"]);
    }),
    expect("more-warnings-than", 200, LIST, |answer| {
        assert!(answer.results().iter().map(|build| &build["warnings"]).eq([5, 6].iter()));
    }),
    expect("one-day", 200, LIST, |answer| {
        assert_eq!(answer.texts("arch"), ["arm", "arm", "arm", "arm64", "arm64", "arm64"])
    }),
    expect("empty-sort", 400, ERROR, |answer| assert_contains(answer.reason(), "sort")),
    expect("one", 200, RESULT, is_the_failed_build),
    expect("rest-api-1.0", 200, RESULT, is_the_failed_build),
    expect("one-under-an-unknown-tail", 404, ERROR, |answer| assert_eq!(answer.reason(), "Resource not found")),
    expect("distinct-architectures", 200, VALUES, |answer| {
        assert_eq!(answer.results(), ["arm", "arm64", "i386", "mips", "riscv", "x86_64"]);
        assert_eq!(answer.body["count"], 6);
    }),
    expect("logs-of-one-build", 200, RESULT, |answer| {
        let logs = &answer.results()[0];
        assert_eq!(logs["errors_count"], 2);
        assert_eq!(logs["errors"][1], "drivers/x0.c:11:2: error: ‘foo1’ undeclared");
    }),
    expect("logs-with-errors", 200, LIST, |answer| {
        assert_eq!(answer.ids(), ["5efbb197274e1b4d15b3b770"]);
        assert_eq!(answer.results()[0]["errors_count"], 2);
    }),
    expect("post-token", 403, ERROR, is_forbidden),
];

pub(super) const POST: &[Expected] = &[
    expect("inline-build", 202, DONE, is_accepted),
    expect("inline-build-with-two-faults", 400, ERRORS, |answer| {
        assert!(answer.body["errors"].as_array().is_some_and(|errors| errors.len() >= 2));
    }),
    expect("id-in-the-path", 202, DONE, is_accepted),
    expect("uploaded-build", 202, DONE, is_accepted),
    expect("uploaded-build-with-unknown-keys", 202, DONE_WITH_WARNING, |answer| {
        is_accepted(answer);
        assert_contains(answer.body["errors"][0].as_str().unwrap(), "nosuch");
    }),
    expect("uploaded-build-without-arch", 400, ERRORS, |answer| {
        assert_contains(answer.body["errors"][0].as_str().unwrap(), "'arch'");
    }),
    expect("byte-order-mark", 202, DONE, is_accepted),
    expect("list-in-the-place-of-an-object", 400, ERRORS, |answer| assert!(answer.body["errors"][0].is_string())),
    expect("get-token", 403, ERROR, is_forbidden),
];

pub(super) const DELETE: &[Expected] = &[
    expect("one", 200, DONE, |answer| assert_contains(answer.reason(), "5e4f2db15dd81caa52f16c58")),
    expect("one-with-logs", 200, DONE, |answer| assert_contains(answer.reason(), "5eda7cd64ac19cf38e769a5a")),
    expect("no-id", 400, ERROR, |answer| assert_eq!(answer.reason(), "No ID value specified")),
    expect("id-that-is-no-hex-number", 400, ERROR, |answer| assert_eq!(answer.reason(), "Wrong ID value provided")),
];

#[tokio::test]
async fn the_events_of_build_get_are_answered() {
    serve_all("build-get").await;
}

#[tokio::test]
async fn the_events_of_build_post_are_answered() {
    serve_all("build-post").await;
}

#[tokio::test]
async fn the_events_of_build_delete_are_answered() {
    serve_all("build-delete").await;
}
