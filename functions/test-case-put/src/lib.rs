//! `PUT /test/case/{id}`: changes a test case.

use kernelci::{
    domain::test::{CaseChanges, Ownership, change_case},
    error::Error,
    http::{Function, Reply, Request},
    identifiers::Identifiers,
    store::{Tasks, Writer},
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function = Function {
    name: "test-case-put",
    handle: |request, services| Box::pin(handle(request, services.writer(), services.tasks(), services.identifiers)),
};

/// Answers a request.
///
/// # Errors
/// The id is missing, the body is invalid, the case or group does not exist, the results belong to another lab, or the
/// store fails.
pub async fn handle(
    request: &Request,
    writer: Writer<'_>,
    tasks: Tasks<'_>,
    identifiers: Identifiers,
) -> Result<Reply, Error> {
    let body = request.json_object()?;
    request.named("No ID specified")?;
    let changes = CaseChanges::read(body)?;
    let id = request.document_id()?;
    Ownership::of(*writer, &request.caller).await?.of_changed_case(id, &changes).await?;
    let existed = change_case(writer, tasks, identifiers, id, &changes, request.now).await?;
    Ok(request.updated(existed)?.with_warnings(changes.warnings))
}
