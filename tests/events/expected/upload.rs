//! Uploads.

use kernelci::{services::Services, storage::StoragePath};
use kernelci_tests::machine;

use super::{DONE_WITH_RESULT, ERROR, Expected, RESULT, assert_contains, expect, is_forbidden, serve_all};
use crate::{
    gateway::{Answer, answer, event},
    seeded::seeded,
};

fn are_stored(answer: &Answer, files: &[(&str, u64)]) {
    let stored = answer.results().iter().map(|file| (file["filename"].as_str(), file["bytes"].as_u64()));
    assert!(stored.eq(files.iter().map(|(name, bytes)| (Some(*name), Some(*bytes)))));
    assert!(answer.results().iter().all(|file| file["status"] == 201 && file["error"].is_null()));
}

pub(super) const POST: &[Expected] = &[
    expect("multipart-base64", 200, RESULT, |answer| are_stored(answer, &[("zImage", 256), ("a b.txt", 5)])),
    expect("multipart-with-the-folder-in-the-query", 200, RESULT, |answer| are_stored(answer, &[("build.json", 2)])),
    expect("path-that-is-not-used", 200, RESULT, |answer| are_stored(answer, &[("p.txt", 10)])),
    expect("multipart-as-text", 200, RESULT, |answer| are_stored(answer, &[("t.txt", 10)])),
    expect("multipart-that-leaves-the-root", 400, ERROR, |answer| assert!(!answer.reason().is_empty())),
    expect("multipart-without-files", 400, ERROR, |answer| assert_eq!(answer.reason(), "No files provided")),
    expect("json-in-the-place-of-a-form", 415, ERROR, |answer| assert_contains(answer.reason(), "multipart/form-data")),
    expect("token-that-may-not-upload", 403, ERROR, is_forbidden),
];

pub(super) const PUT: &[Expected] = &[
    expect("binary-base64", 201, DONE_WITH_RESULT, |answer| {
        are_stored(answer, &[("all-bytes.bin", 256)]);
        assert!(answer.header("location").ends_with("/events/all-bytes.bin"));
    }),
    expect("text", 201, DONE_WITH_RESULT, |answer| are_stored(answer, &[("text.txt", 18)])),
    expect("percent-encoded-path", 201, DONE_WITH_RESULT, |answer| {
        are_stored(answer, &[("a b+c.txt", 1)]);
        assert!(answer.header("location").ends_with("/events/a%20b+c.txt"));
    }),
    expect("decoded-path", 201, DONE_WITH_RESULT, |answer| {
        are_stored(answer, &[("d e+f ü.txt", 1)]);
        assert!(answer.header("location").ends_with("/events/d%20e+f%20%C3%BC.txt"));
    }),
    expect("decoded-path-with-a-hash", 201, DONE_WITH_RESULT, |answer| {
        are_stored(answer, &[("g#h.txt", 1)]);
        assert!(answer.header("location").ends_with("/events/g%23h.txt"));
    }),
    expect("empty-file", 201, DONE_WITH_RESULT, |answer| are_stored(answer, &[("empty", 0)])),
    expect("path-that-leaves-the-root", 400, ERROR, |answer| assert!(!answer.reason().is_empty())),
    expect("no-path", 400, ERROR, |answer| assert_eq!(answer.reason(), "Missing destination path")),
];

async fn stored(services: &Services, path: &str) -> Vec<u8> {
    let path = StoragePath::parse(path).unwrap();
    let reading = services.files().unwrap().read(&path).await.unwrap().unwrap_or_else(|| panic!("no {path}"));
    reading.all(1_000).await.unwrap().to_vec()
}

#[tokio::test]
async fn the_events_of_upload_post_are_answered() {
    serve_all("upload-post").await;
}

#[tokio::test]
async fn the_events_of_upload_put_are_answered() {
    serve_all("upload-put").await;
}

#[tokio::test]
async fn what_is_stored_is_what_was_sent() {
    let machine = seeded().await;
    let all: Vec<u8> = (0..=255).collect();
    for (function, file) in [
        ("upload-post", "multipart-base64"),
        ("upload-post", "multipart-with-the-folder-in-the-query"),
        ("upload-put", "binary-base64"),
        ("upload-put", "text"),
    ] {
        answer(&machine.services, function, &event(function, file)).await;
    }
    assert_eq!(stored(&machine.services, "forms/one/zImage").await, all);
    assert_eq!(stored(&machine.services, "forms/one/a b.txt").await, b"text\n");
    assert_eq!(stored(&machine.services, "next/queue/5.4/next-20200207/arm64/defconfig+x/build.json").await, b"{}");
    assert_eq!(stored(&machine.services, "events/all-bytes.bin").await, all);
    assert_eq!(stored(&machine.services, "events/text.txt").await, "text ‘quoted’\n".as_bytes());
}

#[tokio::test]
async fn nothing_is_stored_for_a_caller_who_is_not_let_in() {
    let machine = machine(&[]).await;
    for (function, file) in [("upload-put", "binary-base64"), ("upload-post", "multipart-base64")] {
        assert_eq!(answer(&machine.services, function, &event(function, file)).await.status, 403);
    }
    for path in ["events/all-bytes.bin", "forms/one/zImage"] {
        let path = StoragePath::parse(path).unwrap();
        assert!(machine.services.files().unwrap().read(&path).await.unwrap().is_none(), "{path}");
    }
}
