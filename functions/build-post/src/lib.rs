//! `POST /build`: takes a build, to be imported after the answer.

use kernelci::{
    domain::build::{self, BuildSubmission},
    error::Error,
    http::{Function, Reply, Request},
    identifiers::Identifiers,
    store::Tasks,
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function = Function {
    name: "build-post",
    handle: |request, services| Box::pin(handle(request, services.tasks(), services.identifiers)),
};

/// Answers a request.
///
/// # Errors
/// What is wrong with the body, or a failure of the store.
pub async fn handle(request: &Request, tasks: Tasks<'_>, identifiers: Identifiers) -> Result<Reply, Error> {
    let submission = BuildSubmission::read(request.json()?)?;
    build::submit(tasks, identifiers, &submission, request.now).await?;
    Ok(Reply::accepted("Request accepted and being imported").with_warnings(submission.warnings))
}
