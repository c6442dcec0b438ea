//! `DELETE /build/{id}`: deletes a build with its logs.

use kernelci::{
    domain::build,
    error::Error,
    http::{Function, Reply, Request},
    store::Deleter,
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function =
    Function { name: "build-delete", handle: |request, services| Box::pin(handle(request, services.deleter())) };

/// Answers a request.
///
/// # Errors
/// The id is missing or invalid, the build does not exist, or the store fails.
pub async fn handle(request: &Request, deleter: Deleter<'_>) -> Result<Reply, Error> {
    let id = request.named_id("No ID value specified")?;
    request.deleted(build::delete(deleter, id, request.now).await?)
}
