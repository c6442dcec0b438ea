//! The API description and the API reference equal the tables of the code.

use std::collections::{BTreeMap, BTreeSet};

use kernelci::{
    collections::{COLLECTIONS, Collection, FieldKind, TOKEN},
    domain::token::PROPERTIES,
    http::{RESOURCES, functions},
    query::{COMMON_ARGUMENTS, ReadKind},
};
use kernelci_tests::root;
use serde_json::Value as Json;

fn description() -> Json {
    serde_json::from_str(openapi_get::DOCUMENT).unwrap()
}

fn file(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// Every form with a verb: the path under the first name, the verb, the function, and the index of the resource.
fn routes() -> Vec<(String, &'static str, &'static kernelci::http::Route, &'static kernelci::http::Resource)> {
    let mut routes = Vec::new();
    for resource in RESOURCES {
        for route in resource.routes {
            let path = format!("{}{}", resource.paths[0], route.tail);
            routes.extend(route.functions().map(|(verb, _)| (path.clone(), verb.name(), route, resource)));
        }
    }
    routes
}

/// A path without the name of its parameter.
fn shape(path: &str) -> String {
    let shape = |segment: &str| if segment.starts_with('{') { "{}".to_owned() } else { segment.to_owned() };
    path.split('/').map(shape).collect::<Vec<_>>().join("/")
}

#[test]
fn an_operation_describes_the_parameter_of_its_path() {
    for route in RESOURCES.iter().flat_map(|resource| resource.routes) {
        for operation in route.operations {
            let name = operation.endpoint.name;
            assert_eq!(operation.parameter.is_some(), route.tail.contains('{'), "{name} {:?}", route.form);
        }
    }
}

#[test]
fn the_description_has_exactly_the_routes_of_the_code() {
    let mut described = BTreeSet::new();
    for (path, item) in description()["paths"].as_object().unwrap() {
        let others = item["x-other-paths"].as_array().into_iter().flatten().map(|path| path.as_str().unwrap());
        for path in [path.as_str()].into_iter().chain(others) {
            for verb in item.as_object().unwrap().keys().filter(|name| !name.starts_with("x-")) {
                assert!(described.insert((shape(path), verb.to_uppercase())), "{verb} {path} is described twice");
            }
        }
    }
    let mut known = BTreeSet::new();
    for (_, verb, route, resource) in routes() {
        known.extend(resource.paths.iter().map(|path| (shape(&format!("{path}{}", route.tail)), verb.to_owned())));
    }
    assert_eq!(described, known);
}

#[test]
fn the_reference_has_exactly_the_routes_of_the_code() {
    let text = file("docs/reference.md");
    let listed: Vec<(String, String)> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" `/"))
        .filter(|(verb, _)| verb.chars().all(char::is_uppercase))
        .map(|(verb, rest)| (shape(&format!("/{}", rest.split('`').next().unwrap())), verb.to_owned()))
        .collect();
    let known: Vec<_> = routes().into_iter().map(|(path, verb, ..)| (shape(&path), verb.to_owned())).collect();
    assert_eq!(listed, known);
    for name in RESOURCES.iter().flat_map(|resource| resource.paths) {
        assert!(text.contains(&format!("## {name}\n")) || text.contains(&format!("`{name}`")), "{name}");
    }
}

/// The query parameters of a path in the description, with references resolved.
fn arguments(description: &Json, path: &str) -> BTreeSet<String> {
    let parameters = description["paths"][path]["get"]["parameters"].as_array().unwrap();
    let resolved = parameters.iter().map(|parameter| match parameter["$ref"].as_str() {
        Some(reference) => description.pointer(reference.trim_start_matches('#')).unwrap(),
        None => parameter,
    });
    resolved
        .filter(|parameter| parameter["in"] == "query")
        .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
        .collect()
}

/// The collections with lists, and the path of one list each.
fn lists() -> Vec<(String, &'static Collection)> {
    let mut lists = Vec::new();
    for (path, verb, route, _) in routes() {
        let operation = route.operations.iter().find(|operation| operation.endpoint.verb.name() == verb).unwrap();
        if let Some((ReadKind::List, [collection])) = operation.reads {
            lists.push((path, *collection));
        }
    }
    lists
}

#[test]
fn the_description_has_exactly_the_filters_of_the_field_tables() {
    let description = description();
    for (path, collection) in lists() {
        let of_table = collection.fields.iter().filter(|field| field.filter).map(|field| field.name.to_owned());
        let common = COMMON_ARGUMENTS.iter().filter(|argument| argument.readings.contains(&ReadKind::List));
        let expected: BTreeSet<String> = of_table.chain(common.map(|argument| argument.name.to_owned())).collect();
        assert_eq!(arguments(&description, &path), expected, "{path}");
    }
}

/// The members of answered documents: all except hashes and the keys that become rights.
fn members(collection: &'static Collection) -> BTreeMap<&'static str, FieldKind> {
    let is_right = |name: &str| *collection == TOKEN && PROPERTIES.iter().any(|(right, _)| *right == name);
    let fields = collection.fields.iter().filter(|field| field.kind != FieldKind::Secret && !is_right(field.name));
    fields.map(|field| (field.name, field.kind)).collect()
}

#[test]
fn the_description_has_exactly_the_fields_of_documents() {
    let schemas = &description()["components"]["schemas"];
    for (_, collection) in lists() {
        let words = collection.name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
        let properties = schemas[words.collect::<String>()]["properties"].as_object().unwrap();
        let described: BTreeSet<&str> = properties.keys().map(String::as_str).collect();
        assert_eq!(described, members(collection).into_keys().collect(), "{}", collection.name);
    }
}

#[test]
fn every_public_collection_has_a_list() {
    let listed: BTreeSet<&str> = lists().into_iter().map(|(_, collection)| collection.name).collect();
    // A bisection is returned by its id only; totals and tasks are internal.
    let without = ["bisect", "statistics_sum", "task", "total"];
    let all: BTreeSet<&str> =
        COLLECTIONS.iter().map(|collection| collection.name).filter(|name| !without.contains(name)).collect();
    assert_eq!(listed, all);
}

/// The rows of a table in the reference without code marks.
fn rows(text: &str, heading: &str) -> Vec<Vec<String>> {
    let (_, rest) = text.split_once(&format!("{heading}\n\n")).unwrap_or_else(|| panic!("no {heading}"));
    let rows = rest.lines().take_while(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.split('|').skip(1).map(|cell| cell.trim().replace('`', "")).collect()).collect()
}

#[test]
fn the_reference_has_exactly_the_fields_of_the_tables() {
    let text = file("docs/reference.md");
    let mut listed = BTreeSet::new();
    for (path, collection) in lists().into_iter().filter(|(path, _)| path != "/test") {
        let known = members(collection);
        let expected: Vec<_> = collection
            .fields
            .iter()
            .filter(|field| known.contains_key(field.name))
            .map(|field| (field.name.to_owned(), field.filter, field.distinct))
            .collect();
        let rows = rows(&text, &format!("Fields of `{path}`:"));
        let of_reference: Vec<_> =
            rows.into_iter().map(|row| (row[0].clone(), !row[2].is_empty(), row[3] == "yes")).collect();
        assert_eq!(of_reference, expected, "{path}");
        listed.insert(format!("Fields of `{path}`:"));
    }
    let headings: BTreeSet<String> =
        text.lines().filter(|line| line.starts_with("Fields of")).map(str::to_owned).collect();
    assert_eq!(headings, listed);
}

#[test]
fn the_readme_has_every_common_argument_of_lists() {
    let readme = file("README.md");
    let listed: BTreeSet<String> = readme
        .lines()
        .skip_while(|line| *line != "| argument | meaning |")
        .skip(3)
        .take_while(|line| line.starts_with('|'))
        .flat_map(|row| row.split('|').nth(1).unwrap().split(", "))
        .map(|name| name.trim().trim_matches('`').split('=').next().unwrap().to_owned())
        .collect();
    assert_eq!(listed, COMMON_ARGUMENTS.iter().map(|argument| argument.name.to_owned()).collect());
}

#[test]
fn the_described_right_is_the_required_one() {
    let description = description();
    for item in description["paths"].as_object().unwrap().values() {
        for (verb, described) in item.as_object().unwrap().iter().filter(|(name, _)| !name.starts_with("x-")) {
            let path = described["operationId"].as_str().unwrap();
            let is_open = described["security"] == serde_json::json!([]);
            let said = described["description"].as_str().unwrap();
            assert_eq!(is_open, said.contains("No token is needed"), "{verb} {path}");
            assert_eq!(is_open, described["responses"]["403"].is_null(), "{verb} {path}");
        }
    }
    let open = functions().into_values().filter(|access| *access == kernelci::auth::Access::Open).count();
    assert_eq!(open, 3);
}
