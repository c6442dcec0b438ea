//! `POST /build`: accepts a build, which the worker imports.

use kernelci::{
    domain::build::{self, Submission},
    error::Error,
    http::{Function, Reply, Request},
    identifiers::Identifiers,
    store::Tasks,
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function = Function {
    name: "build-post",
    handle: |request, services| Box::pin(handle(request, services.tasks(), services.identifiers)),
};

/// Answers a request.
///
/// # Errors
/// The body is invalid, or the store fails.
pub async fn handle(request: &Request, tasks: Tasks<'_>, identifiers: Identifiers) -> Result<Reply, Error> {
    let submission = Submission::read(request.json()?)?;
    build::submit(tasks, identifiers, &submission, request.now).await?;
    Ok(Reply::accepted("Request accepted and being imported").with_warnings(submission.warnings))
}
