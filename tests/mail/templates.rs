//! Templates of a user.

use bytes::Bytes;
use kernelci::storage::StoragePath;
use serde_json::json;

use crate::mail_server::MailServer;

async fn put(mail_server: &MailServer, name: &str, source: &str) {
    let files = mail_server.server.services.files().unwrap();
    files.write(&StoragePath::template(name).unwrap(), Bytes::from(source.to_owned())).await.unwrap();
}

async fn error(mail_server: &MailServer, more: &serde_json::Value) -> String {
    assert_eq!(mail_server.ask(more).await.status, 202);
    let path = "/report?job=mainline&status=ERROR";
    let failed = mail_server.client().get_until(path, |answer| !answer.result().is_empty()).await.result().remove(0);
    failed["errors"][0][1].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_template_replaces_the_builtin_one_of_the_same_name() {
    let mail_server = MailServer::open().await;
    put(&mail_server, "build.txt", "{{ failed }} of {{ total }} in {{ revision.tree }}\n").await;
    let mail = mail_server.sent(&json!({"format": ["txt", "html"]})).await;
    assert_eq!(mail.text().trim_end(), "3 of 20 in mainline");
    assert!(mail.html().contains("<h2>Failed builds</h2>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_template_is_used_and_can_extend_the_layout() {
    let mail_server = MailServer::open().await;
    put(
        &mail_server,
        "short.html",
        "{% extends 'layout.html' %}{% block content %}<i>{{ error_lines.shown[0].line }}</i>{% endblock %}",
    )
    .await;
    put(&mail_server, "short.txt", "{{ summary }}").await;
    let named = mail_server.sent(&json!({"template": "short", "format": "html"})).await;
    assert!(named.html().contains("<i>drivers") && named.html().contains("818e015feb2e"), "{}", named.html());
    assert!(!mail_server.sent(&json!({"format": "html"})).await.html().contains("<i>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_broken_template_is_an_error_of_the_report() {
    let mail_server = MailServer::open().await;
    let reason = error(&mail_server, &json!({"template": "nosuch"})).await;
    assert_eq!(reason, "there is no template nosuch.html");
    let mail_server = MailServer::open().await;
    put(&mail_server, "broken.html", "{% for x in %}").await;
    assert!(
        error(&mail_server, &json!({"template": "broken"})).await.starts_with("the template broken.html: syntax error")
    );
    let mail_server = MailServer::open().await;
    put(
        &mail_server,
        "endless.html",
        "{% for x in range(9999) %}{% for y in range(9999) %}{{ x }}{% endfor %}{% endfor %}",
    )
    .await;
    assert!(error(&mail_server, &json!({"template": "endless"})).await.starts_with("the template endless.html"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_cannot_create_a_template() {
    let mail_server = MailServer::open().await;
    let client = mail_server.client();
    for path in ["/upload/.kernelci-templates/build.txt", "/upload/a/../.kernelci-templates/build.txt"] {
        assert_eq!(client.send("PUT", path, &[], "mine").await.status, 400, "{path}");
    }
    put(&mail_server, "build.txt", "secret").await;
    assert_ne!(client.get("/storage/.kernelci-templates/build.txt").await.status, 200);
}
