//! What the functions may do on AWS.

use std::collections::{BTreeMap, BTreeSet};

use kernelci::{auth::Access, http::FUNCTIONS, lambda::FILES_BUCKET};

use crate::template::{function, functions, resources, template};

const TOKENS: &str = "TokenTable";

#[test]
fn no_permission_is_for_everything() {
    for function in functions() {
        for statement in &function.statements {
            assert_eq!(statement.effect, "Allow", "{}", function.name);
            for action in &statement.actions {
                let is_named = action.starts_with("dynamodb:") || action.starts_with("s3:");
                assert!(is_named && !action.contains('*'), "{}: {action}", function.name);
                assert!(!action.contains("Scan") && !action.contains("PartiQL"), "{}: {action}", function.name);
            }
            for resource in &statement.resources {
                assert_ne!(resource, "*", "{}", function.name);
            }
        }
    }
}

/// Whatever a permission names is in the template: a table, its indexes, the bucket, what is in it.
#[test]
fn every_permission_is_for_something_that_is_there() {
    let template = template();
    let names = |kind| resources(&template, kind).into_iter().map(|(name, _)| name).collect::<BTreeSet<_>>();
    let (tables, buckets) = (names("AWS::DynamoDB::Table"), names("AWS::S3::Bucket"));
    for function in functions() {
        for statement in &function.statements {
            for resource in &statement.resources {
                let (name, part) =
                    resource.split_once(".Arn").unwrap_or_else(|| panic!("{}: {resource}", function.name));
                let is_there = match part {
                    "" => tables.contains(name) || buckets.contains(name),
                    "/index/*" => tables.contains(name),
                    "/*" => buckets.contains(name),
                    _ => false,
                };
                assert!(is_there, "{}: {resource}", function.name);
                let service = if tables.contains(name) { "dynamodb:" } else { "s3:" };
                assert!(
                    statement.actions.iter().all(|action| action.starts_with(service)),
                    "{}: {resource}",
                    function.name
                );
            }
        }
    }
}

#[test]
fn who_may_query_may_query_the_indexes() {
    for function in functions() {
        for statement in &function.statements {
            let indexes = statement.resources.iter().any(|resource| resource.ends_with("/index/*"));
            assert_eq!(statement.actions.contains("dynamodb:Query"), indexes, "{}: {statement:?}", function.name);
        }
    }
}

#[test]
fn a_function_that_is_not_open_reads_tokens() {
    for of_code in FUNCTIONS {
        let of_template = function(of_code.name);
        let reads = of_template.may("dynamodb:GetItem", TOKENS);
        assert_eq!(reads, of_code.access != Access::Open, "{}", of_code.name);
    }
}

#[test]
fn an_open_function_may_do_nothing() {
    for of_code in FUNCTIONS.iter().filter(|function| function.access == Access::Open) {
        assert!(function(of_code.name).statements.is_empty(), "{}", of_code.name);
    }
}

#[test]
fn a_function_that_only_reads_may_not_write() {
    const WRITES: [&str; 4] =
        ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"];
    for function in functions().iter().filter(|function| function.name.ends_with("-get")) {
        for statement in &function.statements {
            assert!(
                WRITES.iter().all(|action| !statement.actions.contains(*action)),
                "{}: {statement:?}",
                function.name
            );
        }
    }
}

#[test]
fn only_token_functions_write_tokens() {
    let writers: BTreeSet<_> = functions()
        .into_iter()
        .filter(|function| {
            ["PutItem", "UpdateItem", "DeleteItem"].iter().any(|a| function.may(&format!("dynamodb:{a}"), TOKENS))
        })
        .map(|function| function.name)
        .collect();
    assert_eq!(writers, ["token-delete", "token-post", "token-put"].map(str::to_owned).into());
}

#[test]
fn who_knows_the_bucket_may_use_it() {
    for function in functions() {
        let mut allowed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for statement in &function.statements {
            for resource in statement.resources.iter().filter(|resource| resource.starts_with("Files.")) {
                allowed.entry(resource).or_default().extend(statement.actions.iter().map(String::as_str));
            }
        }
        let expected = if function.environment.contains(FILES_BUCKET) {
            [("Files.Arn", ["s3:ListBucket"].into()), ("Files.Arn/*", ["s3:GetObject", "s3:PutObject"].into())].into()
        } else {
            BTreeMap::new()
        };
        assert_eq!(allowed, expected, "{}", function.name);
    }
}
