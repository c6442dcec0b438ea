//! A stand-in for SSM. It returns configured answers to `GetParameter` and records the requests.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value as Json, json};
use tokio::{net::TcpListener, task::JoinHandle};

/// A configured answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    /// The parameter with this value.
    Value(&'static str),
    /// An error of this status and type.
    Refusal(u16, &'static str),
    /// This text.
    Text(u16, &'static str),
    /// The connection ends.
    Nothing,
}

/// A recorded request.
#[derive(Debug, Clone)]
pub(crate) struct RecordedRequest {
    pub(crate) target: String,
    pub(crate) content_type: String,
    pub(crate) authorization: String,
    pub(crate) body: Json,
}

#[derive(Debug)]
struct State {
    answer: Answer,
    asked: Vec<RecordedRequest>,
}

/// A stand-in on a free port. It ends when it is dropped.
pub(crate) struct Ssm {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    running: JoinHandle<()>,
}

impl Ssm {
    /// Starts a stand-in with this answer.
    pub(crate) async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State { answer, asked: Vec::new() }));
        let served = Arc::clone(&state);
        let running = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let state = Arc::clone(&served);
                let service = service_fn(move |request| respond(Arc::clone(&state), request));
                tokio::spawn(http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address, state, running }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sets the answer.
    pub(crate) fn answer(&self, answer: Answer) {
        self.state.lock().unwrap().answer = answer;
    }

    /// The number of requests.
    pub(crate) fn asked(&self) -> usize {
        self.state.lock().unwrap().asked.len()
    }

    pub(crate) fn last_request(&self) -> Option<RecordedRequest> {
        self.state.lock().unwrap().asked.last().cloned()
    }
}

impl Drop for Ssm {
    fn drop(&mut self) {
        self.running.abort();
    }
}

#[derive(Debug)]
struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection was closed")
    }
}

impl std::error::Error for Closed {}

async fn respond(state: Arc<Mutex<State>>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Closed> {
    let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let header = |name: &str| header(name).unwrap_or_default();
    let (target, content_type) = (header("x-amz-target"), header("content-type"));
    let authorization = header("authorization");
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let body = serde_json::from_slice(&body).unwrap();
    let answer = {
        let mut state = state.lock().unwrap();
        state.asked.push(RecordedRequest { target, content_type, authorization, body });
        state.answer
    };
    let (status, text) = match answer {
        Answer::Value(value) => (200, json!({ "Parameter": { "Type": "SecureString", "Value": value } }).to_string()),
        Answer::Refusal(status, kind) => (status, json!({ "__type": kind, "message": "no" }).to_string()),
        Answer::Text(status, text) => (status, text.to_owned()),
        Answer::Nothing => return Err(Closed),
    };
    Ok(Response::builder().status(status).body(Full::new(text.into())).unwrap())
}
