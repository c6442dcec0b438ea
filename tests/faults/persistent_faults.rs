//! Faults that last: the answer is a 503 that says when to try again, nothing is half-written, and the same request is done
//! once the store is well.

use futures_util::future::join_all;

use crate::{
    actions::{ACTIONS, Action},
    faulty_process::Faulty,
    proxy::{Fault, Plan},
};

async fn every_request_fails_from_one_on(faulty: Faulty, action: Action, fault: Fault) {
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
        // What is done after the answer is decided, such as clearing parts away, does not change the answer.
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
        // What is deleted before something fails is not there to be deleted again.
        let is_gone = format!("{action:?}").starts_with("Delete") && again.status == 404;
        assert!(again.status == action.success() || is_gone, "{context}: {again:?}");
        action.is_done(&faulty, &again, &name, &context).await;
    }
}

async fn lasting(fault: Fault, is_sqlite: bool) {
    // Two are slow to check, and of interest where their parts are written.
    let actions = ACTIONS.into_iter().filter(|action| match action {
        Action::SubmitLongBuild => fault == Fault::Throttled,
        Action::SubmitLargeGroup => fault == Fault::Lost,
        _ => true,
    });
    let perform = |action| async move {
        let faulty = if is_sqlite { Faulty::sqlite().await } else { Faulty::start().await };
        every_request_fails_from_one_on(faulty, action, fault).await;
    };
    join_all(actions.map(|action| tokio::spawn(perform(action)))).await.into_iter().for_each(Result::unwrap);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_throttles_is_busy() {
    lasting(Fault::Throttled, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_gone_is_busy() {
    lasting(Fault::Closed, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_whose_answers_are_lost_is_busy() {
    lasting(Fault::Lost, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_is_busy() {
    lasting(Fault::Throttled, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_when_all_is_written_is_busy() {
    lasting(Fault::Lost, true).await;
}
