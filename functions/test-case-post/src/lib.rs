//! `POST /test/case`: adds a test case to its group.

use kernelci::{
    domain::test::{NewCase, Ownership, add_case},
    error::Error,
    http::{Function, Reply, Request},
    identifiers::Identifiers,
    store::{Tasks, Writer},
    value::{Document, Value},
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function = Function {
    name: "test-case-post",
    handle: |request, services| Box::pin(handle(request, services.writer(), services.tasks(), services.identifiers)),
};

/// Answers a request.
///
/// # Errors
/// The body is invalid, the group does not exist, the results belong to another lab, or the store fails.
pub async fn handle(
    request: &Request,
    writer: Writer<'_>,
    tasks: Tasks<'_>,
    identifiers: Identifiers,
) -> Result<Reply, Error> {
    let case = NewCase::read(request.json_object()?)?;
    request.nameless("To update a test case, use a PUT request")?;
    Ownership::of(*writer, &request.caller).await?.of_new_case(&case).await?;
    let id = add_case(writer, tasks, identifiers, &case, request.now).await?;
    let result: Document = [("_id".to_owned(), Value::Id(id))].into();
    let reason = format!("Test case '{}' created", case.name());
    let location = request.location_of("/test/case", &id.to_string());
    Ok(Reply::created(location, Some(reason), vec![result]).with_warnings(case.warnings))
}
