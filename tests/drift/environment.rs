//! The names in the functions' environment.

use std::collections::BTreeSet;

use kernelci::lambda::{ENVIRONMENT, FILES_BUCKET, MASTER_KEY_PARAMETER, TABLE_PREFIX};

use crate::template::{function, functions};

#[test]
fn the_template_sets_what_is_read_and_nothing_else() {
    let set: BTreeSet<String> = functions().into_iter().flat_map(|function| function.environment).collect();
    assert_eq!(set, ENVIRONMENT.iter().map(|name| (*name).to_owned()).collect());
}

#[test]
fn every_function_knows_its_tables() {
    for function in functions() {
        assert!(function.environment.contains(TABLE_PREFIX), "{}", function.name);
    }
}

#[test]
fn what_handles_files_knows_the_bucket_and_nothing_else_does() {
    let with: BTreeSet<_> = functions()
        .into_iter()
        .filter(|function| function.environment.contains(FILES_BUCKET))
        .map(|f| f.name)
        .collect();
    assert_eq!(with, ["task-worker", "test-group-post", "upload-post", "upload-put"].map(str::to_owned).into());
}

fn source(function: &str, file: &str) -> String {
    let path = kernelci_tests::root().join("functions").join(function).join("src").join(file);
    std::fs::read_to_string(path).unwrap()
}

/// What `main` starts decides whether the bucket is needed: a function that is told of none must not ask for it.
#[test]
fn a_function_asks_for_the_bucket_where_it_is_told_of_it() {
    for function in functions() {
        let source = |file| source(&function.name, file);
        let asks = source("main.rs").contains("with_files") || source("lib.rs").contains("services_with_files");
        assert_eq!(asks, function.environment.contains(FILES_BUCKET), "{}", function.name);
    }
}

#[test]
fn only_token_functions_are_told_where_the_master_key_is() {
    for function in functions() {
        let is_told = function.environment.contains(MASTER_KEY_PARAMETER);
        assert_eq!(is_told, function.name.starts_with("token-"), "{}", function.name);
    }
}

/// What `main` starts decides whether the parameter is read: only who is told of it, and may read it, asks for it.
#[test]
fn a_function_asks_for_the_master_key_where_it_is_told_of_it() {
    for function in functions() {
        let asks = source(&function.name, "main.rs").contains("run_with_master_key");
        assert_eq!(asks, function.environment.contains(MASTER_KEY_PARAMETER), "{}", function.name);
    }
}

#[test]
fn what_names_the_address_of_a_file_knows_where_files_are_read() {
    assert!(function("upload-put").environment.contains(kernelci::lambda::FILES_URL));
}
