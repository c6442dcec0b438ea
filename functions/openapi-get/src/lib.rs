//! `GET /openapi.json`: the description of the API.

use kernelci::{
    error::Error,
    http::{Function, Reply, Verbatim},
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function = Function { name: "openapi-get", handle: |_, _| Box::pin(async { handle() }) };

/// The description, as it is checked in.
pub const DOCUMENT: &str = include_str!("../../../openapi.json");

/// Answers the description as it stands, which is no envelope.
///
/// # Errors
/// The description is no JSON.
pub fn handle() -> Result<Reply, Error> {
    let document = Verbatim::parse(DOCUMENT).map_err(|error| Error::Internal(format!("openapi.json: {error}")))?;
    Ok(Reply::whole(document))
}
