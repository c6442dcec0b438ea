//! `POST /bisect`: takes the result of a bisection, to be stored after the answer.

use kernelci::{
    domain::bisect::{self, BisectionResult},
    error::Error,
    http::{Function, Reply, Request},
    identifiers::Identifiers,
    store::Tasks,
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function = Function {
    name: "bisect-post",
    handle: |request, services| Box::pin(handle(request, services.tasks(), services.identifiers)),
};

/// Answers a request.
///
/// # Errors
/// What is wrong with the body, or a failure of the store.
pub async fn handle(request: &Request, tasks: Tasks<'_>, identifiers: Identifiers) -> Result<Reply, Error> {
    let submission = BisectionResult::read(request.json_object()?)?;
    bisect::submit(tasks, identifiers, &submission, request.now).await?;
    Ok(Reply::accepted("Request accepted and being imported").with_warnings(submission.warnings))
}
