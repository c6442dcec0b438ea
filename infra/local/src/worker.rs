//! The worker of the local process. It runs accepted tasks and those that a killed process left unfinished.

use std::{sync::Arc, time::Duration};

use kernelci::{services::Services, worker};
use tokio::sync::{Notify, watch};

/// The maximum sleep of the worker. Postponed tasks become due meanwhile.
const NAP: Duration = Duration::from_secs(1);
/// The pause after a failure of the store.
const MAX_NAP: Duration = Duration::from_secs(16);

/// Runs tasks until `stop` completes, then finishes the running ones.
///
/// No other process takes tasks of this store. A task that is taken while this worker sleeps was therefore left by a
/// killed process, or by this one when the store failed to end it.
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
