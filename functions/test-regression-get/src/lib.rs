//! `GET /test/regression`: test regressions.

use kernelci::{
    collections::TEST_REGRESSION,
    domain::documents,
    error::Error,
    http::{Form, Function, Reply, Request},
    store::Reader,
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function =
    Function { name: "test-regression-get", handle: |request, services| Box::pin(handle(request, services.reader())) };

/// Answers a request.
///
/// # Errors
/// An argument that cannot be used, no such document, or a failure of the store.
pub async fn handle(request: &Request, reader: Reader<'_>) -> Result<Reply, Error> {
    let arguments = request.arguments()?;
    if request.form() == Form::One {
        let found = documents::one(reader, &TEST_REGRESSION, request.document_id()?, &arguments).await?;
        return found.map(Reply::one).ok_or_else(|| request.not_found());
    }
    Ok(documents::list(reader, &TEST_REGRESSION, &arguments, request.now).await?.into())
}
