//! Deletes documents past their retention. A schedule for each retention rule starts it with the rule in its input.

use kernelci::{
    domain::cleanup::{self, Rule},
    error::Error,
    lambda::{log_to_standard_output, services_of_store},
    services::Services,
};
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::{Value as Json, json};

/// The function's name.
pub const NAME: &str = "cleanup";

/// Runs until Lambda ends the process.
///
/// # Errors
/// A variable is missing in the environment, or the runtime API of Lambda cannot be reached.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    log_to_standard_output();
    let services = &services_of_store().await?;
    let answer = move |event: LambdaEvent<Json>| async move {
        Ok::<_, lambda_runtime::Error>(handle(&event.payload, services).await?)
    };
    lambda_runtime::run(service_fn(answer)).await
}

/// Runs the rule in an event such as `{"rule": "job", "days": 90}`. Returns the number of deleted documents, and
/// whether more are left.
///
/// # Errors
/// The event names no rule, or the store or the storage fails.
pub async fn handle(event: &Json, services: &Services) -> Result<Json, Error> {
    let wrong = || Error::Internal(format!("no rule of cleanup: {event}"));
    let cleaned = cleanup::run(services, rule(event).ok_or_else(wrong)?, services.clock.now()).await?;
    Ok(json!({ "deleted": cleaned.deleted, "more": cleaned.more }))
}

fn rule(event: &Json) -> Option<Rule> {
    let days = event.get("days")?.as_u64()?;
    Rule::named(event.get("rule")?.as_str()?, u32::try_from(days).ok()?)
}
