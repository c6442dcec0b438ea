//! The bodies of requests.

use std::collections::BTreeMap;

use kernelci::{
    collections::{Collection, Field, FieldKind, Post},
    domain::{
        batch,
        count::COUNTED,
        lava,
        send::{REPORT_KINDS, SEND},
    },
    http::Body,
};
use serde_json::{Map, Value as Json, json};

use crate::{
    arguments::upload_keys,
    build,
    fields::{in_body, keys, schema_ref},
    samples, test_results,
};

/// The values of `report_type`.
pub(crate) const REPORT_TYPES: [&str; 4] = {
    let [one, two, three, four] = REPORT_KINDS;
    [one.name(), two.name(), three.name(), four.name()]
};

/// An order of a report. Older clients have other keys in the place of these two, so the schema does not demand them.
pub(crate) fn report_example() -> Json {
    example(&SEND, &["report_type", "send_to"], None)
}

/// Schemas by their names.
pub(crate) type Schemas = BTreeMap<String, Json>;

/// The body of a request; its schemas are added to `known`.
pub(crate) fn body(body: Body, known: &mut Schemas) -> Option<Json> {
    match body {
        Body::Nothing => None,
        Body::Keys { schema, collection, mandatory, only, values } => {
            known.insert(schema.to_owned(), keys_schema(collection, mandatory, only, values));
            let example = example(collection, mandatory, only);
            Some(json_body(schema_ref(schema), &[("keys", example)]))
        }
        Body::Operations => {
            known.insert("Batch".to_owned(), operations());
            Some(json_body(schema_ref("Batch"), &[("operations", samples::operations())]))
        }
        Body::Report => {
            known.insert("ReportOrder".to_owned(), keys_schema(&SEND, &[], None, &[("report_type", &REPORT_TYPES)]));
            Some(json_body(schema_ref("ReportOrder"), &[("keys", report_example())]))
        }
        Body::Build => {
            known.insert("UploadedBuild".to_owned(), build::uploaded());
            known.insert("InlineBuild".to_owned(), build::inline());
            let schema = json!({"anyOf": [schema_ref("InlineBuild"), schema_ref("UploadedBuild")]});
            let uploaded = example(&kernelci::collections::BUILD, &[], None);
            Some(json_body(schema, &[("inline", samples::inline_build()), ("uploaded", uploaded)]))
        }
        Body::Callback => {
            known.insert("LavaCallback".to_owned(), callback());
            Some(json_body(schema_ref("LavaCallback"), &[("callback", samples::callback())]))
        }
        Body::Form => {
            let texts = upload_keys().map(|name| (name.to_owned(), json!({"type": "string"})));
            let file = json!({"type": "string", "format": "binary", "description": "A file, under any name."});
            let properties: Map<String, Json> = texts.chain([("file".to_owned(), file)]).collect();
            let schema = json!({"type": "object", "properties": properties, "required": ["file"]});
            let encoding = json!({"file": {"contentType": "application/octet-stream"}});
            Some(
                json!({"required": true, "content": {"multipart/form-data": {"schema": schema, "encoding": encoding}}}),
            )
        }
        Body::File => Some(json!({"content": {"application/octet-stream": {}}})),
    }
}

// What is wrong with one operation is said in its place, so the request is right whatever an operation holds.
fn operations() -> Json {
    let names: Vec<&str> = [batch::COUNT].into_iter().chain(COUNTED.map(|collection| collection.name)).collect();
    let told = |text: &str| json!({"description": text});
    let operation = json!({
        "type": "object",
        "properties": {
            "method": told("`GET`."),
            "resource": told(&format!("One of {}.", names.join(", "))),
            "query": told("Arguments, as in the query of the operation's own request."),
            "document": told("The id of a document, or the collection to be counted."),
            "distinct": told("The field whose values, or their number, are asked for."),
            "operation_id": told("Anything; it is in the answer."),
        },
        "additionalProperties": false,
    });
    let list = json!({"type": "array", "minItems": 1, "maxItems": batch::MAX_OPERATIONS, "items": operation});
    json!({"type": "object", "required": [batch::OPERATIONS], "properties": {batch::OPERATIONS: list}})
}

fn callback() -> Json {
    let text = |what: &str| json!({"type": ["string", "null"], "description": what});
    json!({
        "type": "object",
        "required": ["definition"],
        "description": "What LAVA sends. Members that are not listed are left alone.",
        "properties": {
            "id": {"type": ["integer", "string", "null"]},
            "definition": {
                "type": "string",
                "description": format!(
                    "The definition of the job, in YAML. Its `metadata` must have {}; it may have {}.",
                    lava::MANDATORY.join(", "), lava::ACCEPTED.join(", "),
                ),
            },
            "results": {
                "type": ["object", "null"],
                "description": "By suite a list of results, as a text of YAML.",
                "additionalProperties": {"type": ["string", "null"]},
            },
            "log": text("A list of lines with `dt`, `lvl` and `msg`, in YAML."),
            "actual_device_id": text("The device that ran the job."),
            "status": {"type": ["integer", "string", "null"]},
            "status_string": text("`complete`, `incomplete`, `canceled` .."),
            "failure_comment": text("Why the job failed."),
        },
    })
}

fn json_body(schema: Json, examples: &[(&str, Json)]) -> Json {
    let named = examples.iter().map(|(name, value)| ((*name).to_owned(), json!({"value": value})));
    let examples: Map<String, Json> = named.collect();
    json!({"required": true, "content": {"application/json": {"schema": schema, "examples": examples}}})
}

/// Whether a body must have a key. One that takes some keys only changes a document, which has the others.
pub(crate) fn is_mandatory(field: &Field, mandatory: &[&str], only: Option<&[&str]>) -> bool {
    (field.post == Post::Mandatory && only.is_none()) || mandatory.contains(&field.name)
}

/// The keys that a body may have.
pub(crate) fn taken(
    collection: &'static Collection,
    only: Option<&'static [&'static str]>,
) -> impl Iterator<Item = &'static Field> {
    keys(collection).filter(move |field| only.is_none_or(|only| only.contains(&field.name)))
}

fn keys_schema(
    collection: &'static Collection,
    mandatory: &[&str],
    only: Option<&'static [&'static str]>,
    values: &[(&str, &[&str])],
) -> Json {
    let property = |field: &Field| match values.iter().find(|(name, _)| *name == field.name) {
        Some((_, values)) => json!({"enum": values}),
        None if mandatory.contains(&field.name) && field.kind == FieldKind::Text => {
            json!({"type": "string", "minLength": 1})
        }
        None => test_results::key(collection, field).unwrap_or_else(|| in_body(field)),
    };
    let properties: Map<String, Json> =
        taken(collection, only).map(|field| (field.name.to_owned(), property(field))).collect();
    let required: Vec<&str> =
        taken(collection, only).filter(|field| is_mandatory(field, mandatory, only)).map(|field| field.name).collect();
    let description = "Keys that are not listed are a warning in `errors`.";
    if required.is_empty() {
        // One of them has to be there.
        let any: Vec<Json> = taken(collection, only).map(|field| json!({"required": [field.name]})).collect();
        return json!({"type": "object", "description": description, "properties": properties, "anyOf": any});
    }
    json!({"type": "object", "description": description, "properties": properties, "required": required})
}

/// A body with what must be there; where nothing must, with the first key that there is a value for.
pub(crate) fn example(
    collection: &'static Collection,
    mandatory: &[&str],
    only: Option<&'static [&'static str]>,
) -> Json {
    let sample = |field: &'static Field| Some((field.name.to_owned(), samples::in_body(field)?));
    let needed: Map<String, Json> =
        taken(collection, only).filter(|field| is_mandatory(field, mandatory, only)).filter_map(sample).collect();
    if needed.is_empty() {
        return taken(collection, only).filter_map(sample).take(1).collect::<Map<String, Json>>().into();
    }
    needed.into()
}
