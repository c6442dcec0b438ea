//! Transient faults: any one request of any action may fail once, and the caller sees no error.

use futures_util::future::join_all;

use crate::{
    actions::{ACTIONS, Action, waiting},
    faulty_process::FaultyProcess,
    proxy::{Fault, Plan},
};

const FAULTS: [Fault; 8] = [
    Fault::Exceeded,
    Fault::Foreign,
    Fault::Broken,
    Fault::Throttled,
    Fault::Closed,
    Fault::Lost,
    Fault::Conflict,
    Fault::Unprocessed,
];

async fn any_request_may_fail_once(action: Action) {
    let faulty = FaultyProcess::start().await;
    let mut performed = 0;
    let faults = match action {
        // These are slow, and only faults that concern their parts are of interest.
        Action::SubmitLongBuild | Action::SubmitLargeGroup => vec![Fault::Throttled, Fault::Lost],
        Action::SetStatus | Action::BuildLogs => FAULTS.to_vec(),
        // The client treats the first three faults alike.
        _ => FAULTS[2..].to_vec(),
    };
    for fault in faults {
        for from in 0.. {
            let name = format!("{action:?}-{fault:?}-{from}").to_lowercase();
            let path = action.prepare(&faulty, &name).await;
            let (before, tokens) = (waiting(&faulty).await, faulty.result("/token", "").await.len());
            faulty.proxy.plan(Plan { fault, operation: None, from, times: 1 });
            let answer = action.perform(&faulty, &faulty.failing(), &path, &name).await;
            let (struck, operations) = (faulty.proxy.struck(), faulty.proxy.operations());
            let context = format!("{name}: {operations:?} {answer:?}");
            assert_eq!(answer.status, action.success(), "{context}");
            let added = match action {
                Action::SetStatus | Action::SubmitBuild | Action::SubmitLongBuild => 1,
                Action::SubmitGroup | Action::SubmitLargeGroup => 1,
                _ => 0,
            };
            assert_eq!(waiting(&faulty).await, before + added, "{context}");
            action.is_done(&faulty, &answer, &name, &context).await;
            let changed = match action {
                Action::MakeToken => tokens + 1,
                Action::DeleteToken => tokens - 1,
                _ => tokens,
            };
            assert_eq!(faulty.result("/token", "").await.len(), changed, "{context}");
            if struck == 0 {
                break;
            }
            performed += 1;
        }
    }
    // Each action reads at least the token.
    assert!(performed >= 2, "{action:?}: {performed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transient_fault_is_hidden_from_the_caller() {
    join_all(ACTIONS.map(|action| tokio::spawn(any_request_may_fail_once(action))))
        .await
        .into_iter()
        .for_each(Result::unwrap);
}
