//! Cleanup and statistics that are broken off at each of their requests to the store, and run again.

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
    faulty_process::Faulty,
    proxy::{Fault, Plan},
};

/// What is left when all that was made is old enough: the first token, and months that are noted.
async fn left(faulty: &Faulty) -> Vec<String> {
    let documents = faulty.documents().await;
    documents
        .into_keys()
        .map(|(collection, key)| format!("{collection} {key}"))
        // Cells of totals stay when nothing is in them any more.
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

/// Makes what the rule is about: a job with a build and its log, a group with cases and a group in it, a token.
async fn prepare(faulty: &Faulty, rule: &str) {
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

async fn every_request_of_a_rule_is_the_last(rule: &str, fault: Fault) {
    let mut broken_off = 0;
    for from in 0.. {
        let faulty = Faulty::start().await;
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
            broken_off += 1;
            cleanup::run(&faulty.failing(), rule, later).await.unwrap();
        }
        let expected = if rule.of.collection().name == "build" {
            // The job is no build's.
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
    assert!(broken_off > 3, "{rule}: {broken_off}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cleanup_that_is_broken_off_anywhere_and_run_again_leaves_nothing_behind() {
    for rule in ["job", "build", "test_group", "token"] {
        for fault in [Fault::Closed, Fault::Lost] {
            every_request_of_a_rule_is_the_last(rule, fault).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_that_are_broken_off_anywhere_and_written_again_are_the_same() {
    let mut expected = None;
    for from in 0.. {
        let faulty = Faulty::start().await;
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
        // Each writing counts as one version more; a document of the day and one of the sums are there in any case.
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
