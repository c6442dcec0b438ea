//! `GET /version`: the version of the service.

use kernelci::{
    error::Error,
    http::{Function, Reply},
    value::{Document, Value},
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function = Function { name: "version-get", handle: |_, _| Box::pin(async { handle() }) };

/// Returns the versions of the API and of the service.
///
/// # Errors
/// None.
pub fn handle() -> Result<Reply, Error> {
    let full = env!("CARGO_PKG_VERSION");
    let short = full.rsplit_once('.').map_or(full, |(short, _)| short);
    let version: Document =
        [("full_version", full), ("version", short)].map(|(name, text)| (name.to_owned(), Value::from(text))).into();
    Ok(Reply::one(version))
}
