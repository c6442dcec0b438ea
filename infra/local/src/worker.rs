//! The worker, in the same process: it does what was accepted, and what a killed process left behind.

use std::{sync::Arc, time::Duration};

use kernelci::{domain::task, services::Services};
use tokio::sync::{Notify, watch};

/// How long the worker sleeps where nothing wakes it: tasks that were put off are due then.
const NAP: Duration = Duration::from_secs(1);

/// Works until `stop` says so, and then ends what it has begun.
pub async fn work(services: Services, bell: Arc<Notify>, mut stop: watch::Receiver<bool>) {
    if let Err(error) = services.store.free_tasks().await {
        tracing::error!(%error, "tasks that were left behind cannot be freed");
    }
    while !*stop.borrow() {
        match task::run_due(&services).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => tracing::error!(%error, "the tasks that are due cannot be found"),
        }
        tokio::select! {
            () = bell.notified() => {}
            () = tokio::time::sleep(NAP) => {}
            _ = stop.changed() => {}
        }
    }
}
