//! `GET /test/case`: test cases, and the distinct values of a field.

use kernelci::{
    collections::TEST_CASE,
    domain::documents,
    error::Error,
    http::{Form, Function, Reply, Request},
    store::Reader,
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function =
    Function { name: "test-case-get", handle: |request, services| Box::pin(handle(request, services.reader())) };

/// Answers a request.
///
/// # Errors
/// An argument that cannot be used, no such document, or a failure of the store.
pub async fn handle(request: &Request, reader: Reader<'_>) -> Result<Reply, Error> {
    let (arguments, field) = (request.arguments()?, request.parameter());
    match request.form() {
        Form::One => {
            let found = documents::one(reader, &TEST_CASE, request.document_id()?, &arguments).await?;
            found.map(Reply::one).ok_or_else(|| request.not_found())
        }
        Form::Distinct => {
            Ok(Reply::values(documents::distinct(reader, &TEST_CASE, field, &arguments, request.now).await?))
        }
        Form::CountDistinct => {
            let count = documents::count_distinct(reader, &TEST_CASE, field, &arguments, request.now).await?;
            Ok(Reply::one(count))
        }
        _ => Ok(documents::list(reader, &TEST_CASE, &arguments, request.now).await?.into()),
    }
}
