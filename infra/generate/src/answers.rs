//! What is answered where a request succeeds.

use kernelci::{collections::Collection, http::Answers};
use serde_json::{Map, Value as Json, json};

use crate::{
    bodies::Schemas,
    fields::{document, schema_name, schema_ref},
    samples,
};

/// A success: its status, the name of its schema, and whether it says where what was made is.
pub(crate) struct Success {
    pub(crate) status: u16,
    pub(crate) description: &'static str,
    pub(crate) schema: Json,
    pub(crate) example: Option<Json>,
    pub(crate) has_location: bool,
}

fn success(status: u16, description: &'static str, schema: Json) -> Success {
    Success { status, description, schema, example: None, has_location: false }
}

/// The successes of a request; their schemas are added to `known`.
pub(crate) fn successes(answers: Answers, known: &mut Schemas) -> Vec<Success> {
    let mut add = |name: &str, schema: Json| {
        known.insert(name.to_owned(), schema);
        schema_ref(name)
    };
    match answers {
        Answers::List(collection) => vec![list(collection, &mut add)],
        Answers::One(collection) => {
            let documents = add(&schema_name(collection), document(collection));
            let schema = result(200, json!({"type": "array", "minItems": 1, "maxItems": 1, "items": documents}));
            vec![success(200, "The document.", add(&format!("{}Answer", schema_name(collection)), schema))]
        }
        Answers::Values => {
            let schema = envelope(200, &[("count", number()), ("result", json!({"type": "array"}))]);
            vec![success(200, "The values, each once.", add("Values", schema))]
        }
        Answers::NumberOfValues => {
            let count = object(&[("count", number()), ("field", json!({"type": "string"}))]);
            vec![success(200, "The number of values.", add("NumberOfValues", result(200, list_of(count, 1))))]
        }
        Answers::Counts => {
            let count = object(&[("collection", json!({"type": "string"})), ("count", number())]);
            vec![success(200, "The number of documents, by collection.", add("Counts", result(200, list_of(count, 1))))]
        }
        Answers::Done => vec![success(200, "It is done.", add("Done", with_warnings(reasoned(200))))],
        Answers::Accepted => {
            vec![success(202, "It is stored, and will be done.", add("Accepted", with_warnings(reasoned(202))))]
        }
        Answers::NewToken => {
            let token = object(&[("token", json!({"type": "string", "format": "uuid"}))]);
            let schema = add("MadeToken", with_warnings(result(201, list_of(token, 1))));
            vec![Success { has_location: true, ..success(201, "The value of the new token.", schema) }]
        }
        Answers::NewDocument => {
            let id = object(&[("_id", schema_ref("Id"))]);
            let members = [("reason", json!({"type": "string"})), ("result", list_of(id, 1))];
            let schema = add("MadeDocument", with_warnings(envelope(201, &members)));
            vec![Success { has_location: true, ..success(201, "The id of the new document.", schema) }]
        }
        Answers::NewLab => {
            let token =
                json!({"type": ["string", "null"], "description": "Null where the body names a token by its id."});
            let lab = object(&[("_id", schema_ref("Id")), ("name", json!({"type": "string"})), ("token", token)]);
            let schema = add("MadeLab", with_warnings(result(201, list_of(lab, 1))));
            vec![Success { has_location: true, ..success(201, "The new lab, and the value of its token.", schema) }]
        }
        Answers::Outcomes => {
            let outcome = json!({
                "type": "object",
                "description": "`result` where the operation was performed, else `code` and `reason`.",
                "properties": {
                    "operation_id": {},
                    "result": {"type": "array", "description": "The page of a list, the values of a field, or counts."},
                    "code": {"type": "integer"},
                    "reason": {"type": "string"},
                    "errors": {"type": "array", "items": {"type": "string"}},
                },
                "anyOf": [{"required": ["result"]}, {"required": ["code", "reason"]}],
            });
            let schema = add("Outcomes", with_warnings(result(200, list_of(outcome, 1))));
            vec![success(200, "What became of each operation, in their order.", schema)]
        }
        Answers::ChangedToken => {
            let token = object(&[("token", json!({"type": "null"}))]);
            let schema = add("ChangedToken", with_warnings(result(200, list_of(token, 1))));
            vec![success(200, "It is changed. The value is not kept, so it is null.", schema)]
        }
        Answers::Files => {
            let outcome = add("FileOutcome", outcome());
            vec![success(200, "What became of each file.", add("FileOutcomes", result(200, list_of(outcome, 1))))]
        }
        Answers::File => {
            let outcome = add("FileOutcome", outcome());
            let one = |status| {
                let list = json!({"type": "array", "minItems": 1, "maxItems": 1, "items": outcome});
                envelope(status, &[("reason", json!({"type": "string"})), ("result", list)])
            };
            let (replaced, new) = (add("ReplacedFile", one(200)), add("NewFile", one(201)));
            vec![
                success(200, "The file was there, and is replaced.", replaced),
                Success { has_location: true, ..success(201, "The file is new.", new) },
            ]
        }
        Answers::Version => {
            let text = json!({"type": "string"});
            let version = object(&[("full_version", text.clone()), ("version", text)]);
            vec![success(200, "The version.", add("Version", result(200, list_of(version, 1))))]
        }
        Answers::Description => {
            vec![success(
                200,
                "This document, without an envelope.",
                json!({"type": "object", "required": ["openapi"]}),
            )]
        }
        Answers::Never => Vec::new(),
    }
}

fn list(collection: &'static Collection, add: &mut impl FnMut(&str, Json) -> Json) -> Success {
    let name = schema_name(collection);
    let documents = document(collection);
    let example = documents.pointer("/examples/0").cloned().unwrap_or_default();
    let documents = add(&name, documents);
    let page =
        [("count", number()), ("limit", number()), ("skip", number()), ("result", list_of(documents.clone(), 0))];
    let page = add(&format!("{name}List"), envelope(200, &page));
    let group = json!({
        "type": "object",
        "description": "The first document of a group as `result`, or the members of it that `field` names; with them \
            what it was sorted by.",
        "required": ["_id"],
        "properties": {
            "_id": {"type": "object", "description": "The members that the group has in common."},
            "result": documents,
        },
    });
    let groups = envelope(200, &[("limit", number()), ("result", list_of(group, 0))]);
    let groups = add(&format!("{name}Groups"), groups);
    let example = json!({"code": 200, "count": 1, "limit": 0, "skip": 0, "result": [example]});
    let schema = json!({"anyOf": [page, groups]});
    Success { example: Some(example), ..success(200, "The documents, or with `aggregate` the groups.", schema) }
}

/// The schemas that others refer to.
pub(crate) fn common_schemas() -> Schemas {
    let hex = json!({"type": "string", "pattern": "^[0-9a-f]{24}$"});
    let id = json!({
        "type": "object", "properties": {"$oid": hex}, "required": ["$oid"], "additionalProperties": false,
        "examples": [{"$oid": samples::ID}],
    });
    let date = json!({
        "type": "object", "description": "Milliseconds since the epoch, UTC.", "properties": {"$date": {"type": "integer"}},
        "required": ["$date"], "additionalProperties": false, "examples": [{"$date": samples::MOMENT}],
    });
    let failure = json!({
        "type": "object",
        "properties": {
            "code": {"type": "integer", "minimum": 400, "maximum": 599, "description": "The status."},
            "reason": {"type": "string", "minLength": 1},
            "errors": {"type": "array", "items": {"type": "string"}, "description": "What is wrong, one by one."},
        },
        "required": ["code", "reason"],
        "additionalProperties": false,
    });
    [("Id", id), ("Date", date), ("Failure", failure)].map(|(name, schema)| (name.to_owned(), schema)).into()
}

fn number() -> Json {
    json!({"type": "integer", "minimum": 0})
}

fn list_of(items: Json, least: usize) -> Json {
    json!({"type": "array", "items": items, "minItems": least})
}

/// An object with exactly these members.
fn object(members: &[(&str, Json)]) -> Json {
    let names: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Json> =
        members.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({"type": "object", "properties": properties, "required": names, "additionalProperties": false})
}

fn envelope(status: u16, members: &[(&str, Json)]) -> Json {
    let code = [("code", json!({"const": status}))];
    object(&[&code, members].concat())
}

fn result(status: u16, list: Json) -> Json {
    envelope(status, &[("result", list)])
}

fn reasoned(status: u16) -> Json {
    envelope(status, &[("reason", json!({"type": "string", "minLength": 1}))])
}

/// The same envelope, which may have warnings.
fn with_warnings(mut schema: Json) -> Json {
    if let Some(properties) = schema.get_mut("properties").and_then(Json::as_object_mut) {
        let warnings = json!({"type": "array", "items": {"type": "string"}, "description": "Warnings."});
        properties.insert("errors".to_owned(), warnings);
    }
    schema
}

fn outcome() -> Json {
    let error = json!({"type": ["string", "null"]});
    object(&[
        ("status", json!({"enum": [200, 201, 409, 500]})),
        ("filename", json!({"type": "string"})),
        ("error", error),
        ("bytes", number()),
    ])
}
