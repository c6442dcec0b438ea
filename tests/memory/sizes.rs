//! The computed size of a document compared with the bytes that the allocator provides for it.

use kernelci::value::{Document, Value, from_json};
use serde_json::json;

use crate::{ALLOCATED, ONE_AT_A_TIME};

#[tokio::test]
async fn the_computed_size_of_a_document_equals_its_allocation() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let member = |json| from_json(json).unwrap();
    let documents: Vec<(&str, Document)> = vec![
        ("nothing", Document::new()),
        ("short members", [("status", Value::from("PASS")), ("size", Value::Integer(5))].into()),
        ("a long text", [("log", Value::from("x".repeat(10_000)))].into()),
        ("a long name", [("n".repeat(500).as_str(), Value::Null)].into()),
        (
            "texts",
            [(
                "lines",
                member(json!((0..1_000).map(|n| format!("line {n} of a log that is long enough")).collect::<Vec<_>>())),
            )]
            .into(),
        ),
        ("numbers", [("all", member(json!((0..1_000).collect::<Vec<_>>())))].into()),
        (
            "objects",
            [("deep", member(json!({"a": {"b": [{"c": "a text of more than twenty-four bytes"}, {}, []]}})))].into(),
        ),
    ];
    for (what, document) in documents {
        let before = ALLOCATED.current_usage();
        let copies: Vec<Document> = (0..100).map(|_| document.clone()).collect();
        let allocated = ALLOCATED.current_usage() - before - copies.capacity() * size_of::<Document>();
        let told: usize = copies.iter().map(Document::heap_size).sum();
        assert!(told.abs_diff(allocated) <= allocated / 10, "{what}: {told} told, {allocated} allocated");
    }
}
