//! What the package of a function says of it: the table `[package.metadata.function]` of its `Cargo.toml`.
//!
//! ```toml
//! [package.metadata.function]
//! environment = ["FILES_BUCKET"]
//!
//! [package.metadata.function.tables]
//! job = ["GetItem", "Query"]
//! ```
//!
//! `tables` has, by collection, the actions of DynamoDB that the function calls there; `environment` has the variables
//! that it reads. Both may be absent. A function that demands a token also reads the token: that is added.

use std::{collections::BTreeMap, path::Path};

use kernelci::{
    auth::Access,
    collections::COLLECTIONS,
    http::{RESOURCES, UNMATCHED, functions},
};
use serde::Deserialize;

use crate::{GenerateError, template::VARIABLES};

/// The actions that a function may declare.
const ACTIONS: [&str; 8] =
    ["BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"];

/// A function that answers requests, as its package describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The name of the function, of its folder and of its package.
    pub name: &'static str,
    /// The variables of its environment.
    pub environment: Vec<String>,
    /// The actions of DynamoDB that it calls, by collection.
    pub tables: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Manifest {
    package: PackageTable,
}

#[derive(Deserialize)]
struct PackageTable {
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    function: FunctionTable,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FunctionTable {
    #[serde(default)]
    environment: Vec<String>,
    #[serde(default)]
    tables: BTreeMap<String, Vec<String>>,
}

/// The packages of the functions of the manifest, in its order.
///
/// # Errors
/// A function has no package, or its package names a variable, a collection or an action that does not exist.
pub fn packages(root: &Path) -> Result<Vec<Package>, GenerateError> {
    let operations = RESOURCES.iter().flat_map(|resource| resource.routes).flat_map(|route| route.operations);
    let mut names: Vec<&str> = Vec::new();
    for name in operations.map(|operation| operation.endpoint.name).chain([UNMATCHED]) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.into_iter().map(|name| package(root, name)).collect()
}

fn package(root: &Path, name: &'static str) -> Result<Package, GenerateError> {
    let path = format!("functions/{name}/Cargo.toml");
    let text = std::fs::read_to_string(root.join(&path)).map_err(|error| GenerateError::File(path, error))?;
    let wrong = |why: String| GenerateError::Package(name.to_owned(), why);
    let manifest: Manifest = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let FunctionTable { environment, mut tables } = manifest.package.metadata.function;
    for variable in &environment {
        if !VARIABLES.iter().any(|(known, _)| known == variable) {
            return Err(wrong(format!("there is no variable {variable}")));
        }
    }
    for (collection, actions) in &tables {
        if !COLLECTIONS.iter().any(|known| known.name == collection) {
            return Err(wrong(format!("there is no collection {collection}")));
        }
        if let Some(action) = actions.iter().find(|action| !ACTIONS.contains(&action.as_str())) {
            return Err(wrong(format!("there is no action {action}")));
        }
    }
    if functions().get(name).is_some_and(|access| *access != Access::Open) {
        tables.entry("token".to_owned()).or_default().push("GetItem".to_owned());
    }
    for actions in tables.values_mut() {
        actions.sort();
        actions.dedup();
    }
    Ok(Package { name, environment, tables })
}

/// A name in camel case: of `job-get` and `job_logs` `JobGet` and `JobLogs`.
pub(crate) fn camel_case(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    };
    name.split(['-', '_']).map(word).collect()
}
