//! The contents of reports about documents that the test defines.

use kernelci::{
    collections::{BISECT, BOOT, BOOT_REGRESSION},
    domain::{
        report::{Content, Format, bisect::BisectReport, boot::BootReport, facts::Links, render},
        send::{Order, ReportKind},
    },
    storage::Folder,
    value::Document,
};
use serde_json::{Value as Json, json};

use crate::mail_server::{Mail, MailServer, request};

fn order(kind: ReportKind, more: &Json) -> Order {
    let body = request(more);
    Order::read(kind, body.as_object().unwrap()).unwrap().0
}

async fn text(order: &Order, content: &Content) -> String {
    let folder = tempfile::tempdir().unwrap();
    let files = Folder::open(folder.path().join("files")).unwrap();
    // Both formats can be rendered; the text is easier to compare.
    let html = render(&files, order, content, Format::Html).await.unwrap();
    assert!(html.contains("</html>") && html.contains(&order.job));
    render(&files, order, content, Format::Text).await.unwrap()
}

fn boot(lab: &str, board: &str, status: &str) -> Document {
    kernelci_tests::document(json!({
        "job": "mainline", "kernel": "v5.6-rc1", "git_branch": "master", "arch": "arm", "defconfig": "multi_v7_defconfig",
        "build_environment": "gcc-8", "lab_name": lab, "board": board, "status": status, "boot_log": "boot.txt",
        "file_server_resource": "mainline/v1", "git_commit": "818e015f", "boot_result_description": "<b>kernel panic</b>",
    }))
}

#[tokio::test]
async fn boots_are_counted_and_conflicting_labs_are_listed() {
    let boots = [
        boot("lab-a", "bbb", "FAIL"),
        boot("lab-b", "bbb", "PASS"),
        boot("lab-a", "panda", "FAIL"),
        boot("lab-a", "rpi", "PASS"),
        boot("lab-b", "rpi", "OFFLINE"),
        boot("lab-b", "sun8i", "UNTRIED"),
    ];
    let order = order(ReportKind::Boot, &json!({}));
    let links = Links { files: Some("https://files.example.org".to_owned()), ..Links::default() };
    let report = BootReport::of(&order, &boots, &boots[2..3], &links).unwrap();
    let expected =
        "mainline/master boot: 6 boots: 1 failed, 2 passed with 1 offline, 1 untried/unknown, 1 conflict (v5.6-rc1)";
    assert_eq!(report.summary, expected);
    let text = text(&order, &Content::Boot(report)).await;
    for line in [
        "BOOTS THAT FAIL AND PASSED BEFORE",
        "  panda, lab-a: multi_v7_defconfig (gcc-8): <b>kernel panic</b>",
        "    https://files.example.org/mainline/v1/boot.txt",
        "  bbb: multi_v7_defconfig (gcc-8): FAIL in lab-a, PASS in lab-b",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(BootReport::of(&order, &[], &[], &links).is_none());
}

#[tokio::test]
async fn a_boot_report_of_one_lab_names_the_lab() {
    let order = order(ReportKind::Boot, &json!({"lab_name": "lab-a"}));
    let report = BootReport::of(&order, &[boot("lab-a", "bbb", "PASS")], &[], &Links::default()).unwrap();
    assert_eq!(report.summary, "mainline/master boot: 1 boot: 0 failed, 1 passed (v5.6-rc1) - lab-a");
    assert!(text(&order, &Content::Boot(report)).await.contains("Lab:      lab-a"));
}

#[tokio::test]
async fn a_bisection_report_names_the_commits_and_the_checks() {
    let bisection = kernelci_tests::document(json!({
        "type": "test", "job": "mainline", "kernel": "v5.6-rc1", "git_branch": "master", "arch": "arm", "device_type": "rk3288",
        "test_case_path": "baseline.login", "defconfig_full": "multi_v7_defconfig", "build_environment": "gcc-8",
        "good_commit": "a1252a3769676b0b", "bad_commit": "302894f4d15300e1", "bad_summary": "302894f4d15 drm: break it",
        "good_summary": "before", "found_summary": "302894f4d15 drm: break it", "checks": {"verify": "PASS", "revert": true},
        "log": "git bisect start\n# good\n", "lab_name": "lab-a",
    }));
    let order = order(ReportKind::Bisect, &json!({}));
    let report = BisectReport::of(&order, &[bisection], &Links::default()).unwrap();
    assert_eq!(report.summary, "mainline/master bisection: baseline.login on rk3288");
    let text = text(&order, &Content::Bisect(report)).await;
    for line in [
        "  Good:  a1252a3769676b0b before",
        "  Bad:   302894f4d15 drm: break it",
        "    revert: PASS",
        "    verify: PASS",
        "    git bisect start",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn boot_and_bisection_reports_are_made_of_stored_documents() {
    let mail_server = MailServer::open().await;
    let store = &mail_server.server.services.store;
    let of = |nth: u64, more: Json| {
        let mut json = json!({"_id": {"$oid": format!("5e5a0d1c{nth:016x}")}, "created_on": {"$date": 1_586_000_000_000_u64 + nth},
                              "job": "mainline", "kernel": "v5.6-rc1", "git_branch": "master", "arch": "arm", "defconfig_full": "a_defconfig",
                              "build_environment": "gcc-8"});
        json.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        kernelci_tests::document(json)
    };
    let boots = [
        json!({"lab_name": "lab-a", "board": "panda", "status": "FAIL"}),
        json!({"lab_name": "lab-a", "board": "rpi", "status": "FAIL"}),
        json!({"lab_name": "lab-b", "board": "bbb", "status": "PASS"}),
        json!({"lab_name": "lab-b", "board": "bbb", "status": "PASS", "git_branch": "other"}),
    ];
    for (nth, boot) in (1..).zip(boots) {
        store.load(&BOOT, of(nth, boot)).await.unwrap();
    }
    let regression = json!({"lab_name": "lab-a", "board": "rpi", "boot_id": {"$oid": format!("5e5a0d1c{:016x}", 2)}});
    store.load(&BOOT_REGRESSION, of(5, regression)).await.unwrap();
    for (nth, path) in [(6, "baseline.older"), (7, "baseline.login")] {
        let found = json!({"type": "test", "device_type": "rk3288", "test_case_path": path});
        store.load(&BISECT, of(nth, found)).await.unwrap();
    }

    let all = mail_server.sent(&json!({"report_type": "boot"})).await;
    assert_eq!(all.header("Subject"), "mainline/master boot: 3 boots: 2 failed, 1 passed (v5.6-rc1)");
    assert_eq!(all.header("X-Kernelci-Lab-Name"), "");
    let text = all.text();
    let (_, regressed) = text.split_once("BOOTS THAT FAIL AND PASSED BEFORE").unwrap();
    let (regressed, failed) = regressed.split_once("FAILED BOOTS").unwrap();
    assert!(regressed.contains("rpi") && !regressed.contains("panda"), "{text}");
    assert!(failed.contains("rpi") && failed.contains("panda"), "{text}");

    let of_lab = mail_server.sent(&json!({"report_type": "boot", "lab_name": "lab-b"})).await;
    assert_eq!(of_lab.header("Subject"), "mainline/master boot: 1 boot: 0 failed, 1 passed (v5.6-rc1) - lab-b");
    assert_eq!(of_lab.header("X-Kernelci-Lab-Name"), "lab-b");

    let bisections = mail_server.sent(&json!({"report_type": "bisect"})).await;
    assert_eq!(bisections.header("Subject"), "mainline/master bisection: baseline.login on rk3288");
    let text = bisections.text();
    assert!(text.find("baseline.login on").unwrap() < text.find("baseline.older on").unwrap(), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tests_are_counted_by_plan_and_each_regression_has_a_line() {
    let mail_server = MailServer::open().await;
    let mail = mail_server.sent(&json!({"report_type": "test"})).await;
    assert_eq!(mail.header("Subject"), "mainline/master test: 16 runs, 4 regressions (v5.6-rc1)");
    assert_eq!(mail.header("X-Kernelci-Report-Type"), "test");
    let text = mail.text();
    let row = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name) && !line.contains(':')).unwrap();
        line.split_whitespace().skip(1).map(|number| number.parse().unwrap()).collect::<Vec<u32>>()
    };
    // Runs, passed, failed, skipped, others, regressions; counted by hand in seed.json.
    assert_eq!(row("baseline"), [1, 1, 1, 1, 2, 1]);
    assert_eq!(row("igt-gpu-tools"), [3, 10, 3, 2, 0, 0]);
    let regression = text.split("baseline.dmesg.emerg\n").nth(1).unwrap();
    let lines: Vec<&str> = regression.lines().take(3).collect();
    let expected = [
        "  on bcm2837-rpi-3-b (arm, lab-baylibre, gcc-8, allmodconfig)",
        "  passed on v5.0, fails since v5.6-rc1",
        "    line ✓",
    ];
    assert_eq!(lines, expected);

    let of_plan = mail_server.sent(&json!({"report_type": "test", "plan": "sleep"})).await;
    assert_eq!(of_plan.header("Subject"), "mainline/master sleep: 2 runs, 1 regression (v5.6-rc1)");
    assert!(!of_plan.text().contains("baseline"));
}

#[tokio::test(flavor = "multi_thread")]
async fn long_lists_are_truncated_with_a_link_to_the_full_list() {
    let mail_server = MailServer::open_with(&["--dashboard", "https://ci.example.org/"]).await;
    for nth in 0..150 {
        let build = json!({"job": "long", "kernel": "v1", "git_branch": "a/b", "arch": "arm", "defconfig": format!("config-{nth:03}"),
                           "build_environment": "gcc-8", "status": "FAIL", "_id": {"$oid": format!("5e5a0d1c{nth:016x}")},
                           "created_on": {"$date": 1_586_000_000_000_i64 + nth}});
        mail_server
            .server
            .services
            .store
            .load(&kernelci::collections::BUILD, kernelci_tests::document(build))
            .await
            .unwrap();
    }
    let text = mail_server.sent(&json!({"job": "long", "kernel": "v1", "git_branch": "a/b"})).await.text();
    assert!(text.starts_with("long/a/b build: 150 builds: 150 failed, 0 passed (v1)\n"), "{text}");
    assert_eq!(text.lines().filter(|line| line.contains(": FAIL")).count(), 100);
    let link = "https://ci.example.org/build/long/branch/a%2Fb/kernel/v1/";
    assert!(text.lines().any(|line| line == format!(".. and 50 more: {link}")), "{text}");
}

/// The caller chooses these headers, so they must not change the links that the readers of a report follow.
const HOSTILE: [(&str, &str); 4] = [
    ("host", "evil.example.com"),
    ("x-forwarded-host", "evil.example.com"),
    ("x-forwarded-proto", "evil"),
    ("content-type", "application/json"),
];

async fn report_requested_with_hostile_headers(mail_server: &MailServer) -> Mail {
    let body = request(&json!({"format": ["txt", "html"]})).to_string();
    let answer = mail_server.client().send("POST", "/send", &HOSTILE, body).await;
    assert_eq!(answer.status, 202, "{}", answer.json());
    for _ in 0..600 {
        if let Some((_, mail)) = mail_server.mails().into_iter().next() {
            return Mail(mail);
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("no mail was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn links_use_the_configured_address_whatever_the_request_headers() {
    let mail_server = MailServer::open_with(&["--public-url", "https://api.example.org/"]).await;
    let mail = report_requested_with_hostile_headers(&mail_server).await;
    for content in [mail.text(), mail.html().replace("&#x2f;", "/")] {
        assert!(content.contains("https://api.example.org/storage/mainline/"), "{content}");
        assert!(!content.contains("evil"), "{content}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn links_use_the_listening_address_by_default() {
    let mail_server = MailServer::open().await;
    let mail = report_requested_with_hostile_headers(&mail_server).await;
    let address = format!("http://{}/storage/mainline/", mail_server.server.address);
    for content in [mail.text(), mail.html().replace("&#x2f;", "/")] {
        assert!(content.contains(&address), "{content}");
        assert!(!content.contains("evil"), "{content}");
    }
}
