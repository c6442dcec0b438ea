//! `POST /upload`: stores the files of a form.

use kernelci::{
    domain::upload::{self, Outcome},
    error::Error,
    http::{Function, Reply, Request},
    storage::FileStorage,
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function = Function {
    name: "upload-post",
    handle: |request, services| Box::pin(async move { handle(request, services.files()?).await }),
};

/// Answers a request with the outcome of each file.
///
/// # Errors
/// The form or a path in it is invalid; then nothing is stored. Or the storage is busy; then the client sends the whole
/// form again, which replaces the files stored so far.
pub async fn handle(request: &Request, files: &dyn FileStorage) -> Result<Reply, Error> {
    let content_type = request.header("content-type").unwrap_or_default();
    let received = upload::receive_form(files, content_type, request.pieces(), &request.arguments()?).await?;
    let mut outcomes = Vec::new();
    for file in received {
        match file.store().await {
            Outcome { stored: Err(error @ Error::Busy(_)), .. } => return Err(error),
            outcome => outcomes.push(upload::answered(&outcome)),
        }
    }
    Ok(Reply::result(outcomes))
}
