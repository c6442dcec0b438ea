//! What test mails say of failures, and when there is none.

use kernelci::collections::{TEST_CASE, TEST_GROUP};
use serde_json::{Value as Json, json};

use crate::mail_server::MailServer;

/// A run of one kernel with cases of these names, statuses and further members.
async fn store(mail_server: &MailServer, nth: u64, kernel: &str, cases: &[(&str, &str, Json)]) {
    let store = &mail_server.server.services.store;
    let id = |of: u64| json!({"$oid": format!("5e5a0d1c{:016x}", nth * 100 + of)});
    let shared = json!({
        "job": "next", "kernel": kernel, "git_branch": "master", "arch": "arm64", "device_type": "qemu", "lab_name": "lab-a",
        "build_environment": "gcc-8", "defconfig_full": "defconfig", "created_on": {"$date": 1_586_000_000_000_u64 + nth},
    });
    let with = |more: Json| {
        let mut document = shared.clone();
        document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        document
    };
    let group = with(json!({
        "_id": id(0), "name": "baseline", "boot_log": "baseline-qemu.txt", "boot_log_html": "baseline-qemu.html",
        "file_server_resource": format!("next/{kernel}"), "parent_id": null,
    }));
    store.load(&TEST_GROUP, kernelci_tests::document(group)).await.unwrap();
    for (place, (name, status, more)) in (1..).zip(cases) {
        let mut case = with(json!({
            "_id": id(place), "name": name, "status": status, "plan": "baseline", "test_group_id": id(0),
            "test_case_path": format!("baseline.{name}"), "measurements": [],
        }));
        case.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        store.load(&TEST_CASE, kernelci_tests::document(case)).await.unwrap();
    }
}

fn of(kernel: &str) -> Json {
    json!({"job": "next", "kernel": kernel, "report_type": "test", "format": ["txt", "html"]})
}

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_is_linked_and_told_since_when() {
    let mail_server = MailServer::open_with(&["--public-url", "https://api.example.org"]).await;
    store(&mail_server, 1, "v1", &[("login", "PASS", json!({})), ("never", "FAIL", json!({}))]).await;
    store(&mail_server, 2, "v2", &[("login", "FAIL", json!({})), ("never", "FAIL", json!({}))]).await;
    store(
        &mail_server,
        3,
        "v3",
        &[("login", "FAIL", json!({"log_lines": [{"msg": "it broke"}]})), ("never", "FAIL", json!({}))],
    )
    .await;
    store(&mail_server, 4, "v4", &[("login", "PASS", json!({}))]).await;
    let mail = mail_server.sent(&of("v3")).await;
    assert_eq!(mail.header("Subject"), "next/master test: 1 run, 0 regressions (v3)");
    let text = mail.text();
    let (_, failures) = text.split_once("OTHER FAILURES\n\n").unwrap();
    let expected = "baseline.login\n  on qemu (arm64, lab-a, gcc-8, defconfig)\n  passed on v1, fails since v2 (2 kernels)\n  \
                    Log:  https://api.example.org/storage/next/v3/lab-a/baseline-qemu.txt\n  \
                    Run:  https://api.example.org/test/group/5e5a0d1c000000000000012c\n  \
                    Case: https://api.example.org/test/case/5e5a0d1c000000000000012d\n    it broke\n\n\
                    baseline.never\n  on qemu (arm64, lab-a, gcc-8, defconfig)\n  no earlier pass is known, fails since v1 (3 kernels)\n";
    assert!(failures.replace("\r\n", "\n").starts_with(expected), "{failures}");
    let html = mail.html().replace("&#x2f;", "/");
    assert!(html.contains("https://api.example.org/storage/next/v3/lab-a/baseline-qemu.html"), "{html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn measurements_are_shown() {
    let mail_server = MailServer::open().await;
    let measured =
        json!({"measurements": [{"name": "boot", "unit": "seconds", "value": 3.5}, {"value": 7, "unit": ""}]});
    store(&mail_server, 1, "v1", &[("time", "PASS", measured)]).await;
    let mail = mail_server.sent(&of("v1")).await;
    let expected = "baseline.time on qemu (lab-a): boot 3.5 seconds, 7";
    assert!(mail.text().lines().any(|line| line == expected), "{}", mail.text());
    assert!(mail.html().contains("boot 3.5 seconds, 7"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_report_with_nothing_to_tell_is_not_sent_and_says_so() {
    let mail_server = MailServer::open().await;
    store(&mail_server, 1, "v1", &[("login", "PASS", json!({})), ("other", "SKIP", json!({}))]).await;
    assert_eq!(mail_server.ask(&of("v1")).await.status, 202);
    let report = mail_server
        .client()
        .get_until("/report?job=next", |answer| !answer.result().is_empty())
        .await
        .result()
        .remove(0);
    let reason = "not sent: a test report of next-master-v1 has nothing to tell, every test passed";
    assert_eq!((&report["status"], &report["errors"]), (&json!("ERROR"), &json!([[500, reason]])));
    assert!(mail_server.mails().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_it_is_a_page_that_a_browser_can_open() {
    let mail_server = MailServer::open().await;
    let mail = mail_server.sent(&json!({})).await;
    let text = mail.text();
    let link = text.lines().find_map(|line| line.strip_prefix("All of it: ")).unwrap();
    let path = link.strip_prefix(&format!("http://{}", mail_server.server.address)).unwrap();
    assert_eq!(path, "/storage/mainline/master/v5.6-rc1/build-report.html");
    // No token.
    let page = mail_server.server.client("").get(path).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(String::from_utf8_lossy(&page.body).contains("20 builds"));
}
