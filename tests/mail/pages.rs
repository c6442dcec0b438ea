//! The HTML page of a report.

use serde_json::json;

use crate::mail_server::MailServer;

async fn report_of(mail_server: &MailServer, kind: &str) -> String {
    let path = format!("/report?job=mainline&type={kind}");
    let reports = mail_server.client().get_until(&path, |answer| !answer.result().is_empty()).await.result();
    format!("/report/{}", reports[0]["_id"]["$oid"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_an_html_page_when_html_is_accepted() {
    let mail_server = MailServer::open().await;
    let client = mail_server.client();
    // The mail was requested without HTML; the page is HTML nevertheless.
    mail_server.sent(&json!({"format": "txt"})).await;
    let path = report_of(&mail_server, "build").await;
    let browser = ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
    let page = client.send("GET", &path, &[browser], "").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=UTF-8"));
    assert_eq!(page.header("content-security-policy"), "default-src 'none'; style-src 'unsafe-inline'");
    let text = String::from_utf8(page.body.clone()).unwrap();
    assert!(
        text.contains("<h1>mainline&#x2f;master build: 20 builds")
            || text.contains("<h1>mainline/master build: 20 builds")
    );
    let zipped = client.send("GET", &path, &[browser, ("accept-encoding", "gzip")], "").await;
    assert_eq!((zipped.header("content-encoding"), &zipped.body), ("gzip", &page.body));
    let again = client.send("GET", &path, &[browser, ("if-none-match", page.header("etag"))], "").await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));

    for accept in ["application/json", "*/*", "application/v1"] {
        let report = client.send("GET", &path, &[("accept", accept)], "").await;
        assert_eq!(report.result()[0]["status"], "SENT");
    }
    let refused = mail_server.server.client("tok-post").send("GET", &path, &[browser], "").await;
    assert_eq!((refused.status.as_u16(), refused.header("content-type")), (403, "application/json; charset=UTF-8"));
    let missing = client.send("GET", "/report/5e5a0d1c0000000000000001", &[browser], "").await;
    assert_eq!((missing.status.as_u16(), missing.header("content-type")), (404, "application/json; charset=UTF-8"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_without_a_page_is_answered_as_json() {
    let mail_server = MailServer::open().await;
    assert_eq!(mail_server.ask(&json!({"job": "mainline", "kernel": "nosuch"})).await.status, 202);
    let path = report_of(&mail_server, "build").await;
    let report = mail_server.client().send("GET", &path, &[("accept", "text/html")], "").await;
    assert_eq!(report.result()[0]["status"], "ERROR");
}
