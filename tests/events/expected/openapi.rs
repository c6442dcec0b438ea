//! The description of the API.

use super::{DESCRIPTION, Expected, expect, serve_all};
use crate::gateway::Answer;

fn is_the_document(answer: &Answer) {
    let document: serde_json::Value = serde_json::from_str(openapi_get::DOCUMENT).unwrap();
    assert_eq!(answer.body, document);
    assert!(!answer.header("etag").is_empty());
}

pub(super) const DESCRIBED: &[Expected] = &[
    expect("no-token", 200, DESCRIPTION, is_the_document),
    expect("unknown-token-and-slash", 200, DESCRIPTION, is_the_document),
    expect("rest-api-1.0", 200, DESCRIPTION, is_the_document),
    expect("gzip", 200, DESCRIPTION, |answer| {
        assert!(answer.is_base64);
        is_the_document(answer);
    }),
];

#[tokio::test]
async fn the_events_of_openapi_get_are_answered() {
    serve_all("openapi-get").await;
}
