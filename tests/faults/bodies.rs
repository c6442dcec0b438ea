//! Request bodies that are too long, too deeply nested, damaged or ambiguous: each is refused with the error envelope,
//! and nothing of a refused body is stored.

use std::{
    io::Write,
    sync::LazyLock,
    time::{Duration, Instant},
};

use flate2::{Compression, write::GzEncoder};
use kernelci::{
    http::serve,
    services::{Limits, Services},
    worker,
};
use kernelci_local::{
    events::event,
    router::Router,
    template::{TEMPLATE, Template},
};
use serde_json::{Value as Json, json};

use crate::{
    actions::waiting,
    faulty_process::{Answered, FaultyProcess},
};

static ROUTER: LazyLock<Router> = LazyLock::new(|| Router::new(&Template::read(TEMPLATE).unwrap()).unwrap());

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

async fn send(
    faulty: &FaultyProcess,
    services: &Services,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Answered {
    let mut request = http::Request::builder().method(method).uri(path).header("authorization", &faulty.token);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let head = request.body(()).unwrap().into_parts().0;
    let function = ROUTER.function(method, path).unwrap();
    serve(function, services, event(head, body.into(), [127, 0, 0, 1].into())).await.into()
}

fn zipped(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn nested(open: &str, close: &str, depth: usize) -> String {
    format!("{}1{}", open.repeat(depth), close.repeat(depth))
}

const STATUS: &str = r#""job": "nosuch", "kernel": "v1", "git_branch": "master""#;

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_body_is_refused_and_stores_nothing() {
    let faulty = FaultyProcess::start().await;
    let services = Services { limits: Limits::LAMBDA, ..faulty.direct.clone() };
    let million = "x".repeat(10_000_000);
    let zipped_job = zipped(format!("{{{STATUS}}}").as_bytes());
    let cases: Vec<(&str, &str, Vec<u8>, u16)> = vec![
        ("ten megabytes of one text", "/job", format!("{{{STATUS}, \"x\": \"{million}\"}}").into(), 404),
        (
            "ten megabytes of a name",
            "/build",
            format!("{{{STATUS}, \"arch\": \"{million}\", \"defconfig\": \"d\"}}").into(),
            400,
        ),
        ("ten megabytes of a key", "/token", format!("{{\"{million}\": 1}}").into(), 400),
        ("ten megabytes of lists", "/build", format!("[{}[]]", "[],".repeat(3_000_000)).into(), 400),
        ("ten megabytes of spaces", "/build", vec![b' '; 10_000_000], 422),
        ("ten megabytes of zero bytes", "/build", vec![0; 10_000_000], 422),
        ("more than may be", "/build", vec![b' '; 10 * 1024 * 1024 + 1], 413),
        ("a hundred thousand lists", "/job", nested("[", "]", 100_000).into(), 400),
        ("a hundred thousand unclosed brackets", "/job", "[".repeat(100_000).into(), 400),
        ("a hundred thousand objects", "/job", nested("{\"a\":", "}", 100_000).into(), 400),
        (
            "a hundred lists in an object",
            "/token",
            format!("{{\"email\": \"a@example.org\", \"x\": {}}}", nested("[", "]", 100)).into(),
            400,
        ),
        ("a build as deep", "/build", format!("{{\"bmeta\": {}}}", nested("{\"a\":", "}", 30)).into(), 400),
        ("invalid UTF-8", "/job", b"{\"job\": \"\xff\xfe\"}".to_vec(), 422),
        ("half a surrogate pair", "/job", br#"{"job": "\ud800"}"#.to_vec(), 400),
        ("a number past all numbers", "/token", br#"{"email": "a@example.org", "get": 1e400}"#.to_vec(), 400),
        (
            "a number of forty digits",
            "/token",
            format!("{{\"email\": \"a@example.org\", \"get\": {}}}", "1".repeat(40)).into(),
            400,
        ),
        ("a number for a name", "/job", format!("{{{STATUS}, \"status\": 1e300}}").into(), 400),
        ("an invalid number", "/token", br#"{"email": "a@example.org", "get": NaN}"#.to_vec(), 422),
        ("an invalid escape sequence", "/job", br#"{"job": "\x00"}"#.to_vec(), 422),
        ("a control character as it is", "/job", b"{\"job\": \"a\x07\"}".to_vec(), 422),
        (
            "a zero byte in a name",
            "/build",
            format!("{{{}, \"arch\": \"a\", \"defconfig\": \"d\"}}", STATUS.replace("v1", "v\\u0000")).into(),
            400,
        ),
        (
            "a line end in a name",
            "/build",
            format!("{{{}, \"arch\": \"a\", \"defconfig\": \"d\"}}", STATUS.replace("v1", "v\\n")).into(),
            400,
        ),
        (
            "a name that leaves its place",
            "/build",
            format!("{{{STATUS}, \"arch\": \"../../..\", \"defconfig\": \"d\"}}").into(),
            400,
        ),
    ];
    let before = faulty.documents().await;
    for (what, path, body, status) in cases {
        let started = Instant::now();
        let answer = send(&faulty, &services, ("POST", path), JSON, body).await;
        assert_eq!((answer.status, &answer.envelope["code"]), (status, &json!(status)), "{what}: {answer:?}");
        let reason = answer.envelope["reason"].as_str().unwrap();
        assert!(!reason.is_empty() && !reason.contains(char::is_control) && reason.len() < 1_000, "{what}: {reason}");
        assert!(answer.envelope.to_string().len() < 4_000, "{what}");
        assert!(started.elapsed() < Duration::from_secs(20), "{what}: {:?}", started.elapsed());
    }
    let coding = [("content-type", "application/json"), ("content-encoding", "gzip")];
    for (what, body) in [("gzip", zipped_job.clone()), ("half of it", zipped_job[..zipped_job.len() / 2].to_vec())] {
        let answer = send(&faulty, &services, ("POST", "/job"), &coding, body).await;
        assert_eq!((answer.status, &answer.envelope["code"]), (422, &json!(422)), "{what}: {answer:?}");
    }
    assert_eq!(faulty.documents().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_of_two_equal_keys_is_used() {
    let faulty = FaultyProcess::start().await;
    let body = br#"{"email": "first@example.org", "get": 1, "email": "last@example.org", "get": 0}"#.to_vec();
    let made = send(&faulty, &faulty.direct, ("POST", "/token"), JSON, body).await;
    let value = made.envelope["result"][0]["token"].as_str().unwrap();
    let token = faulty.result(&format!("/token/{value}"), "").await.remove(0);
    assert_eq!(token["email"], "last@example.org");
    assert!(token["properties"].as_array().unwrap().iter().all(|given| given == 0), "{token}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_log_with_truncated_gzip_keeps_the_build_and_reports_the_error() {
    let faulty = FaultyProcess::start().await;
    let whole = zipped("a.c: warning: x\n".repeat(1_000).as_bytes());
    let bomb = zipped(&vec![b'\n'; 50_000_000]);
    let described = r#"{"build_result": "FAIL", "build_result": "PASS", "build_time": 1.5}"#;
    for (name, description, log, is_build, logs) in [
        ("whole", described.to_owned(), whole.clone(), true, 1),
        ("half", described.to_owned(), whole[..whole.len() / 2].to_vec(), true, 0),
        ("bomb", described.to_owned(), bomb, true, 1),
        ("past-all", described.replace("1.5", "1e400"), whole.clone(), false, 0),
        ("deep", described.replace("1.5", &nested("[", "]", 10_000)), whole.clone(), false, 0),
    ] {
        let folder = format!("{name}/master/v1/arm/defconfig");
        for (file, content) in [("bmeta.json", description.into_bytes()), ("build.log", log)] {
            let path = format!("/upload/{folder}/{file}");
            assert_eq!(send(&faulty, &faulty.direct, ("PUT", &path), &[], content).await.status, 201, "{name}");
        }
        let body = crate::actions::build(name).to_string().into_bytes();
        assert_eq!(send(&faulty, &faulty.direct, ("POST", "/build"), JSON, body).await.status, 202, "{name}");
        assert_eq!(worker::run_due(&faulty.direct).await.unwrap().run, 1);
        let query = format!("job={name}");
        let (builds, found) = (faulty.result("/build", &query).await, faulty.result("/build/logs", &query).await);
        assert_eq!((builds.len(), found.len()), (usize::from(is_build), logs), "{name}: {builds:?}");
        assert!(builds.iter().all(|build| build["status"] == "PASS"), "{name}");
        assert_eq!(waiting(&faulty).await, 0, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_multipart_form_stores_nothing() {
    let faulty = FaultyProcess::start().await;
    let part = |name: &str, content: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"{name}\"\r\n\r\n{content}\r\n")
    };
    let path = "--b\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\nplace\r\n";
    let kind = [("content-type", "multipart/form-data; boundary=b")];
    for (what, body) in [
        (
            "cut off within a file",
            format!(
                "{path}{}--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"b\"\r\n\r\nhalf",
                part("a", "x")
            ),
        ),
        ("a name that leaves", format!("{path}{}{}--b--\r\n", part("a", "x"), part("../../b", "x"))),
        ("a file name with a control character", format!("{path}{}{}--b--\r\n", part("a", "x"), part("b\u{7}", "x"))),
        ("too many parts", format!("{path}{}--b--\r\n", part("a", "x").repeat(1_001))),
        (
            "a file name of a thousand bytes",
            format!("{path}{}{}--b--\r\n", part("a", "x"), part(&"n".repeat(1_000), "x")),
        ),
    ] {
        let answer = send(&faulty, &faulty.direct, ("POST", "/upload"), &kind, body.into_bytes()).await;
        assert_eq!((answer.status, &answer.envelope["code"]), (400, &json!(400)), "{what}: {answer:?}");
        let place = kernelci::storage::StoragePath::parse("place").unwrap();
        assert!(faulty.direct.files().unwrap().list(&place).await.unwrap().is_empty(), "{what}");
    }
    let none: Json =
        json!({"code": 415, "reason": "Wrong content type defined: Use multipart/form-data as the content type"});
    let answer = send(&faulty, &faulty.direct, ("POST", "/upload"), &[], vec![b'x'; 10_000]).await;
    assert_eq!(answer.envelope, none);
}
