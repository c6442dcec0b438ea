//! Reports that are asked for.

use super::{DONE, DONE_WITH_WARNING, ERROR, ERRORS, Expected, expect, is_forbidden, serve_all};
use crate::gateway::Answer;

fn errors(answer: &Answer) -> String {
    answer.body["errors"].to_string()
}

pub(super) const POST: &[Expected] = &[
    expect("build-report", 202, DONE, |answer| {
        answer.reason().starts_with("build email report scheduled to be sent at '2020-04-12T10:30:0")
    }),
    expect("boot-and-build-report-by-flags", 202, DONE, |answer| {
        answer.reason().starts_with("build and boot email report scheduled to be sent at '2020-04-12T11:30:0")
    }),
    expect("delay-that-is-too-long-and-a-format-that-is-none", 202, DONE_WITH_WARNING, |answer| {
        answer.reason().contains("'2020-04-12T15:30:0")
            && errors(answer).contains("99999 s")
            && errors(answer).contains("'pdf'")
    }),
    expect("key-that-is-unknown", 202, DONE_WITH_WARNING, |answer| errors(answer).contains("board")),
    expect("no-address", 400, ERRORS, |answer| errors(answer).contains("No email addresses")),
    expect("address-that-is-none", 400, ERRORS, |answer| {
        errors(answer).contains("'nosuch'") && errors(answer).contains("'a@'") && answer.body["errors"][2].is_null()
    }),
    expect("type-that-is-none", 400, ERROR, |answer| answer.reason().contains("'boots' is none of build, boot")),
    expect("no-job", 400, ERRORS, |answer| errors(answer).contains("'job'")),
    expect("line-break-in-a-message-id", 400, ERRORS, |answer| errors(answer).contains("in_reply_to")),
    expect("text-in-the-place-of-json", 415, ERROR, |answer| answer.reason().contains("application/json")),
    expect("get-token", 403, ERROR, is_forbidden),
];

#[tokio::test]
async fn the_events_of_send_post_are_answered() {
    serve_all("send-post").await;
}
