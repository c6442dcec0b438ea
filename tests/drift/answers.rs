//! What every answer contains, for any request.

use kernelci::services::Services;
use lambda_http::{Body, Response};
use proptest::{prelude::*, test_runner::TestRunner};

use crate::{
    request::{Request, envelope, request},
    seeded::seeded,
};

const METHODS: [&str; 8] = ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "get"];

const PATHS: [&str; 24] = [
    "/job",
    "/jobs/",
    "/job/5e79f370f870c5da21eece6d",
    "/job/zzzzzzzzzzzzzzzzzzzzzzzz",
    "/job/distinct/job",
    "/job/logs",
    "/job/5e79f370f870c5da21eece6d/logs",
    "/build",
    "/build/5eda7cd64ac19cf38e769a5a",
    "/build/distinct/nosuch",
    "/token",
    "/token/tok-get",
    "/token/5e0000000000000000000000",
    "/upload",
    "/upload/answers/x",
    "/upload/..%2fx",
    "/count",
    "/count/nosuch",
    "/test",
    "/test/case/count/distinct/job",
    "/test/regression/x",
    "/statistics",
    "/version",
    "/nosuch",
];

const QUERIES: [&str; 12] = [
    "",
    "limit=1",
    "limit=abc",
    "gte=job",
    "sort=",
    "job=mainline&kernel=v5.6-rc1",
    "job=%00",
    "aggregate=job&limit=2",
    "date_range=1.5",
    "_id=x",
    "field=job&nfield=job",
    "job=%ff%fe",
];

const BODIES: [&str; 9] = [
    "",
    "{",
    "[]",
    "{}",
    "null",
    r#"{"job": {"$ne": 1}}"#,
    r#"{"email": "a@example.org"}"#,
    r#"{"bmeta": 1, "steps": []}"#,
    r#"{"job": "mainline", "kernel": "v5.6-rc1", "git_branch": "master", "status": "\u0007"}"#,
];

const TOKENS: [Option<&str>; 4] = [None, Some("tok-admin"), Some("tok-get"), Some("tok-nobody-has")];

const HEADERS: [(&str, &str); 8] = [
    ("accept", "application/v2"),
    ("accept", "application/v1"),
    ("if-none-match", "*"),
    ("origin", "https://kernelci.example.org"),
    ("access-control-request-method", "POST"),
    ("content-type", "application/json"),
    ("content-type", "multipart/form-data; boundary=x"),
    ("content-encoding", "gzip"),
];

/// The deviations of an answer; empty where it is complete.
fn faults(answer: &Response<Body>) -> Vec<&'static str> {
    let (status, headers) = (answer.status().as_u16(), answer.headers());
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let body = envelope(answer);
    let reason = body["reason"].as_str();
    let faults = [
        (header("x-request-id").is_empty(), "x-request-id is missing"),
        (!header("vary").contains("Accept-Encoding"), "Vary is missing"),
        (header("access-control-allow-headers").is_empty(), "Access-Control-Allow-Headers is missing"),
        (!body.is_null() && header("content-type") != "application/json; charset=UTF-8", "the content type is missing"),
        (!body.is_null() && body["code"] != status, "the code differs from the status"),
        (body.is_null() && status != 304 && status != 405 && status != 404, "the body is missing"),
        (status >= 400 && !body.is_null() && reason.is_none_or(str::is_empty), "an error without a reason"),
        (reason.is_some_and(|reason| reason.contains(char::is_control)), "a control character in the reason"),
        (status >= 500 && status != 501, "a server error"),
        (status == 201 && header("location").is_empty(), "201 without Location"),
        (status == 304 && header("etag").is_empty(), "304 without ETag"),
    ];
    faults.into_iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, fault)| fault).collect()
}

async fn check(services: &Services, asked: &Request<'_>) -> Result<(), TestCaseError> {
    let answer = asked.serve(services).await;
    let faults = faults(&answer);
    prop_assert!(faults.is_empty(), "{asked:?}: {faults:?}\n{answer:?}");
    Ok(())
}

#[tokio::test]
async fn every_method_on_every_path_has_a_complete_answer() {
    let machine = seeded().await;
    for (method, path) in METHODS.iter().flat_map(|method| PATHS.iter().map(move |path| (method, path))) {
        for token in TOKENS {
            let asked = request(method, path).json("{}").query("job=mainline&limit=1&kernel=v5.6-rc1");
            let asked = token.map_or(asked.clone(), |token| asked.token(token));
            check(&machine.services, &asked).await.unwrap();
        }
    }
}

#[test]
fn random_requests_have_complete_answers() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let machine = runtime.block_on(seeded());
    let path = prop_oneof![3 => proptest::sample::select(&PATHS[..]).prop_map(str::to_owned), 1 => "/(job|token|test)?/?[ -~]{0,30}"];
    let query = prop_oneof![3 => proptest::sample::select(&QUERIES[..]).prop_map(str::to_owned), 1 => "[a-z_]{0,9}=[!$-;=?-~]{0,12}"];
    let body = prop_oneof![3 => proptest::sample::select(&BODIES[..]).prop_map(str::to_owned), 1 => ".{0,40}"];
    let headers = proptest::sample::subsequence(&HEADERS[..], 0..4);
    let asked =
        (proptest::sample::select(&METHODS[..]), path, query, body, headers, proptest::sample::select(&TOKENS[..]));
    let tried =
        TestRunner::new(kernelci_tests::property(400)).run(&asked, |(method, path, query, body, headers, token)| {
            let asked = Request { method, path: &path, query: &query, headers, body: &body, peer: "203.0.113.7" };
            let asked = token.map_or(asked.clone(), |token| asked.token(token));
            runtime.block_on(check(&machine.services, &asked))
        });
    tried.unwrap();
}
