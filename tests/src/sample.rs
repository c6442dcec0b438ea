//! The documents and keys that the tests use.

use std::path::PathBuf;

use kernelci::value::{Document, ObjectId, Value, from_json};

/// The master key of the tests' servers.
pub const MASTER_KEY: &str = "example-master-key";

/// The value of the administrator's token among the seed documents.
pub const ADMIN: &str = "tok-admin";

/// The seed documents: a part of the original's, small enough to be kept here.
pub fn seed_file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("contract").join("seed.json")
}

/// The id of those 24 digits.
///
/// # Panics
/// They are none.
pub fn id(text: &str) -> ObjectId {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The document of that extended JSON.
///
/// # Panics
/// It is none.
pub fn document(json: serde_json::Value) -> Document {
    match from_json(json) {
        Ok(Value::Map(document)) => document,
        other => panic!("no document: {other:?}"),
    }
}
