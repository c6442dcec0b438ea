//! The event files: each has an expectation and the members that AWS sends.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use kernelci_local::template::{TEMPLATE, Template, TemplateRoute};
use kernelci_tests::seed_file;
use serde_json::Value as Json;

use crate::{
    expected::TABLES,
    gateway::{event, folder_of_events},
    scheduled::{CLEANUP_FILES, STATISTICS_FILES},
    worker,
};

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The event files of the functions behind API Gateway: folder, name and content.
fn http_events() -> Vec<(&'static str, String, Json)> {
    let mut events = Vec::new();
    for (folder, _) in TABLES {
        for name in names(&folder_of_events().join(folder)) {
            let name = name.strip_suffix(".json").unwrap_or_else(|| panic!("{folder}/{name} is not an event file"));
            events.push((*folder, name.to_owned(), serde_json::from_str(&event(folder, name)).unwrap()));
        }
    }
    events
}

fn path(event: &Json) -> &str {
    event["rawPath"].as_str().or_else(|| event["path"].as_str()).unwrap()
}

#[test]
fn every_event_has_an_expectation_and_every_expectation_an_event() {
    let mut expected: BTreeMap<&str, BTreeSet<String>> = TABLES
        .iter()
        .map(|(folder, tables)| {
            let files: Vec<_> =
                tables.iter().copied().flatten().map(|expected| format!("{}.json", expected.file)).collect();
            let set: BTreeSet<_> = files.iter().cloned().collect();
            assert_eq!(set.len(), files.len(), "{folder} has two expectations for one file");
            (*folder, set)
        })
        .collect();
    expected.insert("task-worker", worker::FILES.iter().map(|file| format!("{file}.json")).collect());
    for (folder, files) in [("statistics-writer", &STATISTICS_FILES[..]), ("cleanup", &CLEANUP_FILES)] {
        expected.insert(folder, files.iter().map(|file| format!("{file}.json")).collect());
    }
    let there: BTreeMap<_, _> =
        expected.keys().map(|folder| (*folder, names(&folder_of_events().join(folder)))).collect();
    assert_eq!(there, expected);
    assert_eq!(names(&folder_of_events()), expected.keys().map(|folder| (*folder).to_owned()).collect());
}

#[test]
fn every_function_has_at_least_two_events() {
    for folder in names(&folder_of_events()) {
        assert!(names(&folder_of_events().join(&folder)).len() >= 2, "{folder}");
    }
}

#[test]
fn events_of_an_http_api_have_what_aws_sends() {
    for (folder, name, event) in http_events().iter().filter(|(_, _, event)| event["version"] == "2.0") {
        let context = &event["requestContext"];
        let is_whole = event["rawQueryString"].is_string()
            && event["isBase64Encoded"].is_boolean()
            && event["routeKey"] == context["routeKey"]
            && event["rawPath"] == context["http"]["path"]
            && context["stage"] == "$default"
            && context["requestId"].is_string()
            && context["http"]["sourceIp"].as_str().is_some_and(|ip| ip.parse::<std::net::IpAddr>().is_ok())
            && context["http"]["method"].is_string();
        assert!(is_whole, "{folder}/{name}");
        let headers = event["headers"].as_object().unwrap();
        assert!(headers.keys().all(|name| *name == name.to_lowercase()), "{folder}/{name} has a header in capitals");
    }
}

#[test]
fn every_event_has_a_route_to_its_function() {
    let routes = Template::read(TEMPLATE).unwrap().routes;
    for (folder, name, event) in http_events() {
        let (key, path) = match event["routeKey"].as_str() {
            Some(key) => (key.to_owned(), path(&event)),
            None => (
                format!("{} {}", event["httpMethod"].as_str().unwrap(), event["resource"].as_str().unwrap()),
                path(&event),
            ),
        };
        let is_key = |route: &&TemplateRoute| key == route.path || key == format!("{} {}", route.method, route.path);
        let route = routes.iter().find(is_key).unwrap_or_else(|| panic!("{folder}/{name}: no route {key}"));
        assert_eq!(route.function, folder, "{folder}/{name}");
        let fits = match route.path.strip_suffix("{path+}") {
            Some(prefix) => path.starts_with(prefix),
            None => route.path == "$default" || route.path == path,
        };
        assert!(fits, "{folder}/{name}: {path} does not match the route {key}");
    }
}

#[test]
fn the_two_forms_of_a_query_in_one_event_agree() {
    for (folder, name, event) in http_events().iter().filter(|(_, _, event)| event["version"] == "2.0") {
        let raw = event["rawQueryString"].as_str().unwrap();
        let named: BTreeSet<&str> =
            raw.split(['&', ';']).filter_map(|pair| pair.split('=').next()).filter(|name| !name.is_empty()).collect();
        let map = event["queryStringParameters"].as_object();
        let mapped: BTreeSet<&str> = map.into_iter().flatten().flat_map(|(name, _)| name.split(';')).collect();
        assert!(mapped.is_subset(&named), "{folder}/{name}: {mapped:?} of {named:?}");
    }
}

#[test]
fn no_event_contains_a_real_token() {
    let seed: Json = serde_json::from_str(&std::fs::read_to_string(seed_file()).unwrap()).unwrap();
    let mut fake: BTreeSet<&str> =
        seed["api-token"].as_array().unwrap().iter().map(|token| token["token"].as_str().unwrap()).collect();
    fake.extend([kernelci_tests::MASTER_KEY, "tok-nobody-has"]);
    for (folder, name, event) in &http_events() {
        for header in ["authorization", "Authorization"] {
            if let Some(token) = event["headers"][header].as_str() {
                assert!(fake.contains(token.trim()), "{folder}/{name}: {token}");
            }
        }
    }
}
