//! Writes what repeats the manifest [`kernelci::http::RESOURCES`]: the routes, functions and permissions of
//! `template.yaml`, the router of cargo-lambda in `Cargo.toml`, the functions of the local server, the description in
//! OpenAPI, and the reference. All of it is checked in; a test generates it again and compares.

mod answers;
mod arguments;
mod bodies;
mod build;
mod cargo_lambda;
mod costs;
mod failures;
mod fields;
mod local;
mod marked;
mod openapi;
mod package;
mod reference;
mod samples;
mod table;
mod template;
mod test_results;

use std::path::Path;

pub use openapi::openapi;
pub use package::{Package, packages};
pub use reference::reference;

/// A file that cannot be generated.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// A file that is needed cannot be read or written.
    #[error("{0}: {1}")]
    File(String, #[source] std::io::Error),
    /// A file lacks the lines between which its generated part stands.
    #[error("there are no lines `{0}` and `{1}`")]
    NoMarkers(String, String),
    /// The manifest of a function's package is wrong.
    #[error("functions/{0}/Cargo.toml: {1}")]
    Package(String, String),
}

/// A file of the repository that is generated, whole or between marker lines.
#[derive(Debug)]
pub struct GeneratedFile {
    /// Where it is, below the root of the repository.
    pub path: &'static str,
    /// The text that it should have, from the text that it has and the packages of the functions.
    pub text: fn(&str, &[Package]) -> Result<String, GenerateError>,
}

/// Every file that is generated.
pub const GENERATED_FILES: [GeneratedFile; 6] = [
    GeneratedFile { path: "template.yaml", text: template::text },
    GeneratedFile { path: "Cargo.toml", text: cargo_lambda::text },
    GeneratedFile { path: "infra/local/Cargo.toml", text: local::dependencies },
    GeneratedFile { path: "infra/local/src/functions.rs", text: |_, packages| Ok(local::functions(packages)) },
    GeneratedFile { path: "openapi.json", text: |_, _| Ok(openapi()) },
    GeneratedFile { path: "docs/reference.md", text: |_, _| Ok(reference()) },
];

/// The files whose text differs from what is checked in below `root`, each with the text that it should have.
///
/// # Errors
/// A file cannot be read, has no marker lines, or a package is wrong.
pub fn stale_files(root: &Path) -> Result<Vec<(&'static str, String)>, GenerateError> {
    let packages = packages(root)?;
    let mut stale = Vec::new();
    for file in &GENERATED_FILES {
        let path = root.join(file.path);
        let found = std::fs::read_to_string(&path).map_err(|error| GenerateError::File(file.path.to_owned(), error))?;
        let text = (file.text)(&found, &packages)?;
        if text != found {
            stale.push((file.path, text));
        }
    }
    Ok(stale)
}
