//! `GET /openapi.json`: the description of the API.

use kernelci::{
    error::Error,
    http::{Function, Reply, Verbatim},
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function = Function { name: "openapi-get", handle: |_, _| Box::pin(async { handle() }) };

/// The text of `openapi.json`.
pub const DOCUMENT: &str = include_str!("../../../openapi.json");

/// Returns the description itself, without an envelope.
///
/// # Errors
/// The description is not JSON.
pub fn handle() -> Result<Reply, Error> {
    let document = Verbatim::parse(DOCUMENT).map_err(|error| Error::Internal(format!("openapi.json: {error}")))?;
    Ok(Reply::whole(document))
}
