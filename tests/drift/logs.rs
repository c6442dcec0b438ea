//! What is logged. A process of its own serves requests with secrets in every place, and logs as on Lambda; this one
//! reads what it wrote.

use std::process::Command;

use kernelci::lambda::log_to_standard_output;
use kernelci_tests::{load_seed, machine_on_dynamodb};
use serde_json::Value as Json;

use crate::{
    request::{Request, envelope, request},
    seeded::NOW,
};

/// Set in the environment of the process that serves.
pub(crate) const SERVES: &str = "KERNELCI_TEST_SERVES";

/// The values of tokens and the master key, which no log may hold.
const KEYS: [&str; 5] = ["tok-admin", "tok-get", "tok-upload", "tok-nobody-has", "example-master-key"];

/// Pieces of bodies and queries, which a log may hold only where the store's own requests are logged too.
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
    // What asks DynamoDB logs more than the embedded engine.
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
    // For the reader only, and no line of the log.
    std::fs::write(std::env::var(SERVES).unwrap(), value).unwrap();
}

/// The lines that the process logs at that level, and the value of the token that it made.
fn logged(level: &str) -> (Vec<String>, String) {
    logged_by("logs::requests_with_secrets_are_served", level)
}

/// The lines that a process with that test logs at that level, and what it leaves behind.
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
fn a_log_line_tells_a_request_from_another_and_nothing_of_its_content() {
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
fn neither_keys_nor_content_are_logged_for_debugging() {
    let (lines, made) = logged("debug");
    assert!(lines.len() > requests().len(), "{}", lines.len());
    assert_without(KEYS.into_iter().chain(CONTENT).chain([made.as_str()]), &lines);
}

// What is written to the store is logged at this level; of keys, only hashes go there.
#[test]
fn no_key_is_logged_however_much_is() {
    let (lines, made) = logged("trace");
    assert!(lines.len() > 200, "{}", lines.len());
    assert_without(KEYS.into_iter().chain([made.as_str()]), &lines);
}
