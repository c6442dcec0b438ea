//! Faults that persist: the answer is a 503 with `Retry-After`, nothing is written in part, and the same request
//! succeeds once the store works again.

use futures_util::future::join_all;

use crate::{
    actions::{ACTIONS, Action},
    faulty_process::FaultyProcess,
    proxy::{Fault, Plan},
};

async fn fail_all_requests_from_each_on(faulty: FaultyProcess, action: Action, fault: Fault) {
    for from in 0.. {
        let name = format!("{action:?}-{fault:?}-{from}").to_lowercase();
        let path = action.prepare(&faulty, &name).await;
        let before = faulty.documents().await;
        faulty.proxy.plan(Plan { fault, operation: None, from, times: usize::MAX });
        let answer = action.perform(&faulty, &faulty.failing(), &path, &name).await;
        let (struck, context) = (faulty.proxy.struck(), format!("{name}: {:?}", faulty.proxy.operations()));
        faulty.proxy.recover();
        if struck == 0 {
            assert_eq!(answer.status, action.success(), "{context}");
            break;
        }
        // A failure after the answer is decided, such as in deleting old parts, does not change the answer.
        if answer.status == action.success() {
            action.is_done(&faulty, &answer, &name, &context).await;
            continue;
        }
        answer.is_busy(&context);
        action.is_whole(&faulty, &name, &context).await;
        let is_refused = matches!(fault, Fault::Throttled | Fault::Exceeded | Fault::Closed);
        let is_one_write = matches!(
            action,
            Action::SetStatus
                | Action::SubmitBuild
                | Action::MakeToken
                | Action::ChangeToken
                | Action::DeleteToken
                | Action::SubmitGroup
                | Action::Upload
        );
        if action.is_read() || (is_refused && is_one_write) {
            assert_eq!(faulty.documents().await, before, "{context}");
        }
        let again = action.perform(&faulty, &faulty.failing(), &path, &name).await;
        // The deletion may have been performed before the failure; then its repetition finds nothing.
        let is_gone = format!("{action:?}").starts_with("Delete") && again.status == 404;
        assert!(again.status == action.success() || is_gone, "{context}: {again:?}");
        action.is_done(&faulty, &again, &name, &context).await;
    }
}

async fn every_action_survives(fault: Fault, is_sqlite: bool) {
    // Two actions are slow. Each runs with the one fault that concerns its parts.
    let actions = ACTIONS.into_iter().filter(|action| match action {
        Action::SubmitLongBuild => fault == Fault::Throttled,
        Action::SubmitLargeGroup => fault == Fault::Lost,
        _ => true,
    });
    let perform = |action| async move {
        let faulty = if is_sqlite { FaultyProcess::sqlite().await } else { FaultyProcess::start().await };
        fail_all_requests_from_each_on(faulty, action, fault).await;
    };
    join_all(actions.map(|action| tokio::spawn(perform(action)))).await.into_iter().for_each(Result::unwrap);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttling_store_is_answered_503() {
    every_action_survives(Fault::Throttled, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_store_is_answered_503() {
    every_action_survives(Fault::Closed, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_answers_of_the_store_are_answered_503() {
    every_action_survives(Fault::Lost, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_before_the_write_is_answered_503() {
    every_action_survives(Fault::Throttled, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_after_the_write_is_answered_503() {
    every_action_survives(Fault::Lost, true).await;
}
