//! `GET /count`: the number of matching documents.

use kernelci::{
    domain::count,
    error::Error,
    http::{Form, Function, Reply, Request},
    store::Reader,
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function =
    Function { name: "count-get", handle: |request, services| Box::pin(handle(request, services.reader())) };

/// Answers a request.
///
/// # Errors
/// The collection does not exist, an argument is invalid, or the store fails.
pub async fn handle(request: &Request, reader: Reader<'_>) -> Result<Reply, Error> {
    let name = (request.form() == Form::One).then(|| request.parameter());
    Ok(Reply::result(count::count(reader, name, &request.arguments()?, request.now).await?))
}
