//! Does what was accepted: started by the stream of the task table, and by a schedule for what is due later or was left
//! behind.

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
/// The environment lacks something, or Lambda's runtime cannot be reached.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    log_to_standard_output();
    let services = &services_with_files_and_mail().await?;
    let answer = move |event: LambdaEvent<Json>| async move {
        Ok::<_, lambda_runtime::Error>(handle(&event.payload, services).await?)
    };
    lambda_runtime::run(service_fn(answer)).await
}

/// Runs the tasks that an event of the stream names, or those that are due where it names none. The answer names the
/// records whose tasks could not be taken or ended: the stream brings them again.
///
/// # Errors
/// The store fails to name the tasks that are due.
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

// Keys that are no ids belong to the parts of long tasks.
fn task_id(record: &Json) -> Option<ObjectId> {
    record.pointer("/dynamodb/Keys/_id/S")?.as_str()?.parse().ok()
}
