//! `GET /job`: jobs, one job, the distinct values of a field, and the summaries of build logs.

use kernelci::{
    collections::{JOB, JOB_LOGS},
    domain::{documents, logs},
    error::Error,
    http::{Form, Function, Reply, Request},
    query::{Selection, project},
    store::Reader,
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function =
    Function { name: "job-get", handle: |request, services| Box::pin(handle(request, services.reader())) };

/// Answers a request.
///
/// # Errors
/// An argument that cannot be used, no such document, or a failure of the store.
pub async fn handle(request: &Request, reader: Reader<'_>) -> Result<Reply, Error> {
    let arguments = request.arguments()?;
    match request.form() {
        Form::One => {
            let found = documents::one(reader, &JOB, request.document_id()?, &arguments).await?;
            found.map(Reply::one).ok_or_else(|| request.not_found())
        }
        Form::Distinct => {
            let values = documents::distinct(reader, &JOB, request.parameter(), &arguments, request.now).await?;
            Ok(Reply::values(values))
        }
        Form::Logs => Ok(documents::list(reader, &JOB_LOGS, &arguments, request.now).await?.into()),
        Form::LogsOf => {
            let found = logs::summary(reader, request.document_id()?).await?;
            let summary = found.ok_or_else(|| request.not_found())?;
            Ok(Reply::one(project(&Selection::projection(&arguments), summary)))
        }
        _ => Ok(documents::list(reader, &JOB, &arguments, request.now).await?.into()),
    }
}
