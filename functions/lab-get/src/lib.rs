//! `GET /lab`: labs, and one lab by its id or name.

use kernelci::{
    collections::LAB,
    domain::{documents, lab},
    error::Error,
    http::{Form, Function, Reply, Request},
    query::{Selection, project},
    store::Reader,
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function =
    Function { name: "lab-get", handle: |request, services| Box::pin(handle(request, services.reader())) };

/// Answers a request.
///
/// # Errors
/// An argument that cannot be used, no such lab, or a failure of the store.
pub async fn handle(request: &Request, reader: Reader<'_>) -> Result<Reply, Error> {
    let arguments = request.arguments()?;
    if request.form() == Form::All {
        return Ok(documents::list(reader, &LAB, &arguments, request.now).await?.into());
    }
    let found = lab::find(reader, request.parameter()).await?;
    let found = found.ok_or_else(|| request.not_found())?;
    Ok(Reply::one(project(&Selection::projection(&arguments), found)))
}
