//! `GET /version`: the version of the service.

use kernelci::{
    error::Error,
    http::{Function, Reply},
    value::{Document, Value},
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function = Function { name: "version-get", handle: |_, _| Box::pin(async { handle() }) };

/// Answers the version of the API and that of the service.
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
