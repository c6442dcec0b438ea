//! `POST /job`: sets the status of a job.

use kernelci::{
    domain::job::{self, StatusUpdate},
    error::Error,
    http::{Function, Reply, Request},
    identifiers::Identifiers,
    store::{Tasks, Writer},
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function = Function {
    name: "job-post",
    handle: |request, services| Box::pin(handle(request, services.writer(), services.tasks(), services.identifiers)),
};

/// Answers a request.
///
/// # Errors
/// The body is invalid, the job does not exist, or the store fails.
pub async fn handle(
    request: &Request,
    writer: Writer<'_>,
    tasks: Tasks<'_>,
    identifiers: Identifiers,
) -> Result<Reply, Error> {
    let update = StatusUpdate::read(request.json_object()?)?;
    let reason = job::update_status(writer, tasks, identifiers, &update, request.now).await?;
    Ok(Reply::done(reason).with_warnings(update.warnings))
}
