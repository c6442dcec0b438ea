//! `POST /send`: takes a report to be sent, when it is due.

use kernelci::{
    domain::send,
    error::Error,
    http::{Function, Reply, Request},
    store::Tasks,
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function =
    Function { name: "send-post", handle: |request, services| Box::pin(handle(request, services.tasks())) };

/// Answers a request.
///
/// # Errors
/// What is wrong with the body, the same request within a day, or a failure of the store.
pub async fn handle(request: &Request, tasks: Tasks<'_>) -> Result<Reply, Error> {
    let wanted = send::Request::read(request.json_object()?)?;
    let reason = send::accept(tasks, &wanted, request.now).await?;
    Ok(Reply::accepted(reason).with_warnings(wanted.warnings))
}
