//! The parameters of requests: what stands in the path, the filters of collections, and the arguments that all have.

use std::collections::BTreeMap;

use kernelci::{
    collections::{Collection, Field, FieldKind},
    domain::{bisect, callback, count::COUNTED, upload},
    http::{Body, Form, Parameter},
    query::{COMMON_ARGUMENTS, CommonArgument, MINUTES, ReadKind, Values},
};
use serde_json::{Map, Value as Json, json};

use crate::{
    fields::{ID_PATTERN, bound_pattern, filters, in_argument},
    samples,
    table::Entry,
};

/// Parameters by the names of their components.
pub(crate) type Parameters = BTreeMap<String, Json>;

/// The parameters of a request, those of a query as references to components, which are added to `known`.
pub(crate) fn parameters(entry: &Entry, known: &mut Parameters) -> Vec<Json> {
    let mut parameters: Vec<Json> = in_path(entry).into_iter().collect();
    let mut refer = |name: String, parameter: Json| {
        parameters.push(json!({"$ref": format!("#/components/parameters/{name}")}));
        known.entry(name).or_insert(parameter);
    };
    if let Some((reading, collections)) = entry.operation.reads {
        if reading != ReadKind::One {
            for (field, kind) in filters_of(collections, entry.route.form) {
                refer(format!("{}.{}", scope(collections, entry.route.form), field.name), filter(field, kind));
            }
        }
        for argument in COMMON_ARGUMENTS.iter().filter(|argument| argument.readings.contains(&reading)) {
            let name = match argument.values {
                Values::Bound => format!("{}.{}", scope(collections, entry.route.form), argument.name),
                _ => argument.name.to_owned(),
            };
            refer(name, common(argument, collections));
        }
    }
    if let Some((names, collection)) = entry.operation.deletes {
        for name in names {
            let text = "Values with commas between them: any of them.";
            let parameter = json!({"name": name, "in": "query", "description": text, "schema": {"type": "string"}});
            refer(format!("{}.deleted.{name}", collection.name), parameter);
        }
    }
    if matches!(entry.operation.body, Body::Callback) {
        let text = "The lab that sends; its token is needed.";
        let schema = json!({"type": "string"});
        refer(
            format!("callback.{}", callback::LAB),
            json!({"name": callback::LAB, "in": "query", "required": true, "description": text, "schema": schema}),
        );
    }
    if entry.operation.searches {
        let id = json!({"type": "string", "pattern": ID_PATTERN});
        let of = json!({"enum": [bisect::BUILDS]});
        for (name, needed, text, schema) in [
            ("collection", true, "What commits are looked for around.", of),
            ("build_id", true, "The failed build.", id),
            (
                "compare_to",
                false,
                "The tree whose builds it is held against, where not its own.",
                json!({"type": "string"}),
            ),
        ] {
            let needed = needed && entry.route.form == Form::All;
            let parameter =
                json!({"name": name, "in": "query", "required": needed, "description": text, "schema": schema});
            // The path names the build.
            if name != "build_id" || entry.route.form == Form::All {
                let scope = if entry.route.form == Form::All { "bisect" } else { "bisect.build" };
                refer(format!("{scope}.{name}"), parameter);
            }
        }
    }
    if matches!(entry.operation.body, Body::Form) {
        for name in upload_keys() {
            let text = format!("As the key `{name}` of the form, which comes before it.");
            let parameter = json!({"name": name, "in": "query", "description": text, "schema": {"type": "string"}});
            refer(format!("upload.{name}"), parameter);
        }
    }
    parameters
}

/// The keys of a form that name the folder of its files.
pub(crate) fn upload_keys() -> impl Iterator<Item = &'static str> {
    [upload::FOLDER].into_iter().chain(upload::STEPS).chain(upload::CONFIGURATIONS).chain([upload::LAB])
}

/// What the names of the components of a request's filters start with.
fn scope(collections: &[&'static Collection], form: Form) -> &'static str {
    match (collections, form) {
        ([collection], _) => collection.name,
        (_, Form::One) => "one_of_several",
        _ => "several",
    }
}

/// The filters of collections, each once. Where one collection of several is read, a filter that not all of them have
/// in one kind may have any text.
fn filters_of(collections: &[&'static Collection], form: Form) -> Vec<(&'static Field, FieldKind)> {
    let mut found: Vec<(&'static Field, FieldKind)> = Vec::new();
    for field in collections.iter().flat_map(|collection| filters(collection)) {
        let is_everywhere =
            collections.iter().all(|other| other.filter(field.name).is_some_and(|other| other.kind == field.kind));
        let kind = if form == Form::All || is_everywhere { field.kind } else { FieldKind::Text };
        if !found.iter().any(|(other, _)| other.name == field.name) {
            found.push((field, kind));
        }
    }
    found
}

fn filter(field: &Field, kind: FieldKind) -> Json {
    let mut parameter = Map::new();
    parameter.insert("name".to_owned(), json!(field.name));
    parameter.insert("in".to_owned(), json!("query"));
    if let Some(member) = field.compares {
        parameter.insert("description".to_owned(), json!(format!("Compares the member `{member}`.")));
    }
    if let Some(sample) = samples::text(field.name) {
        parameter.insert("example".to_owned(), json!([sample]));
    }
    parameter.insert("schema".to_owned(), json!({"type": "array", "items": in_argument(kind)}));
    Json::Object(parameter)
}

fn common(argument: &CommonArgument, collections: &[&'static Collection]) -> Json {
    let one = match argument.values {
        Values::Count => json!({"type": "integer", "minimum": 0}),
        Values::Days | Values::Minutes => json!({"type": "integer"}),
        Values::Direction => json!({"enum": [1, -1]}),
        Values::Day => in_argument(FieldKind::Date),
        Values::Member => json!({"type": "string", "pattern": r"[^\s\x00-\x1f\x7f-\x9f]"}),
        Values::MemberOrNothing => json!({"type": "string"}),
        Values::Bound => bound(collections),
    };
    let schema = if argument.repeatable { json!({"type": "array", "items": one}) } else { one };
    let description = meaning(argument);
    json!({"name": argument.name, "in": "query", "description": description, "schema": schema})
}

/// What an argument says, and what its values are held within.
pub(crate) fn meaning(argument: &CommonArgument) -> String {
    match argument.values {
        Values::Minutes => format!("{} From {} to {}.", argument.meaning, MINUTES.start(), MINUTES.end()),
        _ => argument.meaning.to_owned(),
    }
}

/// What `gte` and `lt` take: for each kind of values the fields of that kind.
fn bound(collections: &[&'static Collection]) -> Json {
    let mut by_pattern: Vec<(&str, Vec<&str>)> = vec![];
    for field in collections.iter().flat_map(|collection| collection.fields).filter(|field| field.filter) {
        let Some(pattern) = bound_pattern(field.kind) else { continue };
        match by_pattern.iter_mut().find(|(other, _)| *other == pattern) {
            Some((_, names)) if names.contains(&field.name) => {}
            Some((_, names)) => names.push(field.name),
            None => by_pattern.push((pattern, vec![field.name])),
        }
    }
    let of_kind = |(pattern, names): (&str, Vec<&str>)| json!({"type": "string", "pattern": format!(r"^\s*({})\s*,({pattern})$", names.join("|"))});
    json!({"anyOf": by_pattern.into_iter().map(of_kind).collect::<Vec<_>>()})
}

fn in_path(entry: &Entry) -> Option<Json> {
    let name = entry.parameter_name()?;
    let of_document = json!({"type": "string", "pattern": ID_PATTERN});
    let (description, example, schema) = match entry.operation.parameter? {
        Parameter::Id => ("The id of the document.", samples::ID, of_document),
        Parameter::DistinctField => {
            let collections = entry.operation.reads.map(|(_, collections)| collections).unwrap_or_default();
            let fields = collections.iter().flat_map(|collection| collection.fields).filter(|field| field.distinct);
            let names: Vec<&str> = fields.map(|field| field.name).collect();
            ("The field.", names.first().copied().unwrap_or_default(), json!({"enum": names}))
        }
        Parameter::Counted => {
            let names = COUNTED.map(|collection| collection.name);
            ("The collection.", names.first().copied().unwrap_or_default(), json!({"enum": names}))
        }
        Parameter::TokenValue => {
            ("The value of the token.", "no-such-token", json!({"type": "string", "minLength": 1}))
        }
        Parameter::LabName => (
            "The id of the lab, or its name, which is not as long as an id.",
            samples::ID,
            json!({"type": "string", "minLength": 1}),
        ),
        Parameter::CallbackKind => ("The kind of the job.", callback::TEST, json!({"enum": [callback::TEST]})),
        Parameter::FilePath => (
            "The path of the file below the root of the storage. Its slashes are sent as they are.",
            "examples/Image",
            json!({"type": "string", "minLength": 1, "maxLength": 900}),
        ),
        Parameter::Anything if entry.route.tail.contains("{id}") => {
            let letters = json!({"type": "string", "pattern": "^[0-9A-Za-z]{24}$"});
            ("24 letters or digits, which are not looked at.", samples::ID, letters)
        }
        Parameter::Anything => ("It is not looked at.", "anything", json!({"type": "string", "minLength": 1})),
    };
    Some(json!({
        "name": name, "in": "path", "required": true, "description": description, "example": example, "schema": schema,
    }))
}

/// The patterns of arguments, for people.
pub(crate) fn values_name(values: Values) -> &'static str {
    match values {
        Values::Count => "a whole number from 0",
        Values::Days | Values::Minutes => "a whole number; its sign does not matter",
        Values::Direction => "1 or -1",
        Values::Day => "a date, or `null`",
        Values::Member => "the name of a member",
        Values::MemberOrNothing => "the name of a member; an empty one is ignored",
        Values::Bound => "`field,value`, a filter that has an order and a value of its type",
    }
}
