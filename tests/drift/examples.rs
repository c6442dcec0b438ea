//! The examples of the API description conform to their schemas, and requests made of them are answered as described.

use jsonschema::Validator;
use kernelci::http::Verb;
use serde_json::{Value as Json, json};

use crate::{
    request::{Request, envelope, request},
    seeded::seeded,
};

fn description() -> Json {
    serde_json::from_str(openapi_get::DOCUMENT).unwrap()
}

/// A validator of a schema that may refer to components of the description.
pub(crate) fn validator(description: &Json, schema: &Json) -> Validator {
    let with_components = json!({"allOf": [schema], "components": description["components"]});
    jsonschema::draft202012::new(&with_components).unwrap()
}

/// The examples of contents and parameters, each with its schema.
fn examples(node: &Json, found: &mut Vec<(Json, Json)>) {
    if let Some(schema) = node.get("schema") {
        found.extend(node.get("example").map(|example| (schema.clone(), example.clone())));
        for example in node.get("examples").and_then(Json::as_object).into_iter().flat_map(|examples| examples.values())
        {
            found.push((schema.clone(), example["value"].clone()));
        }
    }
    for example in node.get("examples").and_then(Json::as_array).into_iter().flatten() {
        found.push((node.clone(), example.clone()));
    }
    match node {
        Json::Object(members) => members.values().for_each(|member| examples(member, found)),
        Json::Array(list) => list.iter().for_each(|member| examples(member, found)),
        _ => {}
    }
}

#[test]
fn every_example_conforms_to_its_schema() {
    let description = description();
    let mut found = Vec::new();
    examples(&description, &mut found);
    assert!(found.len() > 60, "{}", found.len());
    for (schema, example) in found {
        let errors: Vec<_> =
            validator(&description, &schema).iter_errors(&example).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{example}: {errors:?}");
    }
}

#[test]
fn every_reference_has_a_target() {
    fn check(description: &Json, node: &Json) -> usize {
        match node {
            Json::Object(members) => {
                let reference = members.get("$ref").and_then(Json::as_str);
                if let Some(reference) = reference {
                    assert!(description.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{reference}");
                }
                usize::from(reference.is_some())
                    + members.values().map(|member| check(description, member)).sum::<usize>()
            }
            Json::Array(list) => list.iter().map(|member| check(description, member)).sum(),
            _ => 0,
        }
    }
    let description = description();
    assert!(check(&description, &description) > 500);
}

/// Each example of a body is accepted with the described success, or its document is not found.
#[tokio::test]
async fn examples_of_bodies_are_accepted() {
    let machine = seeded().await;
    let description = description();
    let mut sent = 0;
    for (path, item) in description["paths"].as_object().unwrap() {
        for (verb, described) in item.as_object().unwrap() {
            let Some(verb) = Verb::of(&verb.to_uppercase()) else { continue };
            let Some(examples) = described.pointer("/requestBody/content/application~1json/examples") else { continue };
            let path = path.replace("{id}", "5e0000000000000000000000").replace("{name}", "5e0000000000000000000000");
            for example in examples.as_object().unwrap().values() {
                let body = example["value"].to_string();
                let asked: Request<'_> = request(verb.name(), &path).token("tok-admin").json(&body);
                let answer = asked.serve(&machine.services).await;
                let status = answer.status().as_u16().to_string();
                assert!(described["responses"].get(&status).is_some(), "{verb:?} {path}: {status} is not described");
                let is_refused = described["summary"] == "Is refused";
                let is_valid = matches!(status.as_str(), "200" | "201" | "202" | "404");
                assert_eq!(is_valid, !is_refused, "{verb:?} {path} {body}: {}", envelope(&answer));
                sent += 1;
            }
        }
    }
    assert!(sent > 7, "{sent}");
}
