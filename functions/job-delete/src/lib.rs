//! `DELETE /job/{id}`: deletes a job with its builds and their logs.

use kernelci::{
    domain::job,
    error::Error,
    http::{Function, Reply, Request},
    store::Deleter,
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function =
    Function { name: "job-delete", handle: |request, services| Box::pin(handle(request, services.deleter())) };

/// Answers a request.
///
/// # Errors
/// No id, no such job, or a failure of the store.
pub async fn handle(request: &Request, deleter: Deleter<'_>) -> Result<Reply, Error> {
    let id = request.named_id("No ID value specified")?;
    request.deleted(job::delete(deleter, id).await?)
}
