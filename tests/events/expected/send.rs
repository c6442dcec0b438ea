//! Reports that are asked for.

use super::{DONE, DONE_WITH_WARNING, ERROR, ERRORS, Expected, assert_contains, expect, is_forbidden, serve_all};
use crate::gateway::Answer;

fn errors(answer: &Answer) -> String {
    answer.body["errors"].to_string()
}

pub(super) const POST: &[Expected] = &[
    expect("build-report", 202, DONE, |answer| {
        assert!(answer.reason().starts_with("build email report scheduled to be sent at '2020-04-12T10:30:0"));
    }),
    expect("boot-and-build-report-by-flags", 202, DONE, |answer| {
        assert!(answer.reason().starts_with("build and boot email report scheduled to be sent at '2020-04-12T11:30:0"));
    }),
    expect("delay-that-is-too-long-and-a-format-that-is-none", 202, DONE_WITH_WARNING, |answer| {
        assert_contains(answer.reason(), "'2020-04-12T15:30:0");
        assert_contains(errors(answer), "99999 s");
        assert_contains(errors(answer), "'pdf'");
    }),
    expect("key-that-is-unknown", 202, DONE_WITH_WARNING, |answer| assert_contains(errors(answer), "board")),
    expect("no-address", 400, ERRORS, |answer| assert_contains(errors(answer), "No email addresses")),
    expect("address-that-is-none", 400, ERRORS, |answer| {
        assert_contains(errors(answer), "'nosuch'");
        assert_contains(errors(answer), "'a@'");
        assert!(answer.body["errors"][2].is_null());
    }),
    expect("type-that-is-none", 400, ERROR, |answer| {
        assert_contains(answer.reason(), "'boots' is none of build, boot")
    }),
    expect("no-job", 400, ERRORS, |answer| assert_contains(errors(answer), "'job'")),
    expect("line-break-in-a-message-id", 400, ERRORS, |answer| assert_contains(errors(answer), "in_reply_to")),
    expect("text-in-the-place-of-json", 415, ERROR, |answer| assert_contains(answer.reason(), "application/json")),
    expect("get-token", 403, ERROR, is_forbidden),
];

#[tokio::test]
async fn the_events_of_send_post_are_answered() {
    serve_all("send-post").await;
}
