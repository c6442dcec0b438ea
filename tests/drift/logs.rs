//! The contents of logs. A child process serves requests with secrets in every place and logs as on Lambda; the test
//! reads its output.

use std::process::Command;

use kernelci::lambda::log_to_standard_output;
use kernelci_tests::{load_seed, machine_on_dynamodb};
use serde_json::Value as Json;

use crate::{
    request::{Request, envelope, request},
    seeded::NOW,
};

/// Set in the environment of the serving process.
pub(crate) const SERVES: &str = "KERNELCI_TEST_SERVES";

/// Token values and the master key, which no log may contain.
const KEYS: [&str; 5] = ["tok-admin", "tok-get", "tok-upload", "tok-nobody-has", "example-master-key"];

/// Pieces of bodies and queries. A log may contain them only where the store's own requests are logged.
const CONTENT: [&str; 4] = ["secret@example.org", "body-of-a-file", "secret-defconfig", "value-of-a-filter"];

fn requests() -> Vec<Request<'static>> {
    let token_body = r#"{"email": "secret@example.org", "get": 1}"#;
    let build = r#"{"job": "mainline", "kernel": "v5.7", "git_branch": "master", "defconfig": "secret-defconfig", "arch": "arm"}"#;
    vec![
        request("GET", "/job").query("limit=1&job=mainline&kernel=v5.6-rc1").token("tok-get"),
        request("GET", "/job").token("tok-nobody-has"),
        request("GET", "/token/tok-upload").token("tok-admin"),
        request("GET", "/token/tok-nobody-has").token("tok-admin"),
        request("GET", "/tokens/tok-upload/").token("example-master-key"),
        request("PUT", "/token/tok-upload").token("tok-admin").json(token_body),
        request("DELETE", "/token/tok-upload").token("tok-admin"),
        request("PATCH", "/token/tok-upload").token("tok-admin"),
        request("GET", "/nosuch/tok-upload").token("tok-admin"),
        request("POST", "/token").token("example-master-key").json(token_body),
        request("POST", "/token").token("tok-admin").json("{\"email\": \"secret@example.org\""),
        request("POST", "/build").token("tok-admin").json(build),
        request("POST", "/job").token("tok-admin").json(r#"{"job": "secret@example.org"}"#),
        Request { body: "body-of-a-file", ..request("PUT", "/upload/logs/file").token("tok-upload") },
        Request { body: "body-of-a-file", ..request("PUT", "/upload/logs/file/below").token("tok-upload") },
        request("GET", "/job").query("job=value-of-a-filter").token("tok-get"),
        request("GET", "/job").query("limit=value-of-a-filter").token("tok-get"),
    ]
}

#[tokio::test]
#[ignore = "run by the other tests, as a process of its own"]
async fn requests_with_secrets_are_served() {
    if std::env::var_os(SERVES).is_none() {
        return;
    }
    // A process on DynamoDB logs more than one on the embedded engine.
    let (machine, _embedded) = machine_on_dynamodb(&["--now", NOW]).await;
    load_seed(&machine.services).await;
    log_to_standard_output();
    for asked in requests() {
        asked.serve(&machine.services).await;
    }
    let made = request("POST", "/token")
        .token("tok-admin")
        .json(r#"{"email": "a@example.org"}"#)
        .serve(&machine.services)
        .await;
    let value = envelope(&made)["result"][0]["token"].as_str().unwrap().to_owned();
    request("GET", &format!("/token/{value}")).token(&value).serve(&machine.services).await;
    // Output for the test; not a log line.
    std::fs::write(std::env::var(SERVES).unwrap(), value).unwrap();
}

/// The log lines of the process at a level, and the value of the token that it created.
fn logged(level: &str) -> (Vec<String>, String) {
    logged_by("logs::requests_with_secrets_are_served", level)
}

/// The log lines of a process that runs a test, at a level, and its other output.
pub(crate) fn logged_by(test: &str, level: &str) -> (Vec<String>, String) {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("made");
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(SERVES, &made)
        .env("AWS_LAMBDA_LOG_LEVEL", level)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter(|line| line.starts_with('{')).map(str::to_owned).collect();
    (lines, std::fs::read_to_string(made).unwrap())
}

fn assert_without<'a>(secrets: impl IntoIterator<Item = &'a str>, lines: &[String]) {
    for secret in secrets {
        let found: Vec<_> = lines.iter().filter(|line| line.contains(secret)).collect();
        assert!(found.is_empty(), "{secret} is in {} lines, such as {}", found.len(), found[0]);
    }
}

#[test]
fn a_log_line_identifies_its_request_without_content() {
    let (lines, made) = logged("info");
    let requests: Vec<Json> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_requests: Vec<_> = requests.iter().filter(|line| line["message"] == "request").collect();
    assert_eq!(of_requests.len(), self::requests().len() + 2, "{lines:#?}");
    for line in of_requests {
        for member in
            ["request_id", "function", "method", "route", "status", "microseconds", "store_requests", "items_read"]
        {
            assert!(!line[member].is_null(), "{member} is not in {line}");
        }
    }
    let routes: Vec<_> = requests.iter().filter_map(|line| line["route"].as_str()).collect();
    assert!(routes.contains(&"/token/{path+}") && routes.contains(&"unknown"), "{routes:?}");
    assert_without(KEYS.into_iter().chain(CONTENT).chain([made.as_str()]), &lines);
}

#[test]
fn the_debug_log_contains_neither_keys_nor_content() {
    let (lines, made) = logged("debug");
    assert!(lines.len() > requests().len(), "{}", lines.len());
    assert_without(KEYS.into_iter().chain(CONTENT).chain([made.as_str()]), &lines);
}

// This level logs the requests to the store. They contain only hashes of keys.
#[test]
fn no_log_level_contains_keys() {
    let (lines, made) = logged("trace");
    assert!(lines.len() > 200, "{}", lines.len());
    assert_without(KEYS.into_iter().chain([made.as_str()]), &lines);
}
