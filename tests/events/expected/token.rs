//! Tokens.

use super::{DONE, ERROR, Expected, LIST, RESULT, assert_contains, expect, is_forbidden, serve_all};
use crate::gateway::Answer;

fn is_of_the_uploader(answer: &Answer) {
    let flags: Vec<u64> =
        answer.results()[0]["properties"].as_array().unwrap().iter().map(|flag| flag.as_u64().unwrap()).collect();
    assert_eq!(answer.texts("email"), ["upload@example.org"]);
    assert_eq!(flags, [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    assert!(answer.results()[0].get("token").is_none());
}

fn is_new(answer: &Answer) {
    let value = answer.texts("token").concat();
    let location = answer.header("location");
    assert_eq!(value.len(), 36);
    assert_eq!(location, format!("https://example0000.execute-api.eu-central-1.amazonaws.com/token/{value}"));
}

fn is_changed(answer: &Answer) {
    assert_eq!(answer.results().len(), 1);
    assert!(answer.results()[0]["token"].is_null());
}

pub(super) const GET: &[Expected] = &[
    expect("by-value", 200, RESULT, is_of_the_uploader),
    expect("rest-api-1.0", 200, RESULT, is_of_the_uploader),
    expect("by-value-with-escapes", 200, RESULT, |answer| {
        assert_eq!(answer.texts("email"), ["upload@example.org"]);
        assert_eq!(Answer::members(&answer.results()[0]), ["_id", "email"]);
    }),
    expect("by-value-with-a-slash-nobody-has", 404, ERROR, |answer| assert!(!answer.reason().is_empty())),
    expect("list-with-the-master-key", 200, LIST, |answer| {
        assert_eq!(answer.texts("email"), ["admin@example.org", "super@example.org"]);
        assert!(answer.results().iter().all(|token| token.get("token").is_none()));
    }),
    expect("token-that-may-do-all-but-that", 403, ERROR, is_forbidden),
];

pub(super) const POST: &[Expected] = &[
    expect("new-token", 201, RESULT, is_new),
    expect("first-token-with-the-master-key", 201, RESULT, is_new),
    expect("restricted-to-networks", 201, RESULT, is_new),
    expect("restricted-without-addresses", 400, ERROR, |answer| assert_contains(answer.reason(), "IP")),
    expect("no-email", 400, ERROR, |answer| assert_contains(answer.reason(), "email")),
    expect("with-an-id", 400, ERROR, |answer| assert_contains(answer.reason(), "PUT")),
    expect("superuser", 403, ERROR, is_forbidden),
];

pub(super) const PUT: &[Expected] = &[
    expect("takes-a-right", 200, RESULT, is_changed),
    expect("rest-api-1.0-base64", 200, RESULT, is_changed),
    expect("value-in-the-place-of-an-id", 400, ERROR, |answer| assert_eq!(answer.reason(), "Wrong ID value provided")),
    expect("no-id", 400, ERROR, |answer| assert_eq!(answer.reason(), "Missing token ID")),
    expect("no-such-token", 404, ERROR, |answer| assert_contains(answer.reason(), "5e9e8fac81545e8791c9ec94")),
];

pub(super) const DELETE: &[Expected] = &[
    expect("one", 200, DONE, |answer| assert_contains(answer.reason(), "5e25e985d9704063e28c9e01")),
    expect("no-id", 400, ERROR, |answer| assert_eq!(answer.reason(), "No ID value specified")),
    expect("no-such-token", 404, ERROR, |answer| assert_contains(answer.reason(), "5e25e985d9704063e28c9e02")),
    expect("superuser", 403, ERROR, is_forbidden),
];

#[tokio::test]
async fn the_events_of_token_get_are_answered() {
    serve_all("token-get").await;
}

#[tokio::test]
async fn the_events_of_token_post_are_answered() {
    serve_all("token-post").await;
}

#[tokio::test]
async fn the_events_of_token_put_are_answered() {
    serve_all("token-put").await;
}

#[tokio::test]
async fn the_events_of_token_delete_are_answered() {
    serve_all("token-delete").await;
}
