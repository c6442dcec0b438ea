//! Runs accepted tasks. The stream of the task table starts it, and a schedule for tasks that are due later or were
//! missed.

use kernelci::{
    error::Error,
    lambda::{log_to_standard_output, services_with_files_and_mail},
    services::Services,
    value::ObjectId,
    worker,
};
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::{Value as Json, json};

/// The function's name.
pub const NAME: &str = "task-worker";

/// Runs until Lambda ends the process.
///
/// # Errors
/// A variable is missing in the environment, or the runtime API of Lambda cannot be reached.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    log_to_standard_output();
    let services = &services_with_files_and_mail().await?;
    let answer = move |event: LambdaEvent<Json>| async move {
        Ok::<_, lambda_runtime::Error>(handle(&event.payload, services).await?)
    };
    lambda_runtime::run(service_fn(answer)).await
}

/// Runs the tasks in an event of the stream, or all due tasks where the event names none. Returns the records whose
/// tasks could not be leased or ended; the stream sends them again.
///
/// # Errors
/// The store fails while the due tasks are listed.
pub async fn handle(event: &Json, services: &Services) -> Result<Json, Error> {
    let mut failures = Vec::new();
    let Some(records) = event.get("Records").and_then(Json::as_array) else {
        worker::run_due(services).await?;
        return Ok(json!({ "batchItemFailures": failures }));
    };
    for record in records {
        if let Some(id) = task_id(record)
            && worker::run(services, id).await.is_err()
        {
            failures.push(json!({ "itemIdentifier": record.pointer("/dynamodb/SequenceNumber") }));
        }
    }
    Ok(json!({ "batchItemFailures": failures }))
}

// Keys that are not ids belong to the parts of long tasks.
fn task_id(record: &Json) -> Option<ObjectId> {
    record.pointer("/dynamodb/Keys/_id/S")?.as_str()?.parse().ok()
}
