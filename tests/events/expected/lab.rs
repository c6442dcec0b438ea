//! Labs.

use super::{DONE, ERROR, ERRORS, Expected, LIST, RESULT, RESULT_WITH_WARNING, expect, is_forbidden, serve_all};
use crate::gateway::Answer;

fn is_new(answer: &Answer) -> bool {
    let made = &answer.results()[0];
    let location = answer.header("location");
    Answer::members(made) == ["_id", "name", "token"]
        && answer.texts("name").concat().starts_with("lab-example")
        && location == format!("https://example0000.execute-api.eu-central-1.amazonaws.com/lab/{}", answer.ids()[0])
}

fn is_new_with_a_token(answer: &Answer) -> bool {
    is_new(answer) && answer.texts("token").concat().len() == 36
}

pub(super) const GET: &[Expected] = &[
    expect("list", 200, LIST, |answer| {
        answer.texts("name") == ["lab-baylibre", "lab-broonie", "lab-cip", "lab-collabora", "lab-kontron"]
    }),
    expect("by-name-of-a-filter", 200, LIST, |answer| answer.texts("name") == ["lab-cip"]),
    expect("one", 200, RESULT, |answer| {
        answer.texts("name") == ["lab-baylibre"] && answer.results()[0].get("contact").is_none()
    }),
    expect("by-name", 200, RESULT, |answer| {
        answer.texts("name") == ["lab-cip"] && Answer::members(&answer.results()[0]) == ["_id", "name"]
    }),
    expect("no-such-name", 404, ERROR, |answer| answer.reason() == "Resource 'lab/nowhere' not found"),
    expect("as-long-as-an-id", 400, ERROR, |answer| answer.reason() == "Wrong ID value provided"),
    expect("master-key", 403, ERROR, is_forbidden),
    expect("a-labs-own-token", 403, ERROR, is_forbidden),
];

pub(super) const POST: &[Expected] = &[
    expect("new-lab", 201, RESULT, is_new_with_a_token),
    expect("with-a-token-by-its-value", 201, RESULT, |answer| is_new(answer) && answer.texts("token") == ["tok-all"]),
    expect("with-a-token-by-its-id", 201, RESULT_WITH_WARNING, |answer| {
        is_new(answer) && answer.results()[0]["token"].is_null()
    }),
    expect("with-a-token-nobody-has", 400, ERROR, |answer| !answer.reason().contains("tok-nobody-has")),
    expect("name-that-is-taken", 400, ERROR, |answer| answer.reason() == "Lab 'lab-cip' already exists"),
    expect("no-contact", 400, ERRORS, |answer| answer.body["errors"][0].as_str().unwrap().contains("'contact'")),
    expect("contact-without-an-address", 400, ERROR, |answer| answer.reason().contains("['surname', 'email']")),
    expect("unknown-key", 201, RESULT_WITH_WARNING, |answer| {
        is_new_with_a_token(answer) && answer.body["errors"][0].as_str().unwrap().contains("boards")
    }),
    expect("with-an-id", 400, ERROR, |answer| answer.reason().contains("PUT")),
    expect("superuser", 403, ERROR, is_forbidden),
];

pub(super) const PUT: &[Expected] = &[
    expect("private", 200, DONE, |answer| answer.reason() == "Lab document updated"),
    expect("by-name", 200, DONE, |answer| answer.reason() == "Lab document updated"),
    expect("another-token", 200, DONE, |answer| answer.reason() == "Lab document updated"),
    expect("nothing-new", 200, DONE, |answer| answer.reason() == "No new data to update, lab not modified"),
    expect("no-known-key", 400, ERRORS, |answer| answer.reason() == "Provided JSON is not valid"),
    expect("no-id", 400, ERROR, |answer| answer.reason() == "Wrong or missing lab ID"),
    expect("no-such-lab", 404, ERROR, |answer| answer.reason().contains("5e2a80120696a4a4de691d38")),
];

pub(super) const DELETE: &[Expected] = &[
    expect("one", 200, DONE, |answer| answer.reason().contains("5e2a80120696a4a4de691d37")),
    expect("by-name", 200, DONE, |answer| answer.reason().contains("lab-cip")),
    expect("no-id", 400, ERROR, |answer| answer.reason() == "Wrong or missing lab ID"),
    expect("no-such-lab", 404, ERROR, |answer| answer.reason().contains("lab-nowhere")),
    expect("superuser", 403, ERROR, is_forbidden),
];

#[tokio::test]
async fn the_events_of_lab_get_are_answered() {
    serve_all("lab-get").await;
}

#[tokio::test]
async fn the_events_of_lab_post_are_answered() {
    serve_all("lab-post").await;
}

#[tokio::test]
async fn the_events_of_lab_put_are_answered() {
    serve_all("lab-put").await;
}

#[tokio::test]
async fn the_events_of_lab_delete_are_answered() {
    serve_all("lab-delete").await;
}
