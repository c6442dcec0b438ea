//! Fields as JSON Schema: in documents, in arguments, as keys of a body.

use kernelci::{
    collections::{Collection, Field, FieldKind, Post, TOKEN},
    domain::{lab::CONTACT, token::PROPERTIES},
};
use serde_json::{Map, Value as Json, json};

use crate::samples;

/// Digits of an id, as arguments and paths may have them.
pub(crate) const ID_PATTERN: &str = "^[0-9A-Fa-f]{24}$";

/// Eight digits of a day.
pub(crate) const DAY_PATTERN: &str = "^[0-9]{4}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])$";

/// A reference to a schema.
pub(crate) fn schema_ref(name: &str) -> Json {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The name of the schema of a collection's documents.
pub(crate) fn schema_name(collection: &Collection) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    };
    collection.name.split('_').map(word).collect()
}

/// The fields that documents are answered with.
pub(crate) fn answered(collection: &'static Collection) -> impl Iterator<Item = &'static Field> {
    let is_key_only = |field: &Field| *collection == TOKEN && is_right(field);
    collection.fields.iter().filter(move |field| field.kind != FieldKind::Secret && !is_key_only(field))
}

/// The fields that are filters, but the one that is an argument for all collections.
pub(crate) fn filters(collection: &'static Collection) -> impl Iterator<Item = &'static Field> {
    collection.fields.iter().filter(|field| field.filter && field.name != "created_on")
}

/// The fields that a body may have as keys.
pub(crate) fn keys(collection: &'static Collection) -> impl Iterator<Item = &'static Field> {
    collection.fields.iter().filter(|field| field.post != Post::Ignored)
}

/// The schema of a collection's documents.
pub(crate) fn document(collection: &'static Collection) -> Json {
    let properties: Map<String, Json> =
        answered(collection).map(|field| (field.name.to_owned(), in_document(field))).collect();
    let example: Map<String, Json> =
        answered(collection).filter_map(|field| Some((field.name.to_owned(), samples::value(field)?))).collect();
    json!({
        "type": "object",
        "description": "A member whose field the document lacks is left out. Documents may have other members too.",
        "properties": properties,
        "examples": [example],
    })
}

fn in_document(field: &Field) -> Json {
    if let Some(member) = field.compares {
        return json!({"description": format!("The filter of this name compares `{member}`.")});
    }
    match field.kind {
        FieldKind::Id if field.name == "_id" => schema_ref("Id"),
        FieldKind::Id => json!({"anyOf": [schema_ref("Id"), {"type": "null"}]}),
        FieldKind::Date => json!({"anyOf": [schema_ref("Date"), {"type": "null"}]}),
        FieldKind::Text => json!({"type": ["string", "null"]}),
        FieldKind::Texts => json!({"type": ["string", "array", "null"], "items": {"type": "string"}}),
        FieldKind::Integer => json!({"type": ["integer", "null"]}),
        FieldKind::Number => json!({"type": ["number", "null"]}),
        FieldKind::Bool => json!({"type": ["boolean", "null"]}),
        FieldKind::BoolOrText => json!({"type": ["boolean", "string", "null"]}),
        FieldKind::List | FieldKind::Object | FieldKind::Other | FieldKind::Secret => json!({}),
    }
}

/// What one value of a filter may be. `null` stands for null and absent; a value that is empty is no filter.
pub(crate) fn in_argument(kind: FieldKind) -> Json {
    let typed = match kind {
        FieldKind::Text
        | FieldKind::Texts
        | FieldKind::BoolOrText
        | FieldKind::List
        | FieldKind::Object
        | FieldKind::Other
        | FieldKind::Secret => {
            return json!({"type": "string"});
        }
        FieldKind::Bool => return json!({"enum": ["true", "false", "null", ""]}),
        FieldKind::Integer => vec![whole_number()],
        FieldKind::Number => vec![json!({"type": "number"})],
        FieldKind::Id => vec![json!({"type": "string", "pattern": ID_PATTERN})],
        FieldKind::Date => days(),
    };
    let nothing = json!({"enum": ["null", ""]});
    json!({"anyOf": typed.into_iter().chain([nothing]).collect::<Vec<_>>()})
}

/// The ways to write a date.
fn days() -> Vec<Json> {
    vec![
        json!({"type": "string", "format": "date"}),
        json!({"type": "string", "pattern": DAY_PATTERN}),
        // Eight digits are a day.
        json!({"description": "Milliseconds since the epoch.", "type": "string", "pattern": "^-?([0-9]{1,7}|[0-9]{9,15})$"}),
    ]
}

fn whole_number() -> Json {
    json!({"type": "integer", "format": "int64", "minimum": i64::MIN, "maximum": i64::MAX})
}

/// What the value that a field is compared with looks like, as a regular expression.
pub(crate) fn bound_pattern(kind: FieldKind) -> Option<&'static str> {
    match kind {
        FieldKind::Text => Some(r"(?!\s*null\s*$)[\s\S]*[^\s\x00-\x1f\x7f-\x9f][\s\S]*"),
        FieldKind::Integer => Some(r"\s*-?[0-9]{1,18}\s*"),
        FieldKind::Number => Some(r"\s*-?[0-9]{1,18}(\.[0-9]{1,18})?\s*"),
        FieldKind::Id => Some(r"\s*[0-9A-Fa-f]{24}\s*"),
        FieldKind::Date => Some(
            r"\s*[0-9]{4}(-(0[1-9]|1[0-2])-|(0[1-9]|1[0-2]))(0[1-9]|[12][0-9]|3[01])\s*|\s*-?([0-9]{1,7}|[0-9]{9,15})\s*",
        ),
        FieldKind::Texts
        | FieldKind::Bool
        | FieldKind::BoolOrText
        | FieldKind::List
        | FieldKind::Object
        | FieldKind::Other
        | FieldKind::Secret => None,
    }
}

/// Whether a key of a token's body gives or takes a right. Documents have all rights in one list.
pub(crate) fn is_right(field: &Field) -> bool {
    PROPERTIES.iter().any(|(name, _)| *name == field.name)
}

/// What the key of a body may hold. An optional one may be null, which is the key left out; numbers and truth values
/// may come as text.
pub(crate) fn in_body(field: &Field) -> Json {
    if field.name == samples::CONTACT {
        let text = json!({"type": "string", "minLength": 1});
        let properties: Map<String, Json> = CONTACT.iter().map(|name| ((*name).to_owned(), text.clone())).collect();
        return json!({"type": ["object", "null"], "properties": properties, "required": CONTACT});
    }
    let truths = json!({"enum": [true, false, 0, 1, "True", "true", "1", "False", "false", "0", "", null]});
    let number = |whole: bool| {
        let pattern = if whole { r"^-?[0-9]{1,15}$" } else { r"^-?[0-9]{1,15}(\.[0-9]{1,15})?$" };
        let numbers = if whole { whole_number() } else { json!({"type": "number"}) };
        json!({"anyOf": [numbers, {"type": "string", "pattern": pattern}, {"type": "null"}]})
    };
    match field.given_kind() {
        FieldKind::Text if field.post == Post::Mandatory => json!({"type": "string", "minLength": 1}),
        FieldKind::Id if field.post == Post::Mandatory => json!({"type": "string"}),
        FieldKind::Text | FieldKind::Id | FieldKind::Secret => json!({"type": ["string", "null"]}),
        FieldKind::Texts => json!({"type": ["string", "array", "null"], "items": {"type": "string"}}),
        FieldKind::List => json!({"type": ["array", "null"], "items": {"type": "string"}}),
        FieldKind::Integer => number(true),
        FieldKind::Number => number(false),
        FieldKind::Bool => truths,
        FieldKind::BoolOrText => json!({"type": ["boolean", "string", "null"]}),
        FieldKind::Date => json!({"anyOf": [{"type": "string", "format": "date"}, {"enum": ["", null]}]}),
        FieldKind::Object => json!({"type": ["object", "null"]}),
        FieldKind::Other => json!({}),
    }
}

/// The name of a kind of values, for people.
pub(crate) fn kind_name(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "text",
        FieldKind::Texts => "text, or a list of texts",
        FieldKind::Integer => "whole number",
        FieldKind::Number => "number",
        FieldKind::Bool => "`true` or `false`",
        FieldKind::Id => "id",
        FieldKind::Date => "date",
        FieldKind::BoolOrText => "`true`, `false` or text",
        FieldKind::List => "list of texts",
        FieldKind::Object => "object",
        FieldKind::Other => "any",
        FieldKind::Secret => "secret",
    }
}
