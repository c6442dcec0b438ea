//! Writes the statistics of the day before: started by a schedule, once a day.

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
/// The environment lacks something, or Lambda's runtime cannot be reached.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    log_to_standard_output();
    let services = &services_of_store().await?;
    let answer = move |_: LambdaEvent<Json>| async move { Ok::<_, lambda_runtime::Error>(handle(services).await?) };
    lambda_runtime::run(service_fn(answer)).await
}

/// Writes the statistics of every day that is over and has none, whatever the event holds. The answer is how many days
/// those are.
///
/// # Errors
/// The store fails.
pub async fn handle(services: &Services) -> Result<Json, Error> {
    let written = statistics::write_due(services.writer(), services.clock.now()).await?;
    Ok(json!({ "days": written }))
}
