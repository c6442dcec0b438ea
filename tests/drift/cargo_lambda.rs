//! The functions under `cargo lambda watch`: its router in the workspace manifest, and their environment.

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

/// The paths of cargo-lambda's router for a path of the template, each with a sample path. A catch-all parameter of
/// that router is never empty, one of API Gateway may be.
fn watched(path: &str) -> Vec<(String, String)> {
    match path.strip_suffix("{path+}") {
        Some(below) => vec![(below.to_owned(), below.to_owned()), (format!("{below}{{*path}}"), format!("{below}x/y"))],
        None if path == "$default" => {
            vec![("/".to_owned(), "/".to_owned()), ("/{*path}".to_owned(), "/no/such".to_owned())]
        }
        None => vec![(path.to_owned(), path.to_owned())],
    }
}

/// The expected router: the choice of the template's routes for every path and method. A path of that router cannot
/// have a route for all methods besides others, so each method is listed.
fn expected() -> BTreeMap<String, BTreeMap<String, String>> {
    let template = Template::read(TEMPLATE).unwrap();
    let router = Router::new(&template).unwrap();
    let choices = |path: &str| {
        let choice = |method: &str| (method.to_owned(), router.function(method, path).unwrap().name.to_owned());
        METHODS.map(choice).into()
    };
    let paths = template.routes.iter().flat_map(|route| watched(&route.path));
    paths.map(|(watched, path)| (watched, choices(&path))).collect()
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

#[test]
fn the_router_has_exactly_the_routes_of_the_template() {
    let (found, expected) = (found(metadata()["watch"]["router"].as_array().unwrap()), expected());
    assert_eq!(found, expected);
}

#[test]
fn its_functions_use_the_local_store() {
    let text = std::fs::read_to_string(root().join("infra/local/watch.env")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let environment: BTreeMap<_, _> = lines.map(|line| line.split_once('=').unwrap()).collect();
    let value = |name: &str| environment[name];
    assert_eq!(value(TABLE_PREFIX), StoreOptions::local().table_prefix);
    let listen = Options::parse_from(["kernelci-local", "store"]).listen;
    assert_eq!(value("AWS_ENDPOINT_URL_DYNAMODB"), format!("http://{listen}"));
    assert_eq!(value("AWS_REGION"), "local");
    // The key is the store's own and comes from the caller's environment.
    assert!(!environment.keys().any(|name| name.contains("KEY")), "{environment:?}");
    assert!(!value(FILES_BUCKET).is_empty());
}
