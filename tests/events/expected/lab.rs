//! Labs.

use super::{
    DONE, ERROR, ERRORS, Expected, LIST, RESULT, RESULT_WITH_WARNING, assert_contains, expect, is_forbidden, serve_all,
};
use crate::gateway::Answer;

fn is_new(answer: &Answer) {
    let made = &answer.results()[0];
    let location = answer.header("location");
    assert_eq!(Answer::members(made), ["_id", "name", "token"]);
    assert!(answer.texts("name").concat().starts_with("lab-example"));
    assert_eq!(location, format!("https://example0000.execute-api.eu-central-1.amazonaws.com/lab/{}", answer.ids()[0]));
}

fn is_new_with_a_token(answer: &Answer) {
    is_new(answer);
    assert_eq!(answer.texts("token").concat().len(), 36);
}

pub(super) const GET: &[Expected] = &[
    expect("list", 200, LIST, |answer| {
        assert_eq!(answer.texts("name"), ["lab-baylibre", "lab-broonie", "lab-cip", "lab-collabora", "lab-kontron"]);
    }),
    expect("by-name-of-a-filter", 200, LIST, |answer| assert_eq!(answer.texts("name"), ["lab-cip"])),
    expect("one", 200, RESULT, |answer| {
        assert_eq!(answer.texts("name"), ["lab-baylibre"]);
        assert!(answer.results()[0].get("contact").is_none());
    }),
    expect("by-name", 200, RESULT, |answer| {
        assert_eq!(answer.texts("name"), ["lab-cip"]);
        assert_eq!(Answer::members(&answer.results()[0]), ["_id", "name"]);
    }),
    expect("no-such-name", 404, ERROR, |answer| assert_eq!(answer.reason(), "Resource 'lab/nowhere' not found")),
    expect("as-long-as-an-id", 400, ERROR, |answer| assert_eq!(answer.reason(), "Wrong ID value provided")),
    expect("master-key", 403, ERROR, is_forbidden),
    expect("a-labs-own-token", 403, ERROR, is_forbidden),
];

pub(super) const POST: &[Expected] = &[
    expect("new-lab", 201, RESULT, is_new_with_a_token),
    expect("with-a-token-by-its-value", 201, RESULT, |answer| {
        is_new(answer);
        assert_eq!(answer.texts("token"), ["tok-all"]);
    }),
    expect("with-a-token-by-its-id", 201, RESULT_WITH_WARNING, |answer| {
        is_new(answer);
        assert!(answer.results()[0]["token"].is_null());
    }),
    expect("with-a-token-nobody-has", 400, ERROR, |answer| assert!(!answer.reason().contains("tok-nobody-has"))),
    expect("name-that-is-taken", 400, ERROR, |answer| assert_eq!(answer.reason(), "Lab 'lab-cip' already exists")),
    expect("no-contact", 400, ERRORS, |answer| {
        assert_contains(answer.body["errors"][0].as_str().unwrap(), "'contact'")
    }),
    expect("contact-without-an-address", 400, ERROR, |answer| assert_contains(answer.reason(), "['surname', 'email']")),
    expect("unknown-key", 201, RESULT_WITH_WARNING, |answer| {
        is_new_with_a_token(answer);
        assert_contains(answer.body["errors"][0].as_str().unwrap(), "boards");
    }),
    expect("with-an-id", 400, ERROR, |answer| assert_contains(answer.reason(), "PUT")),
    expect("superuser", 403, ERROR, is_forbidden),
];

pub(super) const PUT: &[Expected] = &[
    expect("private", 200, DONE, |answer| assert_eq!(answer.reason(), "Lab document updated")),
    expect("by-name", 200, DONE, |answer| assert_eq!(answer.reason(), "Lab document updated")),
    expect("another-token", 200, DONE, |answer| assert_eq!(answer.reason(), "Lab document updated")),
    expect("nothing-new", 200, DONE, |answer| assert_eq!(answer.reason(), "No new data to update, lab not modified")),
    expect("no-known-key", 400, ERRORS, |answer| assert_eq!(answer.reason(), "Provided JSON is not valid")),
    expect("no-id", 400, ERROR, |answer| assert_eq!(answer.reason(), "Wrong or missing lab ID")),
    expect("no-such-lab", 404, ERROR, |answer| assert_contains(answer.reason(), "5e2a80120696a4a4de691d38")),
];

pub(super) const DELETE: &[Expected] = &[
    expect("one", 200, DONE, |answer| assert_contains(answer.reason(), "5e2a80120696a4a4de691d37")),
    expect("by-name", 200, DONE, |answer| assert_contains(answer.reason(), "lab-cip")),
    expect("no-id", 400, ERROR, |answer| assert_eq!(answer.reason(), "Wrong or missing lab ID")),
    expect("no-such-lab", 404, ERROR, |answer| assert_contains(answer.reason(), "lab-nowhere")),
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
