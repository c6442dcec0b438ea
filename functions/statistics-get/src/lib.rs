//! `GET /statistics`: the daily statistics.

use kernelci::{
    collections::STATISTICS,
    domain::documents,
    error::Error,
    http::{Function, Reply, Request},
    store::Reader,
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function =
    Function { name: "statistics-get", handle: |request, services| Box::pin(handle(request, services.reader())) };

/// Answers a request.
///
/// # Errors
/// An argument that cannot be used, or a failure of the store.
pub async fn handle(request: &Request, reader: Reader<'_>) -> Result<Reply, Error> {
    Ok(documents::list(reader, &STATISTICS, &request.arguments()?, request.now).await?.into())
}
