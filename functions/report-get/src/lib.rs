//! `GET /report`: reports, and one report, also as the HTML page of its mail.

use kernelci::{
    collections::REPORT,
    error::Error,
    http::{Form, Function, Reply, Request, read_documents, wants_html},
    store::Reader,
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function =
    Function { name: "report-get", handle: |request, services| Box::pin(handle(request, services.reader())) };

/// Answers a request.
///
/// # Errors
/// An argument is invalid, the report does not exist, or the store fails.
pub async fn handle(request: &Request, reader: Reader<'_>) -> Result<Reply, Error> {
    request.arguments()?;
    // A loaded report has no page, so the document is returned.
    if request.form() == Form::One
        && wants_html(request.header("accept"))
        && let Some(page) = reader.page(&REPORT, request.document_id()?).await?
    {
        return Ok(Reply::page(page));
    }
    read_documents(request, reader, &REPORT).await
}
