//! `GET /report`: reports, and one of them, as its mail shows it where HTML is asked for.

use kernelci::{
    collections::REPORT,
    error::Error,
    http::{Form, Function, Reply, Request, read_documents, wants_html},
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
    request.arguments()?;
    // Reports that were loaded have no page; then the report itself is the answer.
    if request.form() == Form::One
        && wants_html(request.header("accept"))
        && let Some(page) = reader.page(&REPORT, request.document_id()?).await?
    {
        return Ok(Reply::page(page));
    }
    read_documents(request, reader, &REPORT).await
}
