//! The reference of the API in Markdown.

use std::fmt::Write;

use kernelci::{
    collections::{Collection, Field, FieldKind},
    domain::{bisect, build_log, callback, send::SEND},
    http::{Body, Form, Parameter, RESOURCES, Resource},
    query::{COMMON_ARGUMENTS, ReadKind},
};
use serde_json::Value as Json;

use crate::{
    answers::successes,
    arguments::{meaning, upload_keys, values_name},
    bodies::{REPORT_TYPES, Schemas, example, is_mandatory, report_example, taken},
    failures::{by_status, statuses},
    fields::{answered, is_right, kind_name},
    samples,
    table::{Entry, entries, first_path, right},
};

const HEAD: &str = "\
# API reference

What each resource takes and answers. [README.md](../README.md#api-examples) shows how the API is used; `/openapi.json` says the
same as this page to programs. Both are made from the tables that the code runs on: `cargo run -p kernelci-generate`
writes them.

Every path is also answered with a slash at its end, and under the other names of its resource. A path that is not here is
404; another method is 501 where it is GET, POST, PUT or DELETE, and else 405. `OPTIONS` is 200 and needs no token.

";

const TYPES: &str = "\
A filter that is repeated means any of its values. `null` means null or absent. An empty value is no filter. Values are
trimmed, and compared case-sensitively in the type of the field:

| type | value |
|---|---|
| text | any text |
| text, or a list of texts | any text; a list matches by any of its texts |
| whole number, number | digits, with a sign where it is needed |
| `true` or `false` | one of these words |
| id | 24 hex digits |
| date | `YYYY-MM-DD`, `YYYYMMDD`, or milliseconds since the epoch |

In documents an id is `{\"$oid\": \"..\"}` and a date `{\"$date\": milliseconds}`.

";

/// The reference of the API for people.
pub fn reference() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("## Arguments of all lists\n\n| argument | value | repeatable | for | |\n|---|---|---|---|---|\n");
    for argument in &COMMON_ARGUMENTS {
        let readings: Vec<&str> = argument.readings.iter().map(|reading| reading_name(*reading)).collect();
        line(
            &mut text,
            &[
                &format!("`{}`", argument.name),
                values_name(argument.values),
                if argument.repeatable { "yes" } else { "the last counts" },
                &readings.join(", "),
                &meaning(argument),
            ],
        );
    }
    text.push_str("\nArguments with other names are ignored, and so are those that an answer has no use for.\n\n");
    text.push_str(TYPES);
    text.push_str("## Statuses of failures\n\n| status | |\n|---|---|\n");
    for (status, failure) in by_status() {
        line(&mut text, &[&status.to_string(), &failure.description]);
    }
    text.push_str(
        "\n## Lines of build logs\n\nThe first rule that matches a line decides what the line counts as.\n\n",
    );
    text.push_str("| counts as | a line such as |\n|---|---|\n");
    for (meaning, example) in build_log::examples() {
        line(&mut text, &[meaning, &format!("`` {} ``", example.replace('|', "\\|"))]);
    }
    text.push('\n');
    let (entries, mut told) = (entries(), Vec::new());
    for resource in RESOURCES {
        section(&mut text, resource, &entries, &mut told);
    }
    while text.ends_with("\n\n") {
        text.pop();
    }
    text
}

fn line(text: &mut String, cells: &[&str]) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

fn reading_name(reading: ReadKind) -> &'static str {
    match reading {
        ReadKind::List => "lists",
        ReadKind::Distinct => "distinct values",
        ReadKind::Count => "counts",
        ReadKind::One => "one document",
    }
}

/// The collections whose fields are told already, and of which path.
type Told = Vec<(&'static Collection, String)>;

fn section(text: &mut String, resource: &'static Resource, entries: &[Entry], told: &mut Told) {
    let own: Vec<&Entry> = entries.iter().filter(|entry| entry.resource.paths == resource.paths).collect();
    let _ = write!(text, "## {}\n\n", first_path(resource));
    let others: Vec<String> = resource.paths.iter().skip(1).map(|path| format!("`{path}`")).collect();
    if !others.is_empty() {
        let _ = write!(text, "Also {}.\n\n", others.join(", "));
    }
    text.push_str("| request | the token | what it does | statuses |\n|---|---|---|---|\n");
    for entry in &own {
        let what = [entry.operation.summary, ". ", entry.operation.note].concat();
        line(
            text,
            &[
                &format!("{} `{}`", entry.verb.name(), entry.path()),
                right(entry.access),
                what.trim_end(),
                &all_statuses(entry).join(", "),
            ],
        );
    }
    text.push('\n');
    for entry in &own {
        match entry.operation.reads {
            Some((ReadKind::List, [collection])) => match told.iter().find(|(other, _)| other == collection) {
                Some((_, path)) => {
                    let _ = write!(text, "The fields are those of `{path}`.\n\n");
                }
                None => {
                    told.push((collection, entry.path()));
                    fields(text, entry, collection);
                }
            },
            Some((ReadKind::Count, collections)) if entry.route.form == Form::All => {
                let names: Vec<String> = collections.iter().map(|other| format!("`{}`", other.name)).collect();
                let _ = write!(
                    text,
                    "The collections are {}, with the filters that their lists have.\n\n",
                    names.join(", ")
                );
            }
            _ => {}
        }
    }
    bodies(text, &own);
    text.push_str("```sh\n");
    for entry in &own {
        if let Some(example) = curl(entry) {
            text.push_str(&example);
        }
    }
    text.push_str("```\n\n");
}

fn all_statuses(entry: &Entry) -> Vec<String> {
    let mut statuses: Vec<u16> = statuses(entry).into_iter().map(|status| status.as_u16()).collect();
    statuses.extend(successes(entry.operation.answers, &mut Schemas::new()).iter().map(|success| success.status));
    if entry.verb == kernelci::http::Verb::Get {
        statuses.push(304);
    }
    statuses.sort_unstable();
    statuses.iter().map(u16::to_string).collect()
}

fn fields(text: &mut String, entry: &Entry, collection: &'static Collection) {
    let _ = write!(text, "Fields of `{}`:\n\n| field | type | filter | distinct |\n|---|---|---|---|\n", entry.path());
    let tick = |yes: bool| if yes { "yes" } else { "" };
    for field in answered(collection) {
        let kind = if field.compares.is_some() { FieldKind::Other } else { field.kind };
        let filter = match field.compares {
            Some(member) if field.filter => format!("{}: compares `{member}`", kind_name(field.kind)),
            _ => tick(field.filter).to_owned(),
        };
        line(text, &[&format!("`{}`", field.name), kind_name(kind), &filter, tick(field.distinct)]);
    }
    text.push('\n');
}

fn bodies(text: &mut String, own: &[&Entry]) {
    let mut told: Vec<String> = Vec::new();
    for entry in own {
        type Values = &'static [(&'static str, &'static [&'static str])];
        let (collection, mandatory, only, values): (_, &[&str], _, Values) = match entry.operation.body {
            Body::Keys { collection, mandatory, only, values, .. } => (collection, mandatory, only, values),
            Body::Build => (&kernelci::collections::BUILD, &[], None, &[]),
            Body::Report => (&SEND, &[], None, &[("report_type", &REPORT_TYPES)]),
            Body::Form => {
                let names: Vec<String> = upload_keys().map(|name| format!("`{name}`")).collect();
                let form = format!("Keys of the form, beside the files: {}.\n\n", names.join(", "));
                if !told.contains(&form) {
                    text.push_str(&form);
                    told.push(form);
                }
                continue;
            }
            Body::Nothing | Body::File | Body::Callback | Body::Operations => continue,
        };
        let mut table = String::from("| key | type | |\n|---|---|---|\n");
        for field in taken(collection, only) {
            let known = values.iter().find(|(name, _)| *name == field.name);
            let values = known.map(|(_, values)| values.join(", ")).unwrap_or_default();
            let needed = is_mandatory(field, mandatory, only).then(|| "mandatory".to_owned());
            let values = Some(values).filter(|values| !values.is_empty());
            let notes: Vec<String> = needed.into_iter().chain(values).collect();
            line(&mut table, &[&format!("`{}`", field.name), key_kind(field), &notes.join(": ")]);
        }
        if told.contains(&table) {
            continue;
        }
        let form = if matches!(entry.operation.body, Body::Build) {
            " of the upload form (the inline form has a \
             [JSON Schema](../shared/src/domain/import/description/build.schema.json) of its own)"
        } else {
            ""
        };
        let _ = write!(text, "Keys of {} `{}`{form}:\n\n{table}\n", entry.verb.name(), entry.path());
        told.push(table);
    }
}

fn key_kind(field: &Field) -> &'static str {
    if is_right(field) { "0 or 1" } else { kind_name(field.kind) }
}

/// A request that succeeds where there is what it asks for; `None` for those that are always refused.
fn curl(entry: &Entry) -> Option<String> {
    if matches!(entry.operation.answers, kernelci::http::Answers::Never)
        || entry.operation.parameter == Some(Parameter::Anything)
    {
        return None;
    }
    let mut request = String::from("curl");
    if entry.access != kernelci::auth::Access::Open {
        request.push_str(" -H \"Authorization: $TOKEN\"");
    }
    match entry.verb.name() {
        "GET" | "POST" => {}
        other => {
            let _ = write!(request, " -X {other}");
        }
    }
    match entry.operation.body {
        Body::Nothing => {}
        Body::Keys { collection, mandatory, only, .. } => json(&mut request, &example(collection, mandatory, only)),
        Body::Build => json(&mut request, &example(&kernelci::collections::BUILD, &[], None)),
        Body::Report => json(&mut request, &report_example()),
        Body::Operations => json(&mut request, &samples::operations()),
        Body::Callback => json(&mut request, &samples::callback()),
        Body::Form => request.push_str(" -F path=examples -F file=@Image"),
        Body::File => request.push_str(" --data-binary @Image"),
    }
    let _ = writeln!(request, " \"$API{}{}\"", filled_in(entry), query(entry));
    Some(request)
}

fn json(request: &mut String, body: &Json) {
    let _ = write!(request, " -H 'Content-Type: application/json' -d '{body}'");
}

/// The path with something in the place of its parameter.
fn filled_in(entry: &Entry) -> String {
    let Some(name) = entry.parameter_name() else { return entry.path() };
    let collections = entry.operation.reads.map(|(_, collections)| collections).unwrap_or_default();
    let value = match entry.operation.parameter {
        Some(Parameter::DistinctField) => {
            let mut fields = collections.iter().flat_map(|collection| collection.fields);
            fields.find(|field| field.distinct).map(|field| field.name).unwrap_or_default()
        }
        Some(Parameter::Counted) => collections.first().map(|collection| collection.name).unwrap_or_default(),
        Some(Parameter::TokenValue) => "$TOKEN",
        Some(Parameter::FilePath) => "examples/Image",
        Some(Parameter::CallbackKind) => callback::TEST,
        Some(Parameter::Id | Parameter::LabName | Parameter::Anything) | None => samples::ID,
    };
    entry.path().replace(&format!("{{{name}}}"), value)
}

/// A filter, where there is a value for one, and a page of a list.
fn query(entry: &Entry) -> String {
    if matches!(entry.operation.body, Body::Callback) {
        return format!("?{}=lab-example", callback::LAB);
    }
    if entry.operation.searches {
        return format!("?collection={}&build_id={}", bisect::BUILDS, samples::ID);
    }
    let Some((reading, collections)) = entry.operation.reads else { return String::new() };
    let filter = |collection: &&'static Collection| {
        collection
            .fields
            .iter()
            .filter(|field| field.filter)
            .find_map(|field| Some((field.name, samples::text(field.name)?)))
    };
    let mut arguments: Vec<String> = Vec::new();
    if reading != ReadKind::One {
        arguments.extend(collections.iter().find_map(filter).map(|(name, value)| format!("{name}={value}")));
    }
    if reading == ReadKind::List {
        arguments.extend(["sort=created_on".to_owned(), "limit=10".to_owned()]);
    }
    if arguments.is_empty() { String::new() } else { format!("?{}", arguments.join("&")) }
}
