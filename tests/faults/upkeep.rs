//! Cleanup and statistics that are interrupted at each of their requests to the store and run again.

use kernelci::{
    domain::{
        cleanup::{self, Rule},
        statistics,
    },
    time::{DAY, Timestamp},
    worker,
};
use serde_json::json;

use crate::{
    actions::submitted,
    faulty_process::FaultyProcess,
    proxy::{Fault, Plan},
};

/// The documents left when everything created here is past its retention: the first token and the calendar of months.
async fn left(faulty: &FaultyProcess) -> Vec<String> {
    let documents = faulty.documents().await;
    documents
        .into_keys()
        .map(|(collection, key)| format!("{collection} {key}"))
        // Cells of totals remain when their counts are zero.
        .filter(|key| !key.starts_with("task ") && !key.starts_with("total "))
        .collect()
}

fn group() -> serde_json::Value {
    json!({
        "arch": "arm", "build_environment": "gcc-8", "defconfig": "defconfig", "device_type": "qemu", "git_branch": "master",
        "git_commit": "0123456789abcdef0123456789abcdef01234567", "job": "example", "kernel": "v1", "lab_name": "lab",
        "name": "baseline", "test_cases": [{"name": "a", "status": "PASS"}, {"name": "b", "status": "FAIL"}],
        "sub_groups": [{"name": "dmesg", "test_cases": [{"name": "crit", "status": "FAIL"}]}],
    })
}

/// Creates documents for the rule: a job with a build and its log, or a test group with cases and a sub-group, or a
/// token.
async fn prepare(faulty: &FaultyProcess, rule: &str) {
    match rule {
        "job" | "build" => {
            submitted(faulty, "example", "a.c: warning: x\n").await;
        }
        "test_group" => {
            let answer = faulty.ask(&faulty.direct, "POST", "/test/group", "", &group()).await;
            assert_eq!(answer.status, 201, "{answer:?}");
        }
        _ => {
            let body = json!({"email": "a@example.org", "get": 1, "expires_on": "2020-04-13"});
            let answer = faulty.ask(&faulty.direct, "POST", "/token", "", &body).await;
            assert_eq!(answer.status, 201, "{answer:?}");
        }
    }
    while worker::run_due(&faulty.direct).await.unwrap().run > 0 {}
}

async fn interrupt_a_rule_at_every_request(rule: &str, fault: Fault) {
    let mut interrupted = 0;
    for from in 0.. {
        let faulty = FaultyProcess::start().await;
        let before = left(&faulty).await;
        prepare(&faulty, rule).await;
        let made = left(&faulty).await;
        assert!(made.len() > before.len(), "{rule}");
        let rule = Rule::named(rule, 1).unwrap();
        let later = Timestamp::parse_rfc3339("2020-04-20T00:00:00Z").unwrap();
        faulty.proxy.plan(Plan { fault, operation: None, from, times: usize::MAX });
        let done = cleanup::run(&faulty.failing(), rule, later).await;
        let struck = faulty.proxy.struck();
        faulty.proxy.recover();
        if struck == 0 {
            assert!(done.unwrap().deleted > 0);
        } else {
            interrupted += 1;
            cleanup::run(&faulty.failing(), rule, later).await.unwrap();
        }
        let expected = if rule.of.collection().name == "build" {
            // The rule of builds keeps the job.
            made.iter()
                .filter(|key| key.starts_with("job ") || key.starts_with("job_logs ") || before.contains(key))
                .cloned()
                .collect()
        } else {
            before
        };
        assert_eq!(left(&faulty).await, expected, "{rule:?} {fault:?} {from}");
        if struck == 0 {
            break;
        }
    }
    assert!(interrupted > 3, "{rule}: {interrupted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cleanup_interrupted_at_any_request_completes_when_run_again() {
    for rule in ["job", "build", "test_group", "token"] {
        for fault in [Fault::Closed, Fault::Lost] {
            interrupt_a_rule_at_every_request(rule, fault).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_interrupted_at_any_request_are_the_same_when_written_again() {
    let mut expected = None;
    for from in 0.. {
        let faulty = FaultyProcess::start().await;
        prepare(&faulty, "job").await;
        let now = Timestamp::parse_rfc3339("2020-04-12T10:30:00Z").unwrap().plus(DAY);
        let plan = Plan { fault: Fault::Lost, operation: None, from, times: usize::MAX };
        if expected.is_some() {
            faulty.proxy.plan(plan);
        }
        let done = statistics::write_due(faulty.failing().writer(), now).await;
        let struck = faulty.proxy.struck();
        faulty.proxy.recover();
        statistics::write_due(faulty.failing().writer(), now).await.unwrap();
        let mut found = faulty.documents().await;
        found.retain(|(collection, _), _| collection.starts_with("statistics"));
        // Each write raises the version. One document of the day and one of the sums exist after each run.
        assert_eq!(found.len(), 2, "{from}");
        match &expected {
            None => expected = Some(found),
            Some(expected) => assert_eq!(&found, expected, "{from}"),
        }
        if from > 0 && struck == 0 {
            assert!(done.is_ok() && from > 10, "{from}");
            break;
        }
    }
}
