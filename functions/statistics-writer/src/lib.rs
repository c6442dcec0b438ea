//! Writes the statistics of the previous day. A schedule starts it once a day.

use kernelci::{
    domain::statistics,
    error::Error,
    lambda::{log_to_standard_output, services_of_store},
    services::Services,
};
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::{Value as Json, json};

/// The function's name.
pub const NAME: &str = "statistics-writer";

/// Runs until Lambda ends the process.
///
/// # Errors
/// A variable is missing in the environment, or the runtime API of Lambda cannot be reached.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    log_to_standard_output();
    let services = &services_of_store().await?;
    let answer = move |_: LambdaEvent<Json>| async move { Ok::<_, lambda_runtime::Error>(handle(services).await?) };
    lambda_runtime::run(service_fn(answer)).await
}

/// Writes the statistics of every past day that has none. The contents of the event are ignored. Returns the number of
/// these days.
///
/// # Errors
/// The store fails.
pub async fn handle(services: &Services) -> Result<Json, Error> {
    let written = statistics::write_due(services.writer(), services.clock.now()).await?;
    Ok(json!({ "days": written }))
}
