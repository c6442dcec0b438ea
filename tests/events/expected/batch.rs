//! Many readings in one request.

use serde_json::json;

use super::{ERROR, ERRORS, Expected, RESULT, assert_contains, expect, is_forbidden, serve_all};

pub(super) const POST: &[Expected] = &[
    expect("counts-and-lists", 200, RESULT, |answer| {
        let [count, list, group, values, distinct, one] = answer.results() else { panic!("{answer:#?}") };
        assert_eq!(*count, json!({"operation_id": "a", "result": [{"collection": "job", "count": 60}]}));
        assert_eq!(list["result"][0]["count"], 2);
        assert_eq!(list["result"][0]["result"][1]["job"], "stable");
        assert_eq!(list["operation_id"], json!({"row": 2}));
        assert!(group["result"][0]["result"][0]["_id"]["job"].is_string());
        assert_eq!(values["result"][0]["count"], 5);
        assert_eq!(*distinct, json!({"result": [{"count": 5, "field": "kernel", "resource": "job"}]}));
        assert_eq!(one["result"][0]["result"][0]["_id"]["$oid"], "5e79f370f870c5da21eece6d");
    }),
    expect("what-is-wrong-in-its-place", 200, RESULT, |answer| {
        let codes: Vec<_> = answer.results().iter().map(|outcome| outcome["code"].as_u64()).collect();
        let bad = Some(400);
        assert_eq!(codes, [bad, None, bad, bad, Some(404), Some(404), bad, bad, bad]);
        assert_eq!(answer.results()[0]["operation_id"], "limit");
        assert_contains(answer.results()[0]["reason"].as_str().unwrap(), "limit");
    }),
    expect("key-that-no-operation-has", 400, ERRORS, |answer| {
        assert!(answer.body["errors"][0].as_str().unwrap().starts_with("Key 'colour' is no key of an operation"));
    }),
    expect("no-operations", 400, ERRORS, |answer| assert_eq!(answer.reason(), "Provided JSON is not valid")),
    expect("no-list", 400, ERRORS, |answer| assert_contains(answer.body["errors"][0].as_str().unwrap(), "'batch'")),
    expect("no-object-among-them", 400, ERRORS, |answer| assert_eq!(answer.reason(), "Provided JSON is not valid")),
    expect("token-that-may-only-read", 403, ERROR, is_forbidden),
];

#[tokio::test]
async fn the_events_of_batch_post_are_answered() {
    serve_all("batch-post").await;
}
