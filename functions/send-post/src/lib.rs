//! `POST /send`: accepts a request for a report, which the worker sends when it is due.

use kernelci::{
    domain::send,
    error::Error,
    http::{Function, Reply, Request},
    store::Tasks,
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function =
    Function { name: "send-post", handle: |request, services| Box::pin(handle(request, services.tasks())) };

/// Answers a request.
///
/// # Errors
/// The body is invalid, an equal request was accepted within a day, or the store fails.
pub async fn handle(request: &Request, tasks: Tasks<'_>) -> Result<Reply, Error> {
    let wanted = send::Request::read(request.json_object()?)?;
    let reason = send::accept(tasks, &wanted, request.now).await?;
    Ok(Reply::accepted(reason).with_warnings(wanted.warnings))
}
