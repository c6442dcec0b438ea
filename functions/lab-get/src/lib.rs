//! `GET /lab`: labs, and one lab by its id or name.

use kernelci::{
    collections::LAB,
    domain::lab,
    error::Error,
    http::{Form, Function, Reply, Request, read_documents},
    query::{Selection, project},
    store::Reader,
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function =
    Function { name: "lab-get", handle: |request, services| Box::pin(handle(request, services.reader())) };

/// Answers a request.
///
/// # Errors
/// An argument is invalid, the lab does not exist, or the store fails.
pub async fn handle(request: &Request, reader: Reader<'_>) -> Result<Reply, Error> {
    if request.form() == Form::All {
        return read_documents(request, reader, &LAB).await;
    }
    let arguments = request.arguments()?;
    let found = lab::find(reader, request.parameter()).await?;
    request.found(found.map(|lab| project(&Selection::projection(&arguments), lab)))
}
