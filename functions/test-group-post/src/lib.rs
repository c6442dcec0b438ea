//! `POST /test/group`: stores a test group with its cases and sub-groups.

use kernelci::{
    domain::test::{Importer, NewGroup, Ownership},
    error::Error,
    http::{Function, Reply, Request},
    value::{Document, Value},
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function = Function {
    name: "test-group-post",
    handle: |request, services| Box::pin(async move { handle(request, Importer::of(services)?).await }),
};

/// Answers a request.
///
/// # Errors
/// The body is invalid, the results belong to another lab, or the store fails.
pub async fn handle(request: &Request, importer: Importer<'_>) -> Result<Reply, Error> {
    let sent = NewGroup::read(request.json_object()?)?;
    request.nameless("To update a test group, use a PUT request")?;
    Ownership::of(**importer.documents, &request.caller).await?.of_new_group(&sent)?;
    let stored = importer.store(sent, request.now).await?;
    let result: Document = [("_id".to_owned(), Value::Id(stored.id))].into();
    let reason = format!("Test group '{}' created", stored.name);
    let location = request.location_of("/test/group", &stored.id.to_string());
    Ok(Reply::created(location, Some(reason), vec![result]).with_warnings(stored.warnings))
}
