//! Sample documents and keys.

use std::path::PathBuf;

use kernelci::value::{Document, ObjectId, Value, from_json};

/// The master key of test servers.
pub const MASTER_KEY: &str = "example-master-key";

/// The value of the administrator's token in the seed documents.
pub const ADMIN: &str = "tok-admin";

/// The file of the seed documents, an extract of the original service's data.
pub fn seed_file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("contract").join("seed.json")
}

/// The id with these 24 hexadecimal digits.
///
/// # Panics
/// The text is not an id.
pub fn id(text: &str) -> ObjectId {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The document of an extended JSON value.
///
/// # Panics
/// The value is not a document.
pub fn document(json: serde_json::Value) -> Document {
    match from_json(json) {
        Ok(Value::Map(document)) => document,
        other => panic!("not a document: {other:?}"),
    }
}

/// The metadata of a LAVA job's definition, in the order of their names; those in `own` take the place of the usual.
pub fn lava_definition(own: &[(&str, &str)]) -> String {
    let usual = [
        ("device.type", "qemu_arm64-virt"),
        ("git.branch", "master"),
        ("git.commit", "0123456789abcdef0123456789abcdef01234567"),
        ("job.arch", "arm64"),
        ("job.build_environment", "gcc-8"),
        ("kernel.defconfig", "defconfig"),
        ("kernel.defconfig_full", "defconfig"),
        ("kernel.tree", "example"),
        ("test.plan", "baseline"),
    ];
    let metadata: std::collections::BTreeMap<&str, &str> = usual.into_iter().chain(own.iter().copied()).collect();
    let lines: String = metadata.into_iter().map(|(name, value)| format!("  {name}: {value}\n")).collect();
    format!("metadata:\n{lines}")
}
