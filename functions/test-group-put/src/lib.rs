//! `PUT /test/group/{id}`: changes a test group.

use kernelci::{
    domain::test::{GroupChanges, Ownership, change_group},
    error::Error,
    http::{Function, Reply, Request},
    store::Writer,
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function =
    Function { name: "test-group-put", handle: |request, services| Box::pin(handle(request, services.writer())) };

/// Answers a request.
///
/// # Errors
/// The id is missing, the body is invalid, the group does not exist, the results belong to another lab, or the store
/// fails.
pub async fn handle(request: &Request, writer: Writer<'_>) -> Result<Reply, Error> {
    let body = request.json_object()?;
    request.named("No ID specified")?;
    let changes = GroupChanges::read(body)?;
    let id = request.document_id()?;
    Ownership::of(*writer, &request.caller).await?.of_changed_group(id).await?;
    let existed = change_group(writer, id, &changes).await?;
    Ok(request.updated(existed)?.with_warnings(changes.warnings))
}
