//! `GET /count`: how many documents match.

use kernelci::{
    domain::count,
    error::Error,
    http::{Form, Function, Reply, Request},
    store::Reader,
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function =
    Function { name: "count-get", handle: |request, services| Box::pin(handle(request, services.reader())) };

/// Answers a request.
///
/// # Errors
/// No such collection, an argument that cannot be used, or a failure of the store.
pub async fn handle(request: &Request, reader: Reader<'_>) -> Result<Reply, Error> {
    let name = (request.form() == Form::One).then(|| request.parameter());
    Ok(Reply::result(count::count(reader, name, &request.arguments()?, request.now).await?))
}
