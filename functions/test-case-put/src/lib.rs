//! `PUT /test/case/{id}`: changes a test case.

use kernelci::{
    domain::test::{CaseChanges, Ownership, change_case},
    error::Error,
    http::{Form, Function, Reply, Request},
    identifiers::Identifiers,
    store::{Tasks, Writer},
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function = Function {
    name: "test-case-put",
    handle: |request, services| Box::pin(handle(request, services.writer(), services.tasks(), services.identifiers)),
};

/// Answers a request.
///
/// # Errors
/// No id, what is wrong with the body, no such case or group, results of a lab that is not the caller's, or a failure of the store.
pub async fn handle(
    request: &Request,
    writer: Writer<'_>,
    tasks: Tasks<'_>,
    identifiers: Identifiers,
) -> Result<Reply, Error> {
    let body = request.json_object()?;
    if request.form() == Form::All {
        return Err(Error::Invalid("No ID specified".to_owned()));
    }
    let changes = CaseChanges::read(body)?;
    let id = request.document_id()?;
    Ownership::of(*writer, &request.caller).await?.of_changed_case(id, &changes).await?;
    match change_case(writer, tasks, identifiers, id, &changes, request.now).await? {
        true => Ok(request.updated().with_warnings(changes.warnings)),
        false => Err(request.not_found()),
    }
}
