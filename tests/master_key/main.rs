//! The master key in a parameter of SSM: when it is read, how long it is cached, and the answers where it cannot be
//! read.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod ssm;

use std::{process::Command, sync::Arc};

use kernelci::{
    auth::{KeyInParameter, MasterKeySource},
    clock::Clock,
    http::serve,
    lambda::log_to_standard_output,
    parameter::Parameter,
    services::Services,
    time::Timestamp,
};
use kernelci_local::{functions::function, start::Machine};
use kernelci_tests::{ADMIN, load_seed, machine};
use lambda_http::{Body, Response, request::from_str};
use serde_json::json;

use ssm::{Answer, Ssm};

const KEY: &str = "key-in-the-parameter";
const NAME: &str = "/kernelci/master-key";
const START: Timestamp = Timestamp::from_milliseconds(1_586_687_400_000);
const MINUTE: i64 = 60_000;
const CACHE_TIME: i64 = 5 * MINUTE;

/// A machine whose master key is in a parameter of `ssm`.
async fn with_parameter(ssm: &Ssm) -> (Machine, Services) {
    let machine = machine(&[]).await;
    let services = Services { master_key: Some(source(ssm)), ..machine.services.clone() };
    (machine, services)
}

fn source(ssm: &Ssm) -> Arc<dyn MasterKeySource> {
    Arc::new(KeyInParameter::new(Parameter::local(NAME.to_owned(), &ssm.endpoint())))
}

async fn ask(services: &Services, function_name: &str, token: &str) -> Response<Body> {
    let path = format!("/{}", function_name.split('-').next().unwrap());
    let event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "limit=1",
        "headers": { "authorization": token },
        "requestContext": {
            "http": { "method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7" },
            "requestId": "Example00000=",
            "stage": "$default",
            "timeEpoch": START.milliseconds(),
        },
        "isBase64Encoded": false,
    });
    serve(function(function_name).unwrap(), services, from_str(&event.to_string()).unwrap()).await
}

async fn status(services: &Services, function_name: &str, token: &str) -> u16 {
    ask(services, function_name, token).await.status().as_u16()
}

/// The services some time after the start. The clock keeps running, so no two are at exactly the same time.
fn at(services: &Services, after: i64) -> Services {
    Services { clock: Clock::starting_at(START.plus(after)), ..services.clone() }
}

#[tokio::test]
async fn the_master_key_is_accepted_by_token_functions_only() {
    let ssm = Ssm::start(Answer::Value(KEY)).await;
    let (_machine, services) = with_parameter(&ssm).await;
    assert_eq!(status(&services, "job-get", KEY).await, 403);
    assert_eq!(ssm.asked(), 0);
    assert_eq!(status(&services, "token-get", KEY).await, 200);
    assert_eq!(status(&services, "token-get", "key-in-the-parameteR").await, 403);
    assert_eq!(ssm.asked(), 1);
}

#[tokio::test]
async fn the_parameter_is_read_only_for_an_unknown_token() {
    let ssm = Ssm::start(Answer::Value(KEY)).await;
    let (_machine, services) = with_parameter(&ssm).await;
    load_seed(&services).await;
    for (token, expected) in [(ADMIN, 200), ("tok-get", 403), ("tok-expired", 403), ("", 403)] {
        assert_eq!(status(&services, "token-get", token).await, expected, "{token}");
    }
    assert_eq!(ssm.asked(), 0);
}

#[tokio::test]
async fn the_request_is_signed_and_asks_for_the_decrypted_value() {
    let ssm = Ssm::start(Answer::Value(KEY)).await;
    let (_machine, services) = with_parameter(&ssm).await;
    status(&services, "token-get", KEY).await;
    let request = ssm.last_request().unwrap();
    assert_eq!(request.target, "AmazonSSM.GetParameter");
    assert_eq!(request.content_type, "application/x-amz-json-1.1");
    assert_eq!(request.body, json!({ "Name": NAME, "WithDecryption": true }));
    let (scheme, rest) = request.authorization.split_once(' ').unwrap();
    assert_eq!(scheme, "AWS4-HMAC-SHA256");
    assert!(rest.starts_with("Credential=local/") && rest.contains("/us-east-1/ssm/aws4_request"), "{rest}");
    for header in ["content-type", "host", "x-amz-date", "x-amz-target"] {
        assert!(rest.contains(header), "{header} is not signed: {rest}");
    }
}

#[tokio::test]
async fn a_new_key_replaces_the_old_one_after_the_cache_time() {
    let ssm = Ssm::start(Answer::Value("old")).await;
    let (_machine, services) = with_parameter(&ssm).await;
    assert_eq!(status(&at(&services, 0), "token-get", "old").await, 200);
    ssm.answer(Answer::Value("new"));
    let before = at(&services, CACHE_TIME - MINUTE);
    assert_eq!((status(&before, "token-get", "old").await, status(&before, "token-get", "new").await), (200, 403));
    assert_eq!(ssm.asked(), 1);
    let after = at(&services, CACHE_TIME + MINUTE);
    assert_eq!((status(&after, "token-get", "new").await, status(&after, "token-get", "old").await), (200, 403));
    assert_eq!(ssm.asked(), 2);
}

#[tokio::test]
async fn without_a_parameter_no_value_is_accepted() {
    let ssm = Ssm::start(Answer::Refusal(400, "ParameterNotFound")).await;
    let (_machine, services) = with_parameter(&ssm).await;
    let first = at(&services, 0);
    for token in [KEY, "another"] {
        assert_eq!(status(&first, "token-get", token).await, 403);
    }
    assert_eq!(ssm.asked(), 1, "a missing parameter is cached too");
    ssm.answer(Answer::Value(KEY));
    assert_eq!(status(&at(&services, CACHE_TIME + MINUTE), "token-get", KEY).await, 200);
}

#[tokio::test]
async fn an_empty_parameter_accepts_no_key() {
    let ssm = Ssm::start(Answer::Value(" ")).await;
    let (_machine, services) = with_parameter(&ssm).await;
    assert_eq!(status(&services, "token-get", "x").await, 403);
}

#[tokio::test]
async fn an_unreadable_parameter_is_a_server_error() {
    for answer in [
        Answer::Refusal(400, "AccessDeniedException"),
        Answer::Refusal(400, "com.amazonaws.ssm#ThrottlingException"),
        Answer::Refusal(500, "InternalServerError"),
        Answer::Text(200, "not JSON"),
        Answer::Text(200, r#"{"Parameter": {"Value": 5}}"#),
        Answer::Text(503, "<html>"),
        Answer::Nothing,
    ] {
        let ssm = Ssm::start(answer).await;
        let (_machine, services) = with_parameter(&ssm).await;
        let refused = ask(&services, "token-get", KEY).await;
        assert_eq!(refused.status(), 503, "{answer:?}");
        assert_eq!(refused.headers()["retry-after"], "1", "{answer:?}");
        // A failure is not cached.
        ssm.answer(Answer::Value(KEY));
        assert_eq!(status(&services, "token-get", KEY).await, 200, "{answer:?}");
    }
}

/// Set in the environment of the process whose log the test reads.
const LOGS: &str = "KERNELCI_TEST_LOGS";

const ODD: &str = r#"{"Parameter": {"Value": ["key-in-the-parameter"]}}"#;

#[tokio::test]
#[ignore = "run by the other test, as a process of its own"]
async fn keys_are_read_and_logged() {
    if std::env::var_os(LOGS).is_none() {
        return;
    }
    let ssm = Ssm::start(Answer::Value(KEY)).await;
    let (_machine, services) = with_parameter(&ssm).await;
    log_to_standard_output();
    let odd = Answer::Text(200, ODD);
    let missing = Answer::Refusal(400, "ParameterNotFound");
    let denied = Answer::Refusal(400, "AccessDeniedException");
    for answer in [Answer::Value(KEY), odd, missing, denied] {
        ssm.answer(answer);
        status(&Services { master_key: Some(source(&ssm)), ..services.clone() }, "token-get", KEY).await;
    }
}

#[test]
fn the_log_has_the_cause_without_the_value() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "keys_are_read_and_logged", "--ignored", "--nocapture"])
        .env(LOGS, "yes")
        .env("AWS_LAMBDA_LOG_LEVEL", "trace")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    assert!(lines.contains("AmazonSSM.GetParameter"), "requests are not logged at this level");
    assert!(lines.contains("the parameter /kernelci/master-key does not exist"));
    assert!(lines.contains("the parameter /kernelci/master-key cannot be read: AccessDeniedException"));
    assert!(!lines.contains(KEY), "{}", lines.lines().find(|line| line.contains(KEY)).unwrap());
}
