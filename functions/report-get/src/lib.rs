//! `GET /report`: reports, and one of them, as its mail shows it where HTML is asked for.

use kernelci::{
    collections::REPORT,
    domain::documents,
    error::Error,
    http::{Form, Function, Reply, Request, wants_html},
    store::Reader,
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function =
    Function { name: "report-get", handle: |request, services| Box::pin(handle(request, services.reader())) };

/// Answers a request.
///
/// # Errors
/// An argument that cannot be used, no such report, or a failure of the store.
pub async fn handle(request: &Request, reader: Reader<'_>) -> Result<Reply, Error> {
    let arguments = request.arguments()?;
    if request.form() == Form::All {
        return Ok(documents::list(reader, &REPORT, &arguments, request.now).await?.into());
    }
    let id = request.document_id()?;
    // Reports that were loaded have no page; then the report itself is the answer.
    if wants_html(request.header("accept"))
        && let Some(page) = reader.page(&REPORT, id).await?
    {
        return Ok(Reply::page(page));
    }
    let found = documents::one(reader, &REPORT, id, &arguments).await?;
    found.map(Reply::one).ok_or_else(|| request.not_found())
}
