//! The AWS permissions of the functions.

use std::collections::{BTreeMap, BTreeSet};

use kernelci::{
    auth::Access,
    collections::COUNTED,
    http::functions as endpoints,
    lambda::{FILES_BUCKET, MAIL_FROM, MASTER_KEY_PARAMETER},
};

use crate::template::{Statement, TemplateFunction, function, functions, resources, template};

const TOKENS: &str = "TokenTable";

/// The AWS services that the functions use.
const SERVICES: [&str; 5] = ["dynamodb:", "s3:", "ses:", "sqs:", "ssm:"];

/// The parameter of the master key, the only one that functions may read.
const PARAMETER: &str = "arn:AWS::Partition:ssm:AWS::Region:AWS::AccountId:parameterMasterKeyParameter";

/// The sender identities of mails: those that SES has verified for this account. In the SES sandbox, recipients too.
const SENDERS: &str = "arn:AWS::Partition:ses:AWS::Region:AWS::AccountId:identity/*";

#[test]
fn no_permission_has_a_wildcard_resource() {
    for function in functions() {
        for statement in &function.statements {
            assert_eq!(statement.effect, "Allow", "{}", function.name);
            for action in &statement.actions {
                let is_named = SERVICES.iter().any(|service| action.starts_with(service));
                assert!(is_named && !action.contains('*'), "{}: {action}", function.name);
                assert!(!action.contains("Scan") && !action.contains("PartiQL"), "{}: {action}", function.name);
            }
            for resource in &statement.resources {
                assert_ne!(resource, "*", "{}", function.name);
            }
        }
    }
}

/// Every permission refers to a resource of the template: a table, its indexes, the bucket, its objects, a queue.
#[test]
fn every_permission_is_for_an_existing_resource() {
    let template = template();
    let names = |kind| resources(&template, kind).into_iter().map(|(name, _)| name).collect::<BTreeSet<_>>();
    let (tables, buckets) = (names("AWS::DynamoDB::Table"), names("AWS::S3::Bucket"));
    let queues = names("AWS::SQS::Queue");
    for function in functions() {
        let of_stack = |statement: &&Statement| statement.resources != [PARAMETER] && statement.resources != [SENDERS];
        for statement in function.statements.iter().filter(of_stack) {
            for resource in &statement.resources {
                let (name, part) =
                    resource.split_once(".Arn").unwrap_or_else(|| panic!("{}: {resource}", function.name));
                let is_there = match part {
                    "" => tables.contains(name) || buckets.contains(name) || queues.contains(name),
                    "/index/*" => tables.contains(name),
                    "/*" => buckets.contains(name),
                    _ => false,
                };
                assert!(is_there, "{}: {resource}", function.name);
                let service = match name {
                    name if tables.contains(name) => "dynamodb:",
                    name if queues.contains(name) => "sqs:",
                    _ => "s3:",
                };
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
fn only_functions_of_the_master_key_may_read_its_parameter() {
    for function in functions() {
        let allowed: Vec<_> = function
            .statements
            .iter()
            .filter(|statement| statement.actions.iter().any(|action| action.starts_with("ssm:")))
            .map(|statement| (statement.actions.iter().map(String::as_str).collect::<Vec<_>>(), &statement.resources))
            .collect();
        if function.environment.contains(MASTER_KEY_PARAMETER) {
            assert_eq!(allowed, [(vec!["ssm:GetParameter"], &vec![PARAMETER.to_owned()])], "{}", function.name);
        } else {
            assert!(allowed.is_empty(), "{}", function.name);
        }
    }
}

#[test]
fn only_the_worker_sends_mail() {
    for function in functions() {
        let of_mail = |statement: &&Statement| statement.actions.iter().any(|action| action.starts_with("ses:"));
        let allowed: Vec<_> = function.statements.iter().filter(of_mail).collect();
        assert_eq!(allowed.len(), usize::from(function.environment.contains(MAIL_FROM)), "{}", function.name);
        for statement in allowed {
            assert_eq!(function.name, "task-worker");
            assert_eq!(
                (&statement.actions, &statement.resources[..]),
                (&["ses:SendEmail".to_owned()].into(), &[SENDERS.to_owned()][..])
            );
        }
    }
}

#[test]
fn only_the_worker_writes_to_a_queue() {
    let writes = |function: &TemplateFunction| function.may("sqs:SendMessage", "DeadLetters");
    let writers: Vec<_> = functions().into_iter().filter(writes).map(|function| function.name).collect();
    assert_eq!(writers, ["task-worker"]);
}

#[test]
fn functions_that_may_query_a_table_may_query_its_indexes() {
    for function in functions() {
        for statement in &function.statements {
            let indexes = statement.resources.iter().any(|resource| resource.ends_with("/index/*"));
            assert_eq!(statement.actions.contains("dynamodb:Query"), indexes, "{}: {statement:?}", function.name);
        }
    }
}

#[test]
fn a_function_that_requires_a_token_may_read_tokens() {
    for (name, access) in endpoints() {
        let of_template = function(name);
        let reads = of_template.may("dynamodb:GetItem", TOKENS);
        assert_eq!(reads, access != Access::Open, "{name}");
    }
}

#[test]
fn an_open_function_has_no_permissions() {
    for (name, _) in endpoints().into_iter().filter(|(_, access)| *access == Access::Open) {
        assert!(function(name).statements.is_empty(), "{name}");
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
fn only_functions_of_tokens_and_labs_write_tokens() {
    let writers: BTreeSet<_> = functions()
        .into_iter()
        .filter(|function| {
            ["PutItem", "UpdateItem", "DeleteItem"].iter().any(|a| function.may(&format!("dynamodb:{a}"), TOKENS))
        })
        .map(|function| function.name)
        .collect();
    let expected = ["cleanup", "lab-delete", "lab-post", "lab-put", "token-delete", "token-post", "token-put"];
    assert_eq!(writers, expected.map(str::to_owned).into());
}

#[test]
fn functions_with_the_bucket_may_use_it() {
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

#[test]
fn functions_that_query_a_counted_collection_may_read_the_totals() {
    let name = |name: &str| name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect::<String>();
    let tables = COUNTED.map(|collection| format!("{}Table", name(collection.name)));
    let mut querying = 0;
    for function in functions() {
        if tables.iter().any(|table| function.may("dynamodb:Query", table)) {
            querying += 1;
            assert!(function.may("dynamodb:BatchGetItem", "TotalTable"), "{}", function.name);
        }
    }
    assert!(querying > 12, "{querying}");
}
