use std::{collections::VecDeque, sync::Mutex, time::Duration};

use aws_credential_types::Credentials;
use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use aws_smithy_runtime_api::client::http::HttpConnectorFuture;
use http::StatusCode;
use sha2::{Digest, Sha256};

use super::*;

const PROTOCOL: Protocol =
    Protocol { service: "things", target: "Things_1", content_type: "application/x-amz-json-1.0" };

const RETRY_POLICY: RetryPolicy = RetryPolicy {
    connect: Duration::from_millis(100),
    attempt: Duration::from_millis(50),
    request: Duration::from_millis(500),
    attempts: 3,
    first_pause: Duration::from_millis(1),
    longest_pause: Duration::from_millis(1),
};

/// What becomes of an attempt.
enum Step {
    Answered(u16, &'static str),
    Unreachable,
    NoRequest,
    Silent,
}

#[derive(Debug, Default)]
struct Service {
    steps: Mutex<VecDeque<Step>>,
    asked: Mutex<Vec<HttpRequest>>,
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Step")
    }
}

impl HttpConnector for &'static Service {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.asked.lock().unwrap().push(request);
        match self.steps.lock().unwrap().pop_front().unwrap() {
            Step::Answered(status, text) => {
                let status = StatusCode::from_u16(status).unwrap();
                HttpConnectorFuture::ready(Ok(HttpResponse::new(status.into(), SdkBody::from(text))))
            }
            Step::Unreachable => HttpConnectorFuture::ready(Err(ConnectorError::io("refused".into()))),
            Step::NoRequest => HttpConnectorFuture::ready(Err(ConnectorError::user("no such address".into()))),
            Step::Silent => HttpConnectorFuture::new(std::future::pending()),
        }
    }
}

fn settings(service: &'static Service, session: Option<&str>) -> Settings {
    Settings {
        region: "eu-north-1".to_owned(),
        credentials: Credentials::new("an-id", "a-secret", session.map(str::to_owned), None, "test"),
        endpoint: None,
        http: SharedHttpConnector::new(service),
    }
}

/// What comes of these steps, and how often was asked.
async fn asked(steps: impl IntoIterator<Item = Step>) -> (Result<Bytes, ServiceError>, usize) {
    let service: &'static Service = Box::leak(Box::default());
    service.steps.lock().unwrap().extend(steps);
    let answer = JsonService::new(PROTOCOL, &settings(service, None), RETRY_POLICY).ask("Get", b"{}".to_vec()).await;
    let times = service.asked.lock().unwrap().len();
    (answer, times)
}

fn refused(status: u16, code: &str, message: &str) -> ServiceError {
    ServiceError::Refused { status, code: code.to_owned(), message: message.to_owned() }
}

#[tokio::test]
async fn what_is_for_now_is_asked_again() {
    const BUSY: &str = r##"{"__type": "com.amazonaws.things#ThrottlingException", "message": "slower"}"##;
    for for_now in [
        || Step::Answered(400, BUSY),
        || Step::Answered(500, "{}"),
        || Step::Answered(502, "<html>"),
        || Step::Answered(429, "{}"),
        || Step::Answered(400, r##"{"__type": "a#SlowDown:http://b.c/", "message": null, "Message": "d"}"##),
        || Step::Unreachable,
        || Step::Silent,
    ] {
        let (answer, times) = asked([for_now(), for_now(), Step::Answered(200, "yes")]).await;
        assert_eq!((answer.unwrap().as_ref(), times), (&b"yes"[..], 3));
        let (answer, times) = asked([for_now(), for_now(), for_now()]).await;
        assert!(answer.unwrap_err().is_retryable());
        assert_eq!(times, 3);
    }
    let (answer, _) = asked([Step::Answered(400, BUSY), Step::Answered(400, BUSY), Step::Answered(400, BUSY)]).await;
    assert_eq!(answer.unwrap_err(), refused(400, "ThrottlingException", "slower"));
}

#[tokio::test]
async fn what_is_refused_for_good_is_asked_once() {
    for (step, error) in [
        (
            Step::Answered(400, r#"{"__type": "ValidationException", "Message": "no"}"#),
            refused(400, "ValidationException", "no"),
        ),
        (Step::Answered(404, "<html>"), refused(404, "", "")),
        (Step::NoRequest, ServiceError::Unsent("user error: no such address".to_owned())),
    ] {
        let (answer, times) = asked([step]).await;
        let answer = answer.unwrap_err();
        assert_eq!((times, answer.is_retryable()), (1, false));
        match error {
            ServiceError::Unsent(_) => assert!(matches!(answer, ServiceError::Unsent(_)), "{answer:?}"),
            error => assert_eq!(answer, error),
        }
    }
}

#[tokio::test]
async fn no_request_waits_longer_than_its_retry_policy_says() {
    let service: &'static Service = Box::leak(Box::default());
    service.steps.lock().unwrap().extend([Step::Silent, Step::Silent, Step::Silent]);
    let retry_policy = RetryPolicy { attempt: Duration::from_secs(600), ..RETRY_POLICY };
    let answer = JsonService::new(PROTOCOL, &settings(service, None), retry_policy).ask("Get", Vec::new()).await;
    assert_eq!(answer.unwrap_err(), ServiceError::TooLate);
    assert_eq!(service.asked.lock().unwrap().len(), 1);
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

// The steps of AWS Signature Version 4, over what was sent.
#[tokio::test]
async fn what_is_sent_is_what_is_signed() {
    for session in [None, Some("of-a-session")] {
        let service: &'static Service = Box::leak(Box::default());
        service.steps.lock().unwrap().push_back(Step::Answered(200, "{}"));
        let things = JsonService::new(PROTOCOL, &settings(service, session), RETRY_POLICY);
        things.ask("Get", br#"{"a": "b"}"#.to_vec()).await.unwrap();
        let request = service.asked.lock().unwrap().pop().unwrap();
        assert_eq!((request.method(), request.uri()), ("POST", "https://things.eu-north-1.amazonaws.com"));
        let header = |name: &str| request.headers().get(name);
        assert_eq!(header("x-amz-target"), Some("Things_1.Get"));
        assert_eq!(header("content-type"), Some(PROTOCOL.content_type));
        assert_eq!(header("x-amz-security-token"), session);

        let date = header("x-amz-date").unwrap();
        let scope = format!("{}/eu-north-1/things/aws4_request", &date[..8]);
        let authorization = header("authorization").unwrap();
        let rest = authorization.strip_prefix(&format!("AWS4-HMAC-SHA256 Credential=an-id/{scope}, SignedHeaders="));
        let (signed, signature) = rest.unwrap().split_once(", Signature=").unwrap();
        let canonical: String = signed
            .split(';')
            .map(|name| match name {
                "host" => "host:things.eu-north-1.amazonaws.com\n".to_owned(),
                name => format!("{name}:{}\n", header(name).unwrap()),
            })
            .collect();
        assert!(["host", "x-amz-date", "x-amz-target"].iter().all(|name| signed.split(';').any(|one| one == *name)));
        assert_eq!(session.is_some(), signed.contains("x-amz-security-token"));
        let body = hex(Sha256::digest(request.body().bytes().unwrap()));
        let canonical = format!("POST\n/\n\n{canonical}\n{signed}\n{body}");
        let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(Sha256::digest(canonical)));
        let time = jiff::fmt::strtime::parse("%Y%m%dT%H%M%S%z", date.replace('Z', "+0000")).unwrap();
        let key = generate_signing_key("a-secret", time.to_timestamp().unwrap().into(), "eu-north-1", "things");
        assert_eq!(signature, calculate_signature(key, to_sign.as_bytes()));
    }
}

#[tokio::test]
async fn without_signatures_nothing_says_who_asks() {
    let service: &'static Service = Box::leak(Box::default());
    service.steps.lock().unwrap().push_back(Step::Answered(200, "{}"));
    JsonService::new(PROTOCOL, &settings(service, None), RETRY_POLICY).unsigned().ask("Get", Vec::new()).await.unwrap();
    let request = service.asked.lock().unwrap().pop().unwrap();
    assert_eq!(request.headers().get("authorization"), None);
    assert_eq!(request.headers().get("x-amz-target"), Some("Things_1.Get"));
}
