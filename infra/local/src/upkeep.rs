//! The scheduled work in the local process: daily statistics and hourly cleanup.

use std::time::Duration;

use kernelci::{
    domain::{
        cleanup::{self, Rule},
        statistics,
    },
    error::Error,
    services::Services,
    time::Timestamp,
};
use tokio::sync::watch;

/// The interval between checks for due work.
const NAP: Duration = Duration::from_secs(60);
/// The interval between runs of the rules, in milliseconds.
const HOUR: i64 = 60 * 60_000;

/// Runs the scheduled work until `stop` completes. Interrupted work continues at the next start.
pub async fn keep(services: Services, rules: Vec<Rule>, mut stop: watch::Receiver<bool>) {
    if *stop.borrow() {
        return;
    }
    tokio::select! {
        () = keep_on(&services, &rules) => {}
        _ = stop.changed() => {}
    }
}

async fn keep_on(services: &Services, rules: &[Rule]) {
    let (mut counted, mut cleaned): (_, Option<Timestamp>) = (None, None);
    loop {
        let now = services.clock.now();
        let last = statistics::last_day(now);
        if counted != Some(last) {
            match write_statistics(services, now).await {
                Ok(()) => counted = Some(last),
                Err(error) => tracing::error!(%error, "the statistics cannot be written"),
            }
        }
        if cleaned.is_none_or(|cleaned| cleaned.plus(HOUR) <= now) {
            cleaned = Some(now);
            clean(services, rules).await;
        }
        tokio::time::sleep(NAP).await;
    }
}

async fn write_statistics(services: &Services, now: Timestamp) -> Result<(), Error> {
    statistics::begin(services.writer(), now).await?;
    statistics::write_due(services.writer(), now).await?;
    Ok(())
}

/// Runs every rule until nothing is left to delete.
async fn clean(services: &Services, rules: &[Rule]) {
    for rule in rules {
        loop {
            match cleanup::run(services, *rule, services.clock.now()).await {
                // A run that deleted nothing would delete nothing again.
                Ok(cleaned) if cleaned.more && cleaned.deleted > 0 => {}
                Ok(_) => break,
                Err(error) => {
                    let rule = rule.of.collection().name;
                    tracing::error!(%error, rule, "old documents could not be deleted");
                    break;
                }
            }
        }
    }
}
