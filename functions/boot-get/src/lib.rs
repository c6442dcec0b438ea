//! `GET /boot`: boot reports, one report, the distinct values of a field, and boot regressions.

use kernelci::{
    collections::{BOOT, BOOT_REGRESSION},
    domain::{boot, documents},
    error::Error,
    http::{Form, Function, Reply, Request},
    query::{Selection, project},
    store::Reader,
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function =
    Function { name: "boot-get", handle: |request, services| Box::pin(handle(request, services.reader())) };

/// Answers a request.
///
/// # Errors
/// An argument that cannot be used, no such document, or a failure of the store.
pub async fn handle(request: &Request, reader: Reader<'_>) -> Result<Reply, Error> {
    let arguments = request.arguments()?;
    match request.form() {
        Form::One => {
            let found = documents::one(reader, &BOOT, request.document_id()?, &arguments).await?;
            found.map(Reply::one).ok_or_else(|| request.not_found())
        }
        Form::Distinct => {
            let values = documents::distinct(reader, &BOOT, request.parameter(), &arguments, request.now).await?;
            Ok(Reply::values(values))
        }
        Form::Regressions => Ok(documents::list(reader, &BOOT_REGRESSION, &arguments, request.now).await?.into()),
        Form::RegressionsOf => {
            let found = boot::regression(reader, request.document_id()?).await?;
            let regression = found.ok_or_else(|| request.not_found())?;
            Ok(Reply::one(project(&Selection::projection(&arguments), regression)))
        }
        _ => Ok(documents::list(reader, &BOOT, &arguments, request.now).await?.into()),
    }
}
