//! What LAVA tells of its jobs.

use super::{DONE, DONE_WITH_WARNING, ERROR, ERRORS, Expected, assert_contains, expect, is_forbidden, serve_all};
use crate::gateway::Answer;

fn is_accepted(answer: &Answer) {
    assert_eq!(answer.reason(), "Request accepted and being processed");
}

pub(super) const POST: &[Expected] = &[
    expect("job-that-is-complete", 202, DONE, is_accepted),
    expect("by-an-administrator-with-slash", 202, DONE_WITH_WARNING, |answer| {
        is_accepted(answer);
        assert_contains(answer.body["errors"][0].as_str().unwrap(), "'lab-broonie'");
    }),
    expect("of-another-lab", 403, ERROR, |answer| assert_contains(answer.reason(), "'lab-broonie'")),
    expect("no-lab", 400, ERROR, |answer| assert_eq!(answer.reason(), "Missing lab name in query string")),
    expect("unknown-metadata", 400, ERRORS, |answer| {
        assert_eq!(answer.body["errors"][0], "invalid LAVA metadata: foo.bar")
    }),
    expect("aliases-that-grow", 400, ERRORS, |answer| {
        assert_contains(answer.body["errors"].to_string(), "device.type")
    }),
    expect("folder-that-leaves-the-root", 400, ERROR, |answer| assert!(!answer.reason().is_empty())),
    expect("another-kind-of-job", 404, ERROR, |answer| assert_contains(answer.reason(), "'boot'")),
    expect("get-token", 403, ERROR, is_forbidden),
];

#[tokio::test]
async fn the_events_of_callback_post_are_answered() {
    serve_all("callback-post").await;
}
