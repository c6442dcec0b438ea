//! The variables in the environment of the functions.

use std::collections::BTreeSet;

use kernelci::lambda::{ENVIRONMENT, FILES_BUCKET, MASTER_KEY_PARAMETER, TABLE_PREFIX};

use crate::template::{function, functions};

#[test]
fn the_template_sets_exactly_the_variables_that_are_read() {
    let set: BTreeSet<String> = functions().into_iter().flat_map(|function| function.environment).collect();
    assert_eq!(set, ENVIRONMENT.iter().map(|name| (*name).to_owned()).collect());
}

#[test]
fn every_function_has_the_table_prefix() {
    for function in functions() {
        assert!(function.environment.contains(TABLE_PREFIX), "{}", function.name);
    }
}

#[test]
fn only_functions_of_files_have_the_bucket() {
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

/// `main` decides whether the bucket is needed. A function without the variable must not require it.
#[test]
fn a_function_requires_the_bucket_where_it_has_the_variable() {
    for function in functions() {
        let source = |file| source(&function.name, file);
        let asks = source("main.rs").contains("with_files") || source("lib.rs").contains("services_with_files");
        assert_eq!(asks, function.environment.contains(FILES_BUCKET), "{}", function.name);
    }
}

#[test]
fn only_token_functions_have_the_master_key_parameter() {
    for function in functions() {
        let is_told = function.environment.contains(MASTER_KEY_PARAMETER);
        assert_eq!(is_told, function.name.starts_with("token-"), "{}", function.name);
    }
}

/// `main` decides whether the parameter is read. Only a function that has the variable and the permission reads it.
#[test]
fn a_function_reads_the_master_key_where_it_has_the_variable() {
    for function in functions() {
        let asks = source(&function.name, "main.rs").contains("run_with_master_key");
        assert_eq!(asks, function.environment.contains(MASTER_KEY_PARAMETER), "{}", function.name);
    }
}

#[test]
fn functions_that_return_file_addresses_have_the_files_url() {
    assert!(function("upload-put").environment.contains(kernelci::lambda::FILES_URL));
}
