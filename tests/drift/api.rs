//! The API of the template: its routes are valid for API Gateway, and it may call each function.

use std::collections::BTreeSet;

use kernelci::http::UNMATCHED;
use kernelci_local::template::{find, list, members, text_of};
use saphyr::Yaml;

use crate::template::{at, functions, is_true, resources, template};

const DEFINITION: [&str; 4] = ["Resources", "Api", "Properties", "DefinitionBody"];

fn of_definition(names: &[&str]) -> Yaml<'static> {
    at(&template(), &[&DEFINITION[..], names].concat()).unwrap().clone()
}

/// The resource names of the functions that answer requests.
fn endpoints() -> BTreeSet<String> {
    let names = kernelci::http::functions();
    functions().into_iter().filter(|f| names.contains_key(f.name.as_str())).map(|f| f.resource).collect()
}

/// Whether API Gateway accepts a path: it starts with a slash and does not end with one, and a greedy variable is its
/// last segment.
fn is_valid(path: &str) -> bool {
    let segments: Vec<_> = path.split('/').skip(1).collect();
    let greedy = segments.iter().rposition(|segment| segment.contains('{'));
    path.starts_with('/')
        && segments.iter().all(|segment| !segment.is_empty())
        && greedy.is_none_or(|index| index + 1 == segments.len() && segments[index] == "{path+}")
}

#[test]
fn every_path_is_valid_for_api_gateway() {
    for path in ["/job/", "/", "/job//x", "/{path+}/x", "job"] {
        assert!(!is_valid(path), "{path}");
    }
    for (path, _) in members(&of_definition(&["paths"])) {
        assert!(is_valid(&path), "{path}");
    }
}

/// Without `FailOnWarnings`, an invalid route would be dropped silently.
#[test]
fn an_invalid_route_fails_the_deployment() {
    let template = template();
    assert!(at(&template, &["Resources", "Api", "Properties", "FailOnWarnings"]).is_some_and(is_true));
}

#[test]
fn only_the_default_route_takes_every_method() {
    for (path, item) in members(&of_definition(&["paths"])) {
        for (method, operation) in members(item) {
            let is_default = path == "/$default";
            assert_eq!(method == "x-amazon-apigateway-any-method", is_default, "{method} {path}");
            assert_eq!(find(operation, "isDefaultRoute").is_some_and(is_true), is_default, "{method} {path}");
            let parameters = find(operation, "parameters").map(list).unwrap_or_default();
            let named: Vec<_> = parameters.into_iter().map(|node| find(node, "name").and_then(text_of)).collect();
            let expected = if path.ends_with("/{path+}") { vec![Some("path+".to_owned())] } else { Vec::new() };
            assert_eq!(named, expected, "{method} {path}");
        }
    }
}

#[test]
fn every_endpoint_has_one_integration_with_the_tested_event_format() {
    let integrations = of_definition(&["components", "x-amazon-apigateway-integrations"]);
    let mut called = BTreeSet::new();
    for (name, node) in members(&integrations) {
        let text = |member| find(node, member).and_then(text_of).unwrap();
        assert_eq!((text("type"), text("httpMethod")), ("aws_proxy".to_owned(), "POST".to_owned()), "{name}");
        assert_eq!(text("payloadFormatVersion"), "2.0", "{name}");
        let uri = text("uri");
        let arn = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${";
        let function = uri.strip_prefix(arn).and_then(|rest| rest.strip_suffix(".Arn}/invocations")).unwrap();
        assert_eq!(functions().into_iter().find(|f| f.resource == function).unwrap().name, name);
        assert!(called.insert(function.to_owned()), "{name}");
    }
    assert_eq!(called, endpoints());
    assert!(members(&integrations).iter().any(|(name, _)| name == UNMATCHED));
}

#[test]
fn the_api_may_call_every_endpoint_and_nothing_else() {
    let template = template();
    let mut permitted = Vec::new();
    for (name, node) in resources(&template, "AWS::Lambda::Permission") {
        let text = |member| at(node, &["Properties", member]).and_then(text_of).unwrap();
        assert_eq!(text("Action"), "lambda:InvokeFunction", "{name}");
        assert_eq!(text("Principal"), "apigateway.amazonaws.com", "{name}");
        let of_api = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/*";
        assert_eq!(text("SourceArn"), of_api, "{name}");
        permitted.push(text("FunctionName"));
    }
    permitted.sort();
    assert_eq!(permitted, Vec::from_iter(endpoints()));
}
