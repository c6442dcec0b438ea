//! The worker, in the same process: it does what was accepted, and what a killed process left behind.

use std::{sync::Arc, time::Duration};

use kernelci::{services::Services, worker};
use tokio::sync::{Notify, watch};

/// How long the worker sleeps where nothing wakes it: tasks that were put off are due then.
const NAP: Duration = Duration::from_secs(1);
/// How long it sleeps where the store goes on refusing.
const MAX_NAP: Duration = Duration::from_secs(16);

/// Works until `stop` says so, and then ends what it has begun.
///
/// No other process takes tasks of this store, so one that is taken while this worker sleeps was left behind: by a
/// process that is gone, or by this one when the store refused to have it ended.
pub async fn work(services: Services, wake_worker: Arc<Notify>, mut stop: watch::Receiver<bool>) {
    let mut nap = NAP;
    let mut left_behind = true;
    while !*stop.borrow() {
        if left_behind {
            match services.store.free_tasks().await {
                Ok(()) => left_behind = false,
                Err(error) => tracing::error!(%error, "tasks that were left behind cannot be freed"),
            }
        }
        match worker::run_due(&services).await {
            Ok(tasks) => {
                left_behind |= tasks.left > 0;
                if tasks.left == 0 && tasks.run > 0 {
                    continue;
                }
            }
            Err(error) => tracing::error!(%error, "the tasks that are due cannot be found"),
        }
        nap = if left_behind { (nap * 2).min(MAX_NAP) } else { NAP };
        tokio::select! {
            () = wake_worker.notified() => {}
            () = tokio::time::sleep(nap) => {}
            _ = stop.changed() => {}
        }
    }
}
