//! The keys of test groups and cases whose values are more than their field's kind says.

use kernelci::{
    collections::{Collection, Field, Post, TEST_CASE, TEST_GROUP},
    domain::test::{STATUSES, UNITS},
};
use serde_json::{Value as Json, json};

use crate::fields::ID_PATTERN;

/// What a key of a test group or case may hold; `None` where the kind of the field says it.
pub(crate) fn key(collection: &Collection, field: &Field) -> Option<Json> {
    if *collection != TEST_GROUP && *collection != TEST_CASE {
        return None;
    }
    let key = match field.name {
        "name" if *collection == TEST_GROUP => json!({"type": "string", "pattern": GROUP_NAME}),
        "name" => json!({"type": "string", "pattern": r"\S"}),
        "build_id" | "job_id" | "test_group_id" => json!({"type": "string", "pattern": ID_PATTERN}),
        "time" => json!({
            "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,9})?$"}],
            "description": "Seconds.",
        }),
        "created_on" => json!({
            "anyOf": [
                {"type": "string", "format": "date"},
                {"type": "string", "format": "date-time"},
                {"type": "integer", "minimum": 0, "maximum": 253_402_300_799_999_u64},
                {"type": "object", "required": ["$date"], "additionalProperties": false,
                 "properties": {"$date": {"type": "integer", "minimum": 0, "maximum": 253_402_300_799_999_u64}}},
            ],
            "description": "A day, a time, or milliseconds since the epoch.",
        }),
        "status" => json!({
            "type": "string",
            "pattern": any_case(),
            "description": format!("One of {}, in letters of any case.", STATUSES.join(", ")),
        }),
        "measurements" => json!({
            "type": "array",
            "items": {"type": "object", "properties": {"name": {}, "unit": {"enum": units()}, "value": {}}},
        }),
        "attachments" => json!({"type": "array", "items": {"type": "object"}}),
        "test_cases" => json!({"type": "array", "items": {
            "type": "object", "required": ["name"],
            "properties": {"name": {"type": "string", "pattern": r"\S"}},
            "description": "A test case, as it is sent alone, without `test_group_id`.",
        }}),
        "sub_groups" => json!({"type": "array", "items": {
            "type": "object", "required": ["name"],
            "properties": {"name": {"type": "string", "pattern": GROUP_NAME}},
            "description": "A test group; what it does not say it has from the one around it.",
        }}),
        _ => return None,
    };
    let is_mandatory = field.post == Post::Mandatory;
    Some(if is_mandatory { key } else { json!({"anyOf": [key, {"type": "null"}]}) })
}

const GROUP_NAME: &str = "^[0-9A-Za-z]([0-9A-Za-z.\\-_+]*[0-9A-Za-z])?$";

/// The statuses, with each letter in either case.
fn any_case() -> String {
    let letter = |letter: char| format!("[{}{}]", letter, letter.to_ascii_lowercase());
    let statuses: Vec<String> = STATUSES.iter().map(|status| status.chars().map(letter).collect()).collect();
    format!("^({})$", statuses.join("|"))
}

fn units() -> Vec<Json> {
    UNITS.iter().map(|unit| json!(unit)).chain([Json::Null]).collect()
}
