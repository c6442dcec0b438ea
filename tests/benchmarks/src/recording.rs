//! A store's answers, recorded once and given again: what is left is the work of the one who asks.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::BodyExt;

/// Operation, and a sum over each two neighbours of the body's bytes: what tells the requests of a benchmark apart. A hash
/// of the text would not do, for names stand in it in any order.
pub type Asked = (String, u64);

/// Answers by what was asked.
#[derive(Debug, Clone, Default)]
pub struct Recording(Arc<Mutex<HashMap<Asked, Bytes>>>);

impl Recording {
    /// A client that asks a real store, and records what it answers.
    pub fn recorder(&self, store: SharedHttpConnector) -> SharedHttpConnector {
        SharedHttpConnector::new(Recorder { inner: store, answers: self.clone() })
    }

    /// A client that gives the recorded answers.
    pub fn player(&self) -> SharedHttpConnector {
        SharedHttpConnector::new(Player(Arc::new(self.answers())))
    }

    /// The recorded answers.
    ///
    /// # Panics
    /// A recorder has panicked.
    pub fn answers(&self) -> HashMap<Asked, Bytes> {
        self.0.lock().unwrap().clone()
    }

    fn keep(&self, asked: Asked, answer: Bytes) {
        let before = self.0.lock().unwrap().insert(asked.clone(), answer.clone());
        assert!(before.is_none_or(|before| before.len() == answer.len()), "two requests are alike: {asked:?}");
    }
}

/// What a request asks, by the text of its header `X-Amz-Target` and its body.
pub fn asked(operation: &str, body: &[u8]) -> Asked {
    (
        operation.to_owned(),
        body.windows(2).map(|two| two.iter().fold(0, |sum, byte| sum * 257 + u64::from(*byte)).pow(2)).sum(),
    )
}

fn asked_by(request: &HttpRequest) -> Asked {
    let operation = request.headers().get("x-amz-target").unwrap_or_default();
    asked(operation, request.body().bytes().unwrap_or_default())
}

#[derive(Debug)]
struct Recorder {
    inner: SharedHttpConnector,
    answers: Recording,
}

impl HttpConnector for Recorder {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (asked, answers) = (asked_by(&request), self.answers.clone());
        let answer = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            let mut answer = answer.await?;
            let body = std::mem::replace(answer.body_mut(), SdkBody::taken());
            let bytes = body.collect().await.unwrap_or_else(|error| panic!("half an answer: {error}")).to_bytes();
            answers.keep(asked, bytes.clone());
            *answer.body_mut() = SdkBody::from(bytes);
            Ok(answer)
        })
    }
}

#[derive(Debug)]
struct Player(Arc<HashMap<Asked, Bytes>>);

impl HttpConnector for Player {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let asked = asked_by(&request);
        let bytes = self.0.get(&asked).unwrap_or_else(|| panic!("nothing was recorded of {asked:?}"));
        let status = http::StatusCode::OK.into();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(bytes.clone()))))
    }
}
