//! `DELETE /build/{id}`: deletes a build with its logs.

use kernelci::{
    domain::build,
    error::Error,
    http::{Function, Reply, Request},
    store::Deleter,
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function =
    Function { name: "build-delete", handle: |request, services| Box::pin(handle(request, services.deleter())) };

/// Answers a request.
///
/// # Errors
/// No id, no such build, or a failure of the store.
pub async fn handle(request: &Request, deleter: Deleter<'_>) -> Result<Reply, Error> {
    let id = request.named_id("No ID value specified")?;
    request.deleted(build::delete(deleter, id, request.now).await?)
}
