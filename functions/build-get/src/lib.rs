//! `GET /build`: builds, one build, the distinct values of a field, and build logs.

use kernelci::{
    collections::{BUILD, BUILD_LOGS},
    domain::{build, documents},
    error::Error,
    http::{Form, Function, Reply, Request},
    query::{Selection, project},
    store::Reader,
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function =
    Function { name: "build-get", handle: |request, services| Box::pin(handle(request, services.reader())) };

/// Answers a request.
///
/// # Errors
/// An argument that cannot be used, no such document, or a failure of the store.
pub async fn handle(request: &Request, reader: Reader<'_>) -> Result<Reply, Error> {
    let arguments = request.arguments()?;
    match request.form() {
        Form::One => {
            let found = documents::one(reader, &BUILD, request.document_id()?, &arguments).await?;
            found.map(Reply::one).ok_or_else(|| request.not_found())
        }
        Form::Distinct => {
            let values = documents::distinct(reader, &BUILD, request.parameter(), &arguments, request.now).await?;
            Ok(Reply::values(values))
        }
        Form::Logs => Ok(documents::list(reader, &BUILD_LOGS, &arguments, request.now).await?.into()),
        Form::LogsOf => {
            let found = build::logs(reader, request.document_id()?).await?;
            let logs = found.ok_or_else(|| request.not_found())?;
            Ok(Reply::one(project(&Selection::projection(&arguments), logs)))
        }
        _ => Ok(documents::list(reader, &BUILD, &arguments, request.now).await?.into()),
    }
}
