//! `POST /batch`: several reads in one request.

use kernelci::{
    domain::batch::Batch,
    error::Error,
    http::{Function, Reply, Request},
    store::Reader,
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function =
    Function { name: "batch-post", handle: |request, services| Box::pin(handle(request, services.reader())) };

/// Answers a request.
///
/// # Errors
/// The body as a whole is invalid, or the store fails.
pub async fn handle(request: &Request, reader: Reader<'_>) -> Result<Reply, Error> {
    let mut batch = Batch::read(request.json_object()?)?;
    let warnings = std::mem::take(&mut batch.warnings);
    Ok(Reply::batch(batch.perform(reader, request.now).await?).with_warnings(warnings))
}
