//! The requests of the functions to the store, compared with their permissions in the template: a child process serves
//! every event file and logs each request to the store.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
};

use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector},
    orchestrator::HttpRequest,
};

use kernelci::{
    connection::{DynamoDb, RetryPolicy},
    lambda::log_to_standard_output,
    services::Services,
    store::{Store, StoreOptions},
};
use kernelci_tests::{load_seed, machine_on_dynamodb, root};
use serde_json::{Value as Json, json};

use crate::{
    logs::{self, SERVES},
    request::request,
    seeded::NOW,
    template::functions,
};

/// The functions that answer no HTTP request, in the order in which they are run. Each is followed by a request that
/// reads nothing.
const EVENT_FUNCTIONS: [(&str, &str); 3] =
    [(task_worker::NAME, "/job"), (statistics_writer::NAME, "/build"), (cleanup::NAME, "/boot")];

/// A connector that writes each request to the store into the log.
#[derive(Debug)]
struct LoggingConnector(SharedHttpConnector);

impl HttpConnector for LoggingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = request.headers().get("x-amz-target").unwrap().rsplit('.').next().unwrap();
        let body = std::str::from_utf8(request.body().bytes().unwrap()).unwrap();
        let line = json!({"message": "request body", "operation": operation, "body": body});
        std::io::stdout().write_all(format!("{line}\n").as_bytes()).unwrap();
        self.0.call(request)
    }
}

/// The event files of a function.
fn events(function: &str) -> Vec<String> {
    let folder = root().join("events").join(function);
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

#[tokio::test]
#[ignore = "run by the other test, as a process of its own"]
async fn every_event_is_served() {
    if std::env::var_os(SERVES).is_none() {
        return;
    }
    let (machine, embedded) = machine_on_dynamodb(&["--now", NOW]).await;
    load_seed(&machine.services).await;
    let connector = SharedHttpConnector::new(LoggingConnector(embedded.requests().connector()));
    let dynamodb = DynamoDb::through(connector, "http://store.invalid", RetryPolicy::EMBEDDED);
    let store = Store::new(dynamodb, StoreOptions::local());
    let services = Services { store, ..machine.services.clone() };
    log_to_standard_output();
    // Deletions come last, so that the other requests find their documents.
    let mut functions = kernelci_local::functions::FUNCTIONS;
    functions.sort_by_key(|function| function.name.ends_with("-delete"));
    for function in functions {
        for event in events(function.name) {
            kernelci::http::serve(function, &services, lambda_http::request::from_str(&event).unwrap()).await;
        }
    }
    for (function, path) in EVENT_FUNCTIONS {
        for event in events(function) {
            let event: Json = serde_json::from_str(&event).unwrap();
            match function {
                task_worker::NAME => drop(task_worker::handle(&event, &services).await.unwrap()),
                statistics_writer::NAME => drop(statistics_writer::handle(&services).await.unwrap()),
                // Some of its events name no valid rule.
                _ => drop(cleanup::handle(&event, &services).await),
            }
        }
        // The log line of this request, which reads nothing from the store, ends the lines of the function.
        request("OPTIONS", path).serve(&services).await;
    }
    std::fs::write(std::env::var(SERVES).unwrap(), "").unwrap();
}

/// An action on a table or on an index of it.
type Permission = (String, String);

fn permission(action: &str, table: &Json, index: bool) -> Permission {
    let table = table.as_str().unwrap().strip_prefix("kernelci-").unwrap();
    let words = table.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
    let resource = format!("{}Table.Arn{}", words.collect::<String>(), if index { "/index/*" } else { "" });
    (format!("dynamodb:{action}"), resource)
}

/// The permissions that AWS requires for a request to DynamoDB.
fn required_permissions(operation: &str, body: &Json) -> Vec<Permission> {
    match operation {
        "TransactWriteItems" => {
            let writes = body["TransactItems"].as_array().unwrap().iter().flat_map(|item| item.as_object().unwrap());
            let action = |kind: &str| {
                if kind == "ConditionCheck" { "ConditionCheckItem".to_owned() } else { format!("{kind}Item") }
            };
            writes.map(|(kind, write)| permission(&action(kind), &write["TableName"], false)).collect()
        }
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = body["RequestItems"].as_object().unwrap().keys();
            tables.map(|table| permission(operation, &table.as_str().into(), false)).collect()
        }
        _ => vec![permission(operation, &body["TableName"], body["IndexName"].is_string())],
    }
}

#[test]
fn every_request_to_the_store_is_permitted_by_the_template() {
    let (lines, _) = logs::logged_by("used_permissions::every_event_is_served", "trace");
    let (mut used, mut pending) = (BTreeMap::<String, BTreeSet<Permission>>::new(), Vec::new());
    for line in lines.iter().map(|line| serde_json::from_str::<Json>(line).unwrap()) {
        // A line of another component.
        if line["message"] == "request body" {
            let body = serde_json::from_str(line["body"].as_str().unwrap()).unwrap();
            pending.extend(required_permissions(line["operation"].as_str().unwrap(), &body));
        }
        if let (true, Some(function)) = (line["message"] == "request", line["function"].as_str()) {
            // A request without a function reads nothing: it follows one of the event functions.
            let route = line["route"].as_str().unwrap();
            let behind = EVENT_FUNCTIONS.iter().find(|(_, path)| *path == route).filter(|_| !pending.is_empty());
            let function = behind.filter(|_| function == "unmatched-any").map_or(function, |(name, _)| name);
            used.entry(function.to_owned()).or_default().extend(pending.drain(..));
        }
    }
    let (mut missing, mut asked) = (Vec::new(), 0);
    for function in functions() {
        let of_function = used.remove(&function.name).unwrap_or_default();
        assert_eq!(of_function.is_empty(), function.statements.is_empty(), "{}", function.name);
        for (action, resource) in of_function {
            asked += 1;
            let is_allowed = |statement: &crate::template::Statement| {
                statement.actions.contains(&action) && statement.resources.contains(&resource)
            };
            if !function.statements.iter().any(is_allowed) {
                missing.push(format!("{} needs {action} on {resource}", function.name));
            }
        }
    }
    assert!(used.is_empty(), "{used:?}");
    assert!(asked > 60, "{asked}: the log does not contain the requests to the store");
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
