//! `DELETE /build/{id}`: deletes a build with its logs.

use kernelci::{
    domain::build,
    error::Error,
    http::{Form, Function, Reply, Request},
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
    if request.form() == Form::All {
        return Err(Error::Invalid("No ID value specified".to_owned()));
    }
    match build::delete(deleter, request.document_id()?, request.now).await? {
        true => Ok(request.deleted()),
        false => Err(request.not_found()),
    }
}
