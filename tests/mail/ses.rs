//! How answers of SES are classified. A local server stands in for SES.

use std::sync::{Arc, Mutex};

use kernelci::{
    connection::local_ses,
    mail::{DeliveryError, DeliveryStatus, Mail, Mailer, Ses},
};
use serde_json::Value as Json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// How the stand-in answers a request.
#[derive(Debug, Clone, Copy)]
enum Behaviour {
    Answers(u16, &'static str),
    Closes,
}

/// Starts a stand-in. Returns its endpoint and the requests that it receives.
async fn stand_in(behaviour: Behaviour) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let given = Arc::clone(&asked);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (mut text, mut piece) = (Vec::new(), [0; 4096]);
            let is_whole = |text: &[u8]| {
                let text = String::from_utf8_lossy(text);
                let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
                let length =
                    head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
                body.len() >= length.unwrap_or(0)
            };
            while !is_whole(&text) {
                let length = stream.read(&mut piece).await.unwrap();
                text.extend_from_slice(&piece[..length]);
            }
            given.lock().unwrap().push(String::from_utf8(text).unwrap());
            if let Behaviour::Answers(status, code) = behaviour {
                let body = if code.is_empty() { r#"{"MessageId": "1"}"# } else { r#"{"message": "for us"}"# };
                let answer = format!(
                    "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nx-amzn-ErrorType: {code}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    });
    (endpoint, asked)
}

fn mail() -> Mail {
    Mail {
        name: "5e92ea98.1".to_owned(),
        from: "bot@example.org".to_owned(),
        recipients: vec!["dev@example.org".to_owned(), "unseen@example.org".to_owned()],
        message: b"Subject: x\r\n\r\ntext\r\n".to_vec(),
    }
}

async fn delivered(behaviour: Behaviour) -> (Result<(), DeliveryError>, Vec<String>) {
    let (endpoint, asked) = stand_in(behaviour).await;
    let delivered = Ses::new(local_ses(&endpoint)).deliver(&mail()).await;
    let asked = asked.lock().unwrap().clone();
    (delivered, asked)
}

#[tokio::test]
async fn a_mail_is_sent_unchanged_to_all_recipients() {
    let (delivered, asked) = delivered(Behaviour::Answers(200, "")).await;
    assert_eq!(delivered, Ok(()));
    assert!(asked[0].starts_with("POST /v2/email/outbound-emails "), "{}", asked[0]);
    let body: Json = serde_json::from_str(asked[0].split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body["FromEmailAddress"], "bot@example.org");
    assert_eq!(body["Destination"]["BccAddresses"], serde_json::json!(["dev@example.org", "unseen@example.org"]));
    assert_eq!(body["Content"]["Raw"]["Data"], "U3ViamVjdDogeA0KDQp0ZXh0DQo=");
}

#[tokio::test]
async fn refusals_are_classified_and_not_retried() {
    let is = |wanted: &str, outcome: &Result<(), DeliveryError>| match outcome {
        Err(DeliveryError::Later(_)) => wanted == "later",
        Err(DeliveryError::Never(_)) => wanted == "never",
        Err(DeliveryError::Unknown(_)) => wanted == "unknown",
        Ok(()) => false,
    };
    for (behaviour, wanted) in [
        (Behaviour::Answers(429, "TooManyRequestsException"), "later"),
        (Behaviour::Answers(400, "LimitExceededException"), "later"),
        (Behaviour::Answers(400, "SendingPausedException"), "later"),
        (Behaviour::Answers(503, "ServiceUnavailable"), "later"),
        (Behaviour::Answers(400, "MessageRejected"), "never"),
        (Behaviour::Answers(400, "MailFromDomainNotVerifiedException"), "never"),
        (Behaviour::Answers(403, "AccessDeniedException"), "never"),
        (Behaviour::Answers(500, "InternalFailure"), "unknown"),
        (Behaviour::Closes, "unknown"),
    ] {
        let (outcome, asked) = delivered(behaviour).await;
        assert!(is(wanted, &outcome), "{behaviour:?}: {outcome:?}");
        assert_eq!(asked.len(), 1, "{behaviour:?}");
    }
}

#[tokio::test]
async fn a_failed_connection_means_that_nothing_was_sent() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ses = Ses::new(local_ses(&format!("http://{nobody}")));
    assert!(matches!(ses.deliver(&mail()).await, Err(DeliveryError::Later(_))));
    assert_eq!(ses.delivery_status(&mail().name).await, DeliveryStatus::Unknown);
}
