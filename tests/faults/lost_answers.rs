//! Lost answers of the store where they matter most, the worker under faults, and the time limits of a request.

use std::time::Duration;

use kernelci::{
    clock::Clock,
    collections::TASK,
    connection::RetryPolicy,
    query::{Filter, Selection},
    services::{Limits, Services},
    value::Value,
    worker,
};
use serde_json::json;

use crate::{
    actions::{Action, submitted, waiting},
    faulty_process::{FaultyProcess, SHORT},
    proxy::{Fault, Plan},
};

const LOG: &str = "a.c:1: warning: x\nb.c:2: error: y\n";

/// Asserts that the build of `submitted` is imported, and that each of its log lines is counted once in the summary.
async fn is_imported_once(faulty: &FaultyProcess, name: &str, context: &str) {
    let query = format!("job={name}");
    for path in ["/job", "/build", "/build/logs", "/job/logs"] {
        assert_eq!(faulty.result(path, &query).await.len(), 1, "{context}: {path}");
    }
    let summary = faulty.result("/job/logs", &query).await.remove(0);
    assert_eq!(summary["warnings"], json!([[1, "a.c:1: warning: x"]]), "{context}");
    assert_eq!(summary["errors"], json!([[1, "b.c:2: error: y"]]), "{context}");
    assert_eq!(waiting(faulty).await, 0, "{context}");
}

fn later(services: &Services, minutes: i64) -> Services {
    let clock = Clock::starting_at(services.clock.now().plus(minutes * 60_000));
    Services { clock, ..services.clone() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_retries_a_failed_request_and_imports_once() {
    let faulty = FaultyProcess::start().await;
    for fault in [Fault::Throttled, Fault::Closed, Fault::Lost, Fault::Conflict, Fault::Unprocessed] {
        for from in 0.. {
            let name = format!("work-{fault:?}-{from}").to_lowercase();
            submitted(&faulty, &name, LOG).await;
            faulty.proxy.plan(Plan { fault, operation: None, from, times: 1 });
            assert_eq!(worker::run_due(&faulty.failing()).await.unwrap().run, 1, "{name}");
            let struck = faulty.proxy.struck();
            is_imported_once(&faulty, &name, &format!("{name}: {:?}", faulty.proxy.operations())).await;
            if struck == 0 {
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_of_a_failed_worker_is_run_after_its_lease() {
    let faulty = FaultyProcess::start().await;
    for fault in [Fault::Throttled, Fault::Lost] {
        for from in 0.. {
            let name = format!("again-{fault:?}-{from}").to_lowercase();
            submitted(&faulty, &name, LOG).await;
            faulty.proxy.plan(Plan { fault, operation: None, from, times: usize::MAX });
            let first = worker::run_due(&faulty.failing()).await;
            let (struck, context) = (faulty.proxy.struck(), format!("{name}: {:?}", faulty.proxy.operations()));
            faulty.proxy.recover();
            if struck == 0 {
                assert_eq!(first.unwrap().run, 1, "{context}");
                break;
            }
            // The lease is over by then, whichever request failed.
            worker::run_due(&later(&faulty.failing(), 16)).await.unwrap();
            is_imported_once(&faulty, &name, &context).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_could_not_be_read_is_released_at_once() {
    let faulty = FaultyProcess::start().await;
    let path = Action::SubmitLongBuild.prepare(&faulty, "given-back").await;
    let accepted = Action::SubmitLongBuild.perform(&faulty, &faulty.direct, &path, "given-back").await;
    assert_eq!(accepted.status, 202);
    faulty.proxy.plan(Plan { fault: Fault::Throttled, operation: Some("BatchGetItem"), from: 0, times: usize::MAX });
    assert_eq!(worker::run_due(&faulty.failing()).await.unwrap().run, 0);
    assert!(faulty.proxy.struck() > 0);
    faulty.proxy.recover();
    let everything = faulty.documents().await;
    let task = everything.iter().find(|((table, key), _)| *table == "task" && key.len() == 24);
    assert_eq!(worker::run_due(&faulty.failing()).await.unwrap().run, 1, "{:?} {task:?}", faulty.proxy.operations());
    assert_eq!(faulty.result("/build", "job=given-back").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_task_keeps_its_parts_when_the_answer_of_its_write_is_lost() {
    let faulty = FaultyProcess::start().await;
    let path = Action::SubmitLongBuild.prepare(&faulty, "parts").await;
    for from in 0.. {
        faulty.proxy.plan(Plan { fault: Fault::Lost, operation: Some("PutItem"), from, times: 1 });
        let accepted = Action::SubmitLongBuild.perform(&faulty, &faulty.failing(), &path, "parts").await;
        assert_eq!(accepted.status, 202);
        if faulty.proxy.struck() == 0 {
            break;
        }
        let pending = Selection { filter: Filter::equals("pending", "yes"), ..Selection::default() };
        let tasks = faulty.direct.reader().list(&TASK, &pending).await.unwrap();
        assert_eq!(tasks.len(), from + 1);
        assert!(tasks.iter().all(|task| matches!(task.get("work"), Some(Value::Map(_)))), "request {from}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_token_is_returned_although_every_store_answer_is_lost() {
    let faulty = FaultyProcess::start().await;
    faulty.proxy.plan(Plan { fault: Fault::Lost, operation: Some("TransactWriteItems"), from: 0, times: usize::MAX });
    let made = Action::MakeToken.perform(&faulty, &faulty.failing(), "/token", "lost").await;
    assert_eq!(made.status, 201, "{made:?}");
    Action::MakeToken.is_done(&faulty, &made, "lost", "lost").await;
    assert_eq!(faulty.result("/token", "").await.iter().filter(|token| token["username"] == "lost").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_failed_at_its_last_query_can_be_repeated() {
    let faulty = FaultyProcess::start().await;
    let path = Action::DeleteJob.prepare(&faulty, "end").await;
    // The job is deleted. The last query of the deletion, for late documents, fails.
    faulty.proxy.plan(Plan { fault: Fault::Throttled, operation: Some("Query"), from: 3, times: usize::MAX });
    let first = Action::DeleteJob.perform(&faulty, &faulty.failing(), &path, "end").await;
    first.is_busy("the last query");
    assert_eq!(faulty.result("/job", "job=end").await.len(), 0);
    faulty.proxy.recover();
    let late = json!({"_id": {"$oid": "5e79f370f870c5da21eece01"}, "job": "end", "kernel": "v1", "created_on": {"$date": 5},
                      "job_id": {"$oid": path.trim_start_matches("/job/")}});
    faulty.direct.store.load(&kernelci::collections::BUILD, kernelci_tests::document(late)).await.unwrap();
    let again = Action::DeleteJob.perform(&faulty, &faulty.failing(), &path, "end").await;
    assert_eq!(again.status, 200);
    Action::DeleteJob.is_done(&faulty, &again, "end", "repeated").await;
    assert_eq!(Action::DeleteJob.perform(&faulty, &faulty.failing(), &path, "end").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_times_out_is_retried() {
    const SHORT_ATTEMPT: RetryPolicy = RetryPolicy { attempt: Duration::from_secs(1), ..SHORT };
    let faulty = FaultyProcess::start().await;
    for operation in ["GetItem", "TransactWriteItems"] {
        let name = operation.to_lowercase();
        let path = Action::SetStatus.prepare(&faulty, &name).await;
        faulty.proxy.plan(Plan { fault: Fault::Silent, operation: Some(operation), from: 0, times: 1 });
        let answer = Action::SetStatus.perform(&faulty, &faulty.with_retry_policy(SHORT_ATTEMPT), &path, &name).await;
        assert_eq!((faulty.proxy.struck(), answer.status), (1, 200), "{operation}");
        Action::SetStatus.is_done(&faulty, &answer, &name, operation).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_store_is_answered_503() {
    let faulty = FaultyProcess::start().await;
    faulty.proxy.plan(Plan { fault: Fault::Silent, operation: None, from: 0, times: usize::MAX });
    let short_limits =
        RetryPolicy { attempt: Duration::from_millis(500), request: Duration::from_millis(1_300), ..SHORT };
    let answer = Action::SetStatus.perform(&faulty, &faulty.with_retry_policy(short_limits), "/job", "x").await;
    answer.is_busy("by the client");
    assert!(faulty.proxy.struck() > 1, "{:?}", faulty.proxy.operations());
    // The time limit of the request holds although that of the client is longer.
    let mut services = faulty.with_retry_policy(RetryPolicy {
        attempt: Duration::from_secs(3_600),
        request: Duration::from_secs(3_600),
        ..SHORT
    });
    services.limits = Limits { time: Duration::from_millis(100), ..services.limits };
    Action::SetStatus.perform(&faulty, &services, "/job", "x").await.is_busy("by the request");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_always_throttled_is_answered_503() {
    let faulty = FaultyProcess::start().await;
    let path = Action::BuildLogs.prepare(&faulty, "batch").await;
    faulty.proxy.plan(Plan { fault: Fault::Throttled, operation: Some("BatchGetItem"), from: 0, times: usize::MAX });
    Action::BuildLogs.perform(&faulty, &faulty.failing(), &path, "batch").await.is_busy("read");
    assert!(faulty.proxy.struck() >= 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_always_conflicts_is_answered_503() {
    let faulty = FaultyProcess::start().await;
    let path = Action::SetStatus.prepare(&faulty, "conflict").await;
    let before = faulty.documents().await;
    faulty.proxy.plan(Plan { fault: Fault::Conflict, operation: None, from: 0, times: usize::MAX });
    Action::SetStatus.perform(&faulty, &faulty.failing(), &path, "conflict").await.is_busy("conflict");
    assert!(faulty.proxy.struck() > 3);
    assert_eq!(faulty.documents().await, before);
}

/// The client's time limit is below that of the request, the request's below that of the function, and the function's
/// below that of API Gateway.
#[test]
fn each_time_limit_is_below_that_of_its_caller() {
    let template = std::fs::read_to_string(kernelci_tests::root().join("template.yaml")).unwrap();
    let globals = template.split("\nResources:").next().unwrap();
    let timeout = globals.lines().find_map(|line| line.trim().strip_prefix("Timeout: ")).unwrap();
    let function = Duration::from_secs(timeout.parse().unwrap());
    let gateway = Duration::from_secs(30);
    assert!(function < gateway);
    assert!(Limits::LAMBDA.time + Duration::from_secs(2) <= function, "the function needs time to write the answer");
    for retry_policy in [RetryPolicy::STORE, RetryPolicy::FILES] {
        assert!(retry_policy.request < Limits::LAMBDA.time);
        assert!(retry_policy.connect < retry_policy.attempt);
        assert!(
            retry_policy.attempt * 2 + retry_policy.first_pause <= retry_policy.request,
            "a second attempt fits into the request's time after one that times out"
        );
        let pauses = (0..retry_policy.attempts - 1)
            .map(|nth| (retry_policy.first_pause * (1 << nth)).min(retry_policy.longest_pause));
        assert!(pauses.sum::<Duration>() < retry_policy.request, "all retries fit into the request's time");
    }
    assert!(RetryPolicy::STORE.request * 2 < Limits::LAMBDA.time, "the token's request and one more fit into the time");
    assert!(RetryPolicy::EMBEDDED.request < Limits::LOCAL.time);
}
