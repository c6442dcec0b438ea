//! The functions: their folders, their events, and the three lists of them.

use std::collections::BTreeSet;

use kernelci_tests::root;

use crate::template;

/// The functions that are not behind API Gateway.
const EVENT_FUNCTIONS: [&str; 3] = [task_worker::NAME, statistics_writer::NAME, cleanup::NAME];

fn folders(name: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(root().join(name)).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

fn with_event_functions(names: impl IntoIterator<Item = impl Into<String>>) -> BTreeSet<String> {
    names.into_iter().map(Into::into).chain(EVENT_FUNCTIONS.map(str::to_owned)).collect()
}

fn camel_case(name: &str) -> String {
    let word = |word: &str| word[..1].to_uppercase() + &word[1..];
    name.split('-').map(word).collect()
}

#[test]
fn every_folder_is_a_function_of_the_table() {
    assert_eq!(folders("functions"), with_event_functions(kernelci::http::functions().into_keys()));
}

#[test]
fn every_folder_is_a_function_of_the_local_server() {
    let local = kernelci_local::functions::FUNCTIONS.map(|function| function.name);
    assert_eq!(folders("functions"), with_event_functions(local));
    assert_eq!(local.len() + EVENT_FUNCTIONS.len(), folders("functions").len());
}

#[test]
fn every_folder_is_a_function_of_the_template() {
    let functions = template::functions();
    let named: BTreeSet<_> = functions.iter().map(|function| function.name.clone()).collect();
    assert_eq!((named.len(), named), (functions.len(), folders("functions")));
    for function in &functions {
        assert_eq!(function.binary, function.name);
        assert_eq!(function.resource, camel_case(&function.name));
    }
}

#[test]
fn every_folder_has_a_folder_of_events() {
    assert_eq!(folders("functions"), folders("events"));
}

#[test]
fn every_package_is_named_after_its_folder() {
    for folder in folders("functions") {
        let manifest = std::fs::read_to_string(root().join("functions").join(&folder).join("Cargo.toml")).unwrap();
        assert!(manifest.contains(&format!("name = \"{folder}\"")), "{folder}");
    }
}
