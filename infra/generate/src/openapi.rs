//! The description in OpenAPI 3.1.

use std::collections::BTreeMap;

use http::StatusCode;
use kernelci::{
    auth::Access,
    http::{RESOURCES, Verb},
};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use crate::{
    answers::{Success, common_schemas, successes},
    arguments::{Parameters, parameters},
    bodies::{Schemas, body},
    failures::{Failure, by_status, component, statuses},
    table::{Entry, entries, first_path, right},
};

const ABOUT: &str = "\
Answers, errors too, are JSON in an envelope, whose `code` is the status.

A path under another name of its resource (`x-other-paths`) and one with a slash at the end are answered alike. \
`OPTIONS` is always 200 and needs no token. A path that is not described is 404. A method that a path does not have here \
is 501 where it is GET, POST, PUT or DELETE, and else 405.

A token is the bare value of `Authorization`, without a scheme before it.

A filter that is repeated means any of its values; `null` means null or absent; an empty value is no filter. Values are \
trimmed. A value that cannot be read in its field's type is 400. Arguments that are not described are ignored.

Documents that were loaded may have values of other types than their fields'.";

/// The members in the order in which a reader wants them; below them, names are sorted.
#[derive(Serialize)]
struct Document {
    openapi: &'static str,
    info: Json,
    servers: Json,
    security: Json,
    tags: Vec<Json>,
    paths: BTreeMap<String, Json>,
    components: Json,
}

/// The description of the API.
pub fn openapi() -> String {
    let (mut schemas, mut known) = (common_schemas(), Parameters::new());
    known.insert("IfNoneMatch".to_owned(), if_none_match());
    let mut paths: BTreeMap<String, Json> = BTreeMap::new();
    for entry in entries() {
        let described = operation(&entry, &mut schemas, &mut known);
        let path = paths.entry(entry.path()).or_insert_with(|| json!({}));
        if let Some(members) = path.as_object_mut() {
            members.insert(entry.verb.name().to_ascii_lowercase(), described);
            if !entry.other_paths().is_empty() {
                members.insert("x-other-paths".to_owned(), json!(entry.other_paths()));
            }
        }
    }
    let document = Document {
        openapi: "3.1.0",
        info: json!({
            "title": "Kernel CI API",
            "summary": "Jobs, builds, log lines and test results of a kernel CI.",
            "description": ABOUT,
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        }),
        servers: json!([{"url": "/"}]),
        security: json!([{"token": []}]),
        tags: RESOURCES.iter().map(|resource| json!({"name": tag(first_path(resource))})).collect(),
        paths,
        components: json!({
            "headers": headers(),
            "parameters": known,
            "responses": responses(),
            "schemas": schemas,
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "The bare value of a token, or, for tokens only, the master key.",
                },
            },
        }),
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn tag(path: &str) -> &str {
    path.trim_start_matches('/')
}

fn operation(entry: &Entry, schemas: &mut Schemas, known: &mut Parameters) -> Json {
    let operation = entry.operation;
    let mut described = Map::new();
    let mut set = |name: &str, value: Json| {
        described.insert(name.to_owned(), value);
    };
    set("operationId", json!(operation_id(entry)));
    set("tags", json!([tag(first_path(entry.resource))]));
    set("summary", json!(operation.summary));
    let access = match entry.access {
        Access::Open => "No token is needed.".to_owned(),
        access => format!("The token: {}.", right(access)),
    };
    let description = [operation.note, &access].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>();
    set("description", json!(description.join(" ")));
    if entry.access == Access::Open {
        set("security", json!([]));
    }
    let mut parameters = parameters(entry, known);
    if entry.verb == Verb::Get {
        parameters.push(json!({"$ref": "#/components/parameters/IfNoneMatch"}));
    }
    if !parameters.is_empty() {
        set("parameters", json!(parameters));
    }
    if let Some(body) = body(operation.body, schemas) {
        set("requestBody", body);
    }
    let mut responses: BTreeMap<String, Json> = BTreeMap::new();
    for success in successes(operation.answers, schemas) {
        responses.insert(success.status.to_string(), answered(&success, entry.verb));
    }
    if entry.verb == Verb::Get {
        responses.insert("304".to_owned(), json!({"$ref": "#/components/responses/NotModified"}));
    }
    for status in statuses(entry) {
        let reference = format!("#/components/responses/{}", component(status));
        responses.insert(status.as_u16().to_string(), json!({"$ref": reference}));
    }
    set("responses", json!(responses));
    Json::Object(described)
}

/// The verb, and the words of the path.
fn operation_id(entry: &Entry) -> String {
    let verb = entry.verb.name().to_ascii_lowercase();
    let words = entry.path().replace(['{', '}'], "").replace(['/', '.'], "_");
    format!("{verb}{words}")
}

fn answered(success: &Success, verb: Verb) -> Json {
    let mut headers = vec!["Vary", "X-Request-Id"];
    if verb == Verb::Get {
        headers.push("ETag");
    }
    if success.has_location {
        headers.push("Location");
    }
    let mut content = json!({"schema": success.schema});
    if let (Some(example), Some(members)) = (&success.example, content.as_object_mut()) {
        members.insert("example".to_owned(), example.clone());
    }
    json!({
        "description": success.description,
        "headers": header_refs(&headers),
        "content": {"application/json": content},
    })
}

fn header_refs(names: &[&str]) -> Json {
    let refs = names.iter().map(|name| ((*name).to_owned(), json!({"$ref": format!("#/components/headers/{name}")})));
    refs.collect::<Map<String, Json>>().into()
}

fn headers() -> Json {
    let text = json!({"type": "string"});
    json!({
        "ETag": {"description": "The tag of the answer, for `If-None-Match`.", "required": true, "schema": {"type": "string", "pattern": "^\"[0-9a-f]{32}\"$"}},
        "Location": {"description": "Where what was made is.", "required": true, "schema": text},
        "Retry-After": {"description": "Seconds to wait.", "required": true, "schema": {"type": "integer", "minimum": 1}},
        "Vary": {"description": "Names `Accept-Encoding`: gzip is given to who asks for it.", "required": true, "schema": text},
        "X-Request-Id": {"description": "The id of the request, which its line in the log has too.", "required": true, "schema": text},
    })
}

/// Every failure, and the answer to who has it already.
fn responses() -> Json {
    let mut responses = Map::new();
    for (status, Failure { description, examples }) in by_status() {
        let mut headers = vec!["Vary", "X-Request-Id"];
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.push("Retry-After");
        }
        let examples: Map<String, Json> =
            examples.into_iter().map(|(name, value)| (name.to_owned(), json!({"value": value}))).collect();
        let schema = json!({
            "allOf": [{"$ref": "#/components/schemas/Failure"}, {"properties": {"code": {"const": status.as_u16()}}}],
        });
        let response = json!({
            "description": description,
            "headers": header_refs(&headers),
            "content": {"application/json": {"schema": schema, "examples": examples}},
        });
        responses.insert(component(status), response);
    }
    let unchanged = json!({
        "description": "The answer has the tag that `If-None-Match` names. There is no body.",
        "headers": header_refs(&["ETag", "Vary", "X-Request-Id"]),
    });
    responses.insert("NotModified".to_owned(), unchanged);
    responses.into()
}

fn if_none_match() -> Json {
    json!({
        "name": "If-None-Match",
        "in": "header",
        "description": "Tags of answers that the caller has, or `*`.",
        "schema": {"type": "string"},
    })
}
