//! Each answer to an event file conforms to the API description: its status, its headers and its body.

use jsonschema::Validator;
use serde_json::{Value as Json, json};

use crate::{
    expected::TABLES,
    gateway::{Answer, answer, event},
    seeded::seeded,
};

/// The described operation for a method on a raw path; `None` where there is none.
fn described<'a>(description: &'a Json, method: &str, raw_path: &str) -> Option<&'a Json> {
    let matched = kernelci::http::find(raw_path)?;
    let shape = |path: &str| {
        path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }.to_owned()).collect::<Vec<_>>()
    };
    let paths = description["paths"].as_object().unwrap();
    let (_, item) = paths.iter().find(|(path, _)| shape(path) == shape(&matched.pattern())).unwrap();
    item.get(method.to_ascii_lowercase())
}

fn resolved<'a>(description: &'a Json, node: &'a Json) -> &'a Json {
    node["$ref"].as_str().map_or(node, |reference| description.pointer(reference.trim_start_matches('#')).unwrap())
}

/// The description of an answer to an unknown path or method, which no path of the description has.
fn elsewhere(description: &Json, status: u64) -> &Json {
    let name = match status {
        404 => "NotFound",
        405 => "MethodNotAllowed",
        501 => "NotImplemented",
        other => panic!("{other} is not described"),
    };
    &description["components"]["responses"][name]
}

fn validator(description: &Json, schema: &Json) -> Validator {
    jsonschema::draft202012::new(&json!({"allOf": [schema], "components": description["components"]})).unwrap()
}

/// The deviations of an answer from its description.
fn faults(description: &Json, response: &Json, answer: &Answer) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, header) in response["headers"].as_object().into_iter().flatten() {
        if resolved(description, header)["required"] == true && answer.header(&name.to_lowercase()).is_empty() {
            faults.push(format!("{name} is missing"));
        }
    }
    match response.pointer("/content/application~1json/schema") {
        Some(schema) if answer.body != Json::Null => {
            let validator = validator(description, schema);
            faults.extend(validator.iter_errors(&answer.body).map(|error| error.to_string()));
        }
        schema => {
            if schema.is_some() || answer.body != Json::Null {
                faults.push("the body or its absence differs from the description".to_owned());
            }
        }
    }
    faults
}

#[tokio::test]
async fn every_answer_conforms_to_the_description() {
    let description: Json = serde_json::from_str(openapi_get::DOCUMENT).unwrap();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (function, tables) in TABLES {
        let machine = seeded().await;
        for expected in tables.iter().copied().flatten() {
            let text = event(function, expected.file);
            let asked: Json = serde_json::from_str(&text).unwrap();
            let raw_path = asked["rawPath"].as_str().or_else(|| asked["path"].as_str()).unwrap();
            let method = asked.pointer("/requestContext/http/method").or_else(|| asked.get("httpMethod")).unwrap();
            // The description states these answers once for all paths, in prose.
            if matches!(method.as_str(), Some("OPTIONS" | "HEAD")) {
                continue;
            }
            let answer = answer(&machine.services, function, &text).await;
            let response = match described(&description, method.as_str().unwrap(), raw_path) {
                Some(operation) => match operation["responses"].get(answer.status.to_string()) {
                    Some(response) => resolved(&description, response),
                    None => panic!("{function}/{}: {} is not described", expected.file, answer.status),
                },
                None => elsewhere(&description, answer.status),
            };
            let faults = faults(&description, response, &answer);
            if !faults.is_empty() {
                wrong.push(format!("{function}/{}: {faults:?}", expected.file));
            }
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 100, "{count}");
}
