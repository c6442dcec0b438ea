//! The two forms of a build that is submitted.

use kernelci::{
    collections::{BUILD, Field},
    domain::import::description::{MAX_NAME, inline::SCHEMA_TEXT},
};
use serde_json::{Map, Value as Json, json};

use crate::{
    bodies::is_mandatory,
    fields::{in_body, keys},
};

/// One step of a storage path.
const STEP: &str = r"^[^.$/\x00-\x1f\x7f-\x9f][^$/\x00-\x1f\x7f-\x9f]*$";
/// A path that stays below the folder that it starts in.
const PATH: &str = r"^(?!/)(?!(.*/)?\.\.(/|$))[^\x00-\x1f\x7f-\x9f]+$";
/// Such a path, or a branch of the sender's own, whose `local/` goes.
const BRANCH: &str = r"^(?!/)(?!local/$)(?!(.*/)?\.\.(/|$))[^\x00-\x1f\x7f-\x9f]+$";
/// Such a path, or nothing.
const PATH_OR_NOTHING: &str = r"^$|^(?!/)(?!(.*/)?\.\.(/|$))[^\x00-\x1f\x7f-\x9f]+$";

const PATTERNS: [(&str, &str); 8] = [
    ("job", STEP),
    ("kernel", STEP),
    ("git_branch", BRANCH),
    ("arch", PATH),
    ("defconfig", PATH),
    ("defconfig_full", PATH_OR_NOTHING),
    ("build_environment", PATH_OR_NOTHING),
    ("file_server_resource", PATH_OR_NOTHING),
];

/// The upload form: its files are in the storage already.
pub(crate) fn uploaded() -> Json {
    let property = |field: &Field| {
        let mut schema = in_body(field);
        if let Some(members) = schema.as_object_mut() {
            members.insert("maxLength".to_owned(), json!(MAX_NAME));
            if let Some((_, pattern)) = PATTERNS.iter().find(|(name, _)| *name == field.name) {
                members.insert("pattern".to_owned(), json!(pattern));
            }
        }
        (field.name.to_owned(), schema)
    };
    let properties: Map<String, Json> = keys(&BUILD).map(property).collect();
    let required: Vec<&str> =
        keys(&BUILD).filter(|field| is_mandatory(field, &[], None)).map(|field| field.name).collect();
    json!({
        "type": "object",
        "description": "A build whose files were uploaded before. Keys that are not listed are a warning in `errors`.",
        "properties": properties,
        "required": required,
    })
}

/// The inline form, by its JSON Schema. What that defines stays below it, so references to it become longer.
pub(crate) fn inline() -> Json {
    let text = SCHEMA_TEXT.replace("\"#/$defs/", "\"#/components/schemas/InlineBuild/$defs/");
    let mut schema: Json = serde_json::from_str(&text).unwrap_or_default();
    if let Some(members) = schema.as_object_mut() {
        members.remove("$schema");
    }
    schema
}
