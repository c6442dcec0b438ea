//! Does what was accepted: started by the stream of the task table, and by a schedule for what is due later or was left
//! behind.

use kernelci::{
    domain::task,
    error::Error,
    lambda::{log_to_standard_output, services_with_files},
    services::Services,
    value::ObjectId,
};
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value as Json;

/// The function's name.
pub const NAME: &str = "task-worker";

/// Runs until Lambda ends the process.
///
/// # Errors
/// The environment lacks something, or Lambda's runtime cannot be reached.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    log_to_standard_output();
    let services = &services_with_files()?;
    let answer = move |event: LambdaEvent<Json>| async move {
        Ok::<_, lambda_runtime::Error>(handle(&event.payload, services).await?)
    };
    lambda_runtime::run(service_fn(answer)).await
}

/// Runs the tasks that an event of the stream names, or those that are due where it names none.
///
/// # Errors
/// The store fails to name the tasks that are due.
pub async fn handle(event: &Json, services: &Services) -> Result<(), Error> {
    let records = event.get("Records").and_then(Json::as_array);
    let Some(records) = records else {
        task::run_due(services).await?;
        return Ok(());
    };
    for id in records.iter().filter_map(task_id) {
        task::run(services, id).await;
    }
    Ok(())
}

// Keys that are no ids belong to the parts of long tasks.
fn task_id(record: &Json) -> Option<ObjectId> {
    record.pointer("/dynamodb/Keys/_id/S")?.as_str()?.parse().ok()
}
