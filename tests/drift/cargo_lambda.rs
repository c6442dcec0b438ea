//! The functions under `cargo lambda watch`: its router, in the manifest of the workspace, and their environment.

use std::collections::BTreeMap;

use clap::Parser;
use kernelci::{
    lambda::{FILES_BUCKET, TABLE_PREFIX},
    store::StoreOptions,
};
use kernelci_local::{
    options::Options,
    router::Router,
    template::{TEMPLATE, Template},
};
use kernelci_tests::root;
use toml::{Table, Value};

const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

fn metadata() -> Table {
    let manifest: Table = std::fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    manifest["workspace"]["metadata"]["lambda"].as_table().unwrap().clone()
}

/// A path of the template as cargo-lambda's router has it, and a path that it stands for.
fn watched(path: &str) -> (String, String) {
    match path {
        "$default" => ("/{*path}".to_owned(), "/nosuch".to_owned()),
        _ => (path.replace("{path+}", "{*path}"), path.replace("{path+}", "x/y")),
    }
}

/// What the router should be: the choice of the template's routes for every path and method. Its paths have no route
/// for all methods beside others, so each method is named.
fn expected() -> BTreeMap<String, BTreeMap<String, String>> {
    let template = Template::read(TEMPLATE).unwrap();
    let router = Router::new(&template).unwrap();
    let choices = |path: &str| {
        let choice = |method: &str| (method.to_owned(), router.function(method, path).unwrap().name.to_owned());
        METHODS.map(choice).into()
    };
    let paths = template.routes.iter().map(|route| watched(&route.path));
    let root = ("/".to_owned(), "/".to_owned());
    paths.chain([root]).map(|(watched, path)| (watched, choices(&path))).collect()
}

fn found(router: &[Value]) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut found = BTreeMap::<_, BTreeMap<_, _>>::new();
    for route in router {
        let text = |name: &str| route[name].as_str().unwrap().to_owned();
        let methods = route.get("methods").map(|methods| methods.as_array().unwrap().iter());
        let methods = methods.map(|methods| methods.map(|method| method.as_str().unwrap().to_owned()).collect());
        let methods: Vec<_> = methods.unwrap_or_else(|| METHODS.map(str::to_owned).into());
        for method in methods {
            let earlier = found.entry(text("path")).or_default().insert(method, text("function"));
            assert_eq!(earlier, None, "{route:?}");
        }
    }
    found
}

/// The router's text, to be copied into the manifest.
fn text(router: &BTreeMap<String, BTreeMap<String, String>>) -> String {
    let mut text = String::new();
    for (path, choices) in router {
        let mut methods = BTreeMap::<_, Vec<_>>::new();
        choices.iter().for_each(|(method, function)| methods.entry(function).or_default().push(method));
        for (function, of_function) in &methods {
            let methods = if methods.len() == 1 { String::new() } else { format!("methods = {of_function:?}, ") };
            text += &format!("  {{ path = {path:?}, {methods}function = {function:?} }},\n");
        }
    }
    text
}

#[test]
fn every_route_is_in_its_router_and_no_other() {
    let (found, expected) = (found(metadata()["watch"]["router"].as_array().unwrap()), expected());
    assert!(found == expected, "router of [workspace.metadata.lambda.watch] should be:\n{}", text(&expected));
}

#[test]
fn its_functions_find_the_store_that_is_served_beside_them() {
    let text = std::fs::read_to_string(root().join("infra/local/watch.env")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let environment: BTreeMap<_, _> = lines.map(|line| line.split_once('=').unwrap()).collect();
    let value = |name: &str| environment[name];
    assert_eq!(value(TABLE_PREFIX), StoreOptions::local().table_prefix);
    let listen = Options::parse_from(["kernelci-local", "store"]).listen;
    assert_eq!(value("AWS_ENDPOINT_URL_DYNAMODB"), format!("http://{listen}"));
    assert_eq!(value("AWS_REGION"), "local");
    // The key is the store's own, and comes from the environment of who starts them.
    assert!(!environment.keys().any(|name| name.contains("KEY")), "{environment:?}");
    assert!(!value(FILES_BUCKET).is_empty());
}
