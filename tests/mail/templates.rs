//! Templates of a user's own.

use bytes::Bytes;
use kernelci::storage::StoragePath;
use serde_json::json;

use crate::desk::Desk;

async fn put(desk: &Desk, name: &str, source: &str) {
    let files = desk.server.services.files().unwrap();
    files.write(&StoragePath::template(name).unwrap(), Bytes::from(source.to_owned())).await.unwrap();
}

async fn error(desk: &Desk, more: &serde_json::Value) -> String {
    assert_eq!(desk.ask(more).await.status, 202);
    let path = "/report?job=mainline&status=ERROR";
    let failed = desk.client().get_until(path, |answer| !answer.result().is_empty()).await.result().remove(0);
    failed["errors"][0][1].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_takes_the_place_of_ours_by_its_name() {
    let desk = Desk::open().await;
    put(&desk, "build.txt", "{{ failed }} of {{ total }} in {{ revision.tree }}\n").await;
    let mail = desk.sent(&json!({"format": ["txt", "html"]})).await;
    assert_eq!(mail.text().trim_end(), "3 of 20 in mainline");
    assert!(mail.html().contains("<h2>Failed builds</h2>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_used_where_it_is_named_and_builds_on_the_layout() {
    let desk = Desk::open().await;
    put(
        &desk,
        "short.html",
        "{% extends 'layout.html' %}{% block content %}<i>{{ error_lines.shown[0].line }}</i>{% endblock %}",
    )
    .await;
    put(&desk, "short.txt", "{{ summary }}").await;
    let named = desk.sent(&json!({"template": "short", "format": "html"})).await;
    assert!(named.html().contains("<i>drivers") && named.html().contains("818e015feb2e"), "{}", named.html());
    assert!(!desk.sent(&json!({"format": "html"})).await.html().contains("<i>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_template_falls_back_to_that_of_the_type_in_every_format() {
    let desk = Desk::open().await;
    let usual = desk.sent(&json!({"format": ["txt", "html"]})).await;
    let unknown = desk.sent(&json!({"format": ["txt", "html"], "template": "nosuch"})).await;
    assert_eq!((unknown.text(), unknown.html()), (usual.text(), usual.html()));
    put(&desk, "short.txt", "{{ summary }}").await;
    let half = desk.sent(&json!({"format": ["txt", "html"], "template": "short"})).await;
    assert!(half.text().lines().count() == 1 && half.html() == usual.html(), "{}", half.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_is_broken_is_an_error_of_the_report() {
    let desk = Desk::open().await;
    put(&desk, "broken.html", "{% for x in %}").await;
    assert!(error(&desk, &json!({"template": "broken"})).await.starts_with("the template broken.html: syntax error"));
    let desk = Desk::open().await;
    put(&desk, "endless.html", "{% for x in range(9999) %}{% for y in range(9999) %}{{ x }}{% endfor %}{% endfor %}")
        .await;
    assert!(error(&desk, &json!({"template": "endless"})).await.starts_with("the template endless.html"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_upload_puts_a_template() {
    let desk = Desk::open().await;
    let client = desk.client();
    for path in ["/upload/.kernelci-templates/build.txt", "/upload/a/../.kernelci-templates/build.txt"] {
        assert_eq!(client.send("PUT", path, &[], "mine").await.status, 400, "{path}");
    }
    put(&desk, "build.txt", "secret").await;
    assert_ne!(client.get("/storage/.kernelci-templates/build.txt").await.status, 200);
}
