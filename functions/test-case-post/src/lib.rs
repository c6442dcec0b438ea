//! `POST /test/case`: adds a test case to its group.

use kernelci::{
    domain::test::{NewCase, Ownership, add_case},
    error::Error,
    http::{Form, Function, Reply, Request},
    identifiers::Identifiers,
    store::{Tasks, Writer},
    value::{Document, Value},
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function = Function {
    name: "test-case-post",
    handle: |request, services| Box::pin(handle(request, services.writer(), services.tasks(), services.identifiers)),
};

/// Answers a request.
///
/// # Errors
/// What is wrong with the body, no such group, results of a lab that is not the caller's, or a failure of the store.
pub async fn handle(
    request: &Request,
    writer: Writer<'_>,
    tasks: Tasks<'_>,
    identifiers: Identifiers,
) -> Result<Reply, Error> {
    let case = NewCase::read(request.json_object()?)?;
    if request.form() == Form::One {
        return Err(Error::Invalid("To update a test case, use a PUT request".to_owned()));
    }
    Ownership::of(*writer, &request.caller).await?.of_new_case(&case).await?;
    let id = add_case(writer, tasks, identifiers, &case, request.now).await?;
    let result: Document = [("_id".to_owned(), Value::Id(id))].into();
    let reason = format!("Test case '{}' created", case.name());
    let location = request.location_of("/test/case", &id.to_string());
    Ok(Reply::created(location, Some(reason), vec![result]).with_warnings(case.warnings))
}
