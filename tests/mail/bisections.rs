//! Mails about one bisection.

use bytes::Bytes;
use kernelci::storage::StoragePath;
use serde_json::{Value as Json, json};

use crate::mail_server::MailServer;

/// A bisection of a regression of the seed.
fn bisection(more: &Json) -> Json {
    let mut body = json!({
        "report_type": "bisect", "type": "test", "arch": "arm", "defconfig_full": "allmodconfig", "build_environment": "gcc-8",
        "lab_name": "lab-baylibre", "device_type": "bcm2837-rpi-3-b", "test_case_path": "baseline.dmesg.emerg",
        "good_commit": "a".repeat(40), "bad_commit": "b".repeat(40), "log": "bisect.json",
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

async fn put(mail_server: &MailServer, path: &str, content: &Json) {
    let files = mail_server.server.services.files().unwrap();
    files.write(&StoragePath::parse(path).unwrap(), Bytes::from(content.to_string())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_tells_of_the_one_bisection_that_its_request_names() {
    let mail_server = MailServer::open_with(&["--mail-from", "Lab <bot@ci.example.org>"]).await;
    let show = "commit 0123456789abcdef\nAuthor: A <a@example.org>\n\n    drm: break it\n";
    let log = ["git bisect start\n", "# good: [aaaa] before\n", "git bisect good aaaa\n"];
    let folder = "mainline/master/v5.6-rc1/arm/allmodconfig/gcc-8";
    put(&mail_server, &format!("{folder}/lab-baylibre/bisect.json"), &json!({"show": show, "log": log})).await;
    let other = json!({"type": "test", "job": "mainline", "kernel": "v5.6-rc1", "git_branch": "master", "test_case_path": "other.case"});
    let client = mail_server.client();
    for more in [
        json!({}),
        json!({"test_case_path": "baseline.dmesg.emerg", "device_type": "bcm2837-rpi-3-b", "arch": "arm",
        "defconfig_full": "allmodconfig", "build_environment": "gcc-8", "lab_name": "lab-baylibre", "good_commit": "a".repeat(40),
        "bad_commit": "b".repeat(40), "checks": {"verify": "PASS"}, "bad_summary": "bbbbbbbb drm: merge"}),
    ] {
        let mut found = other.clone();
        found.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(client.post("/bisect", &found).await.status, 202);
    }
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let mail = mail_server.sent(&bisection(&json!({"format": ["txt", "html"]}))).await;
    assert_eq!(mail.header("Subject"), "mainline/master bisection: baseline.dmesg.emerg on bcm2837-rpi-3-b");
    let text = mail.text();
    let origin = format!("http://{}", mail_server.server.address);
    for line in [
        "  Found: 0123456789ab drm: break it".to_owned(),
        "  Bad:   bbbbbbbb drm: merge".to_owned(),
        "    verify: PASS".to_owned(),
        "    commit 0123456789abcdef".to_owned(),
        "        drm: break it".to_owned(),
        "    git bisect good aaaa".to_owned(),
        format!("  Test case:  {origin}/test/case/5e873472e65b84dacc171a57"),
        format!("  Plain log:  {origin}/storage/{folder}/lab-baylibre/baseline-bcm2837-rpi-3-b.txt"),
        "  Reported-by: Lab <bot@ci.example.org>".to_owned(),
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(!text.contains("other.case"), "{text}");
    let html = mail.html();
    assert!(html.contains("git bisect good aaaa") && html.contains("0123456789abcdef"), "{html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_bisections_of_one_revision_are_two_mails_and_two_reports() {
    let mail_server = MailServer::open().await;
    let first = mail_server.sent(&bisection(&json!({}))).await;
    assert!(first.text().contains("The file bisect.json"), "{}", first.text());
    let second = mail_server.sent(&bisection(&json!({"test_case_path": "baseline.login"}))).await;
    assert_eq!(second.header("Subject"), "mainline/master bisection: baseline.login on bcm2837-rpi-3-b");
    mail_server.sent(&bisection(&json!({"bad_commit": "c".repeat(40)}))).await;
    assert_eq!(mail_server.ask(&bisection(&json!({}))).await.status, 409);
    let path = "/report?job=mainline&type=bisect";
    let reports = mail_server.client().get_until(path, |answer| answer.result().len() == 3).await.result();
    assert!(reports.iter().all(|report| report["status"] == "SENT"), "{reports:?}");
}
