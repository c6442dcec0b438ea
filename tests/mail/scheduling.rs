//! When mails are sent, which requests for reports are refused, and the status of a report.

use kernelci::{
    clock::Clock,
    services::Services,
    time::{DAY, Timestamp},
    worker,
};
use kernelci_tests::machine;
use serde_json::{Value as Json, json};

use crate::mail_server::{MailServer, NOW, request};

/// Services without a worker, at a time after the start.
fn at(services: &Services, after: i64) -> Services {
    let now = Timestamp::parse_rfc3339(NOW).unwrap().plus(after);
    Services { clock: Clock::starting_at(now), ..services.clone() }
}

async fn ask(services: &Services, more: &Json) -> u16 {
    let Json::Object(body) = request(more) else { panic!("{more}") };
    let wanted = kernelci::domain::send::Request::read(body).unwrap();
    let accepted = kernelci::domain::send::accept(services.tasks(), &wanted, services.clock.now());
    match accepted.await {
        Ok(_) => 202,
        Err(error) => kernelci::http::status(&error).as_u16(),
    }
}

#[tokio::test]
async fn an_equal_request_is_accepted_once_a_day() {
    let machine = machine(&["--now", NOW]).await;
    let services = &machine.services;
    let named = |name: &str| json!({"subject": name});
    assert_eq!(ask(&at(services, 0), &named("a")).await, 202);
    assert_eq!(ask(&at(services, DAY - 60_000), &named("a")).await, 409);
    assert_eq!(ask(&at(services, 0), &json!({"subject": "a", "delay": 100, "format": "txt"})).await, 409);
    for other in
        [named("b"), json!({"subject": "a", "send_cc": "cc@example.org"}), json!({"subject": "a", "format": "html"})]
    {
        assert_eq!(ask(&at(services, 0), &other).await, 202, "{other}");
    }
    // The task is still pending, so the request is refused however long ago it was made.
    assert_eq!(ask(&at(services, 2 * DAY), &named("a")).await, 409);
    while worker::run_due(&at(services, 2 * DAY)).await.unwrap().run > 0 {}
    assert_eq!(ask(&at(services, 2 * DAY), &named("a")).await, 202);
    assert_eq!(ask(&at(services, 2 * DAY), &named("a")).await, 409);
}

#[tokio::test]
async fn a_refused_request_does_not_block_a_valid_one() {
    let machine = machine(&["--now", NOW]).await;
    let services = &at(&machine.services, 0);
    assert_eq!(ask(services, &json!({"send_to": []})).await, 400);
    assert_eq!(ask(services, &json!({"send_to": null})).await, 409);
    assert_eq!(ask(services, &json!({})).await, 202);
    assert_eq!(ask(&at(services, DAY), &json!({"send_to": []})).await, 400);
    // No task of a refused request is run.
    assert_eq!(worker::run_due(services).await.unwrap().run, 1);
}

#[tokio::test]
async fn the_two_reports_of_a_request_are_accepted_together_or_not_at_all() {
    let machine = machine(&["--now", NOW]).await;
    let services = &at(&machine.services, 0);
    let both = json!({"report_type": null, "build_report": 1, "boot_report": 1});
    assert_eq!(ask(services, &json!({})).await, 202);
    assert_eq!(ask(services, &both).await, 409);
    assert_eq!(ask(services, &json!({"report_type": "boot"})).await, 202);
    assert_eq!(worker::run_due(services).await.unwrap().run, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_concurrent_equal_requests_one_is_accepted() {
    let machine = machine(&["--now", NOW]).await;
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let services = machine.services.clone();
        asked.spawn(async move { ask(&services, &json!({})).await });
    }
    let mut answers = asked.join_all().await;
    answers.sort_unstable();
    assert_eq!(answers, [vec![202], vec![409; 15]].concat());
}

#[tokio::test]
async fn a_mail_is_sent_after_its_delay() {
    let machine = machine(&["--now", NOW]).await;
    let services = &machine.services;
    assert_eq!(ask(&at(services, 0), &json!({"delay": 18_000})).await, 202);
    assert_eq!(worker::run_due(&at(services, 17_990_000)).await.unwrap().run, 0);
    assert_eq!(worker::run_due(&at(services, 18_000_000)).await.unwrap().run, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_has_the_delivery_status_of_its_mail() {
    let mail_server = MailServer::open().await;
    let client = mail_server.client();
    mail_server.sent(&json!({})).await;
    let path = "/report?job=mainline&type=build";
    let reports = client.get_until(path, |answer| !answer.result().is_empty()).await.result();
    let [report] = &reports[..] else { panic!("{reports:?}") };
    let members: Vec<&str> = report.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "_id",
        "created_on",
        "errors",
        "git_branch",
        "job",
        "kernel",
        "name",
        "status",
        "type",
        "updated_on",
        "version",
    ];
    assert_eq!(members, expected);
    assert_eq!((&report["status"], &report["errors"]), (&json!("SENT"), &json!([])));
    assert_eq!((&report["name"], &report["updated_on"]), (&json!("mainline-master-v5.6-rc1"), &Json::Null));

    // Another mail about the same revision updates the same report.
    mail_server.sent(&json!({"subject": "again"})).await;
    let is_updated = |answer: &kernelci_tests::Answer| answer.result()[0]["updated_on"].is_object();
    let updated = client.get_until(path, is_updated).await.result();
    assert_eq!((updated.len(), &updated[0]["_id"]), (1, &report["_id"]));

    for (more, reason) in [
        (json!({"job": "nosuch"}), "nothing is stored"),
        (json!({"job": "mainline", "report_type": "test", "plan": "nosuch"}), "nothing is stored"),
        (json!({"job": "nosuch-2", "send_to": 5}), "there is no address in send_to: 5"),
    ] {
        assert_eq!(mail_server.ask(&more).await.status, 202);
        let path = format!("/report?job={}&status=ERROR", more["job"].as_str().unwrap());
        let failed = client.get_until(&path, |answer| !answer.result().is_empty()).await.result().remove(0);
        assert!(failed["errors"][0][1].as_str().unwrap().contains(reason), "{failed}");
    }
}
