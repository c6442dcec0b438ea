//! `PUT /test/group/{id}`: changes a test group.

use kernelci::{
    domain::test::{GroupChanges, Ownership, change_group},
    error::Error,
    http::{Form, Function, Reply, Request},
    store::Writer,
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function =
    Function { name: "test-group-put", handle: |request, services| Box::pin(handle(request, services.writer())) };

/// Answers a request.
///
/// # Errors
/// No id, what is wrong with the body, no such group, results of a lab that is not the caller's, or a failure of the store.
pub async fn handle(request: &Request, writer: Writer<'_>) -> Result<Reply, Error> {
    let body = request.json_object()?;
    if request.form() == Form::All {
        return Err(Error::Invalid("No ID specified".to_owned()));
    }
    let changes = GroupChanges::read(body)?;
    let id = request.document_id()?;
    Ownership::of(*writer, &request.caller).await?.of_changed_group(id).await?;
    match change_group(writer, id, &changes).await? {
        true => Ok(request.updated().with_warnings(changes.warnings)),
        false => Err(request.not_found()),
    }
}
