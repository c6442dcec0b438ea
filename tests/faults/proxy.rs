//! A proxy between the client and the embedded store. It fails according to a plan.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use kernelci::store::engine::Engine;
use kernelci_local::direct::Requests;
use serde_json::{Value as Json, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::failing_engine::FailingEngine;

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Refused with a throttling error.
    Throttled,
    /// Refused because the table's provisioned throughput is exceeded.
    Exceeded,
    /// Refused with an internal error.
    Broken,
    /// Answered with a page that does not come from DynamoDB, as by a middlebox.
    Foreign,
    /// A transaction is refused because of a conflict on its items; other requests are forwarded.
    Conflict,
    /// The connection is closed, and the request is not performed.
    Closed,
    /// The request is performed, and the connection is closed instead of the answer.
    Lost,
    /// The request is neither performed nor answered.
    Silent,
    /// The request is performed and not answered.
    Unheard,
    /// All but the first entry of a batch are left unprocessed; other requests are forwarded.
    Unprocessed,
}

/// Which requests fail: `times` requests from number `from` on, of one operation or of all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) fault: Fault,
    pub(crate) operation: Option<&'static str>,
    pub(crate) from: usize,
    pub(crate) times: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Script {
    plan: Option<Plan>,
    seen: usize,
    struck: usize,
    heard: usize,
    operations: Vec<String>,
}

/// A running proxy. It ends when it is dropped.
pub(crate) struct Proxy {
    pub(crate) endpoint: String,
    script: Arc<Mutex<Script>>,
    running: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Proxy {
    pub(crate) async fn start(store: Requests) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::<Mutex<Script>>::default();
        let given = Arc::clone(&script);
        let running = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (store, script) = (store.clone(), Arc::clone(&given));
                let service = service_fn(move |request| {
                    let (store, script) = (store.clone(), Arc::clone(&script));
                    async move { answer(&store, &script, request).await }
                });
                let connection =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection);
            }
        });
        Self { endpoint, script, running }
    }

    /// A proxy without a store. Its plans apply to the engine of [`Self::engine`].
    pub(crate) fn without_store() -> Self {
        Self { endpoint: String::new(), script: Arc::default(), running: tokio::spawn(std::future::ready(())) }
    }

    /// Wraps `inner` in an engine that fails according to the plan of this proxy.
    pub(crate) fn engine(&self, inner: Arc<dyn Engine>) -> Arc<dyn Engine> {
        Arc::new(FailingEngine { inner, script: Arc::clone(&self.script) })
    }

    /// Sets the plan and counts requests from 0 again.
    pub(crate) fn plan(&self, plan: Plan) {
        *self.script.lock().unwrap() = Script { plan: Some(plan), ..Script::default() };
    }

    /// Forwards all requests again.
    pub(crate) fn recover(&self) {
        *self.script.lock().unwrap() = Script::default();
    }

    /// The number of requests that have failed according to the plan.
    pub(crate) fn struck(&self) -> usize {
        self.script.lock().unwrap().struck
    }

    /// Whether a request hangs; with `Fault::Unheard`, whether it has also been performed.
    pub(crate) fn is_hanging(&self) -> bool {
        let script = self.script.lock().unwrap();
        match script.plan.map(|plan| plan.fault) {
            Some(Fault::Unheard) => script.heard > 0,
            _ => script.struck > 0,
        }
    }

    /// The requested operations in order, retries included.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.script.lock().unwrap().operations.clone()
    }
}

async fn answer(
    store: &Requests,
    script: &Mutex<Script>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, std::io::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
    let target = head.headers["x-amz-target"].to_str().unwrap();
    let operation = target.split_once('.').unwrap().1.to_owned();
    let fault = strikes(&mut script.lock().unwrap(), &operation);
    let pass = async |body: Bytes| {
        let (status, text) = store.answer(target, body.into()).await.unwrap();
        let answer = Response::builder().status(status).header("content-type", "application/x-amz-json-1.0");
        answer.body(Full::from(text)).unwrap()
    };
    let closed = || Err(std::io::ErrorKind::ConnectionReset.into());
    match fault {
        None => Ok(pass(body).await),
        Some(Fault::Throttled) => Ok(refusal(400, "ThrottlingException", json!({}))),
        Some(Fault::Exceeded) => Ok(refusal(400, "ProvisionedThroughputExceededException", json!({}))),
        Some(Fault::Broken) => Ok(refusal(500, "InternalServerError", json!({}))),
        Some(Fault::Foreign) => {
            let page = Response::builder().status(StatusCode::BAD_GATEWAY).body(Full::from("<html>Bad Gateway</html>"));
            Ok(page.unwrap())
        }
        Some(Fault::Conflict) => {
            let reasons = json!({"CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}]});
            Ok(refusal(400, "TransactionCanceledException", reasons))
        }
        Some(Fault::Closed) => closed(),
        Some(Fault::Lost) => {
            pass(body).await;
            closed()
        }
        Some(Fault::Silent) => std::future::pending().await,
        Some(Fault::Unheard) => {
            pass(body).await;
            script.lock().unwrap().heard += 1;
            std::future::pending().await
        }
        Some(Fault::Unprocessed) => {
            let (first, member, rest) = halved(&body);
            let (head, answered) = pass(first).await.into_parts();
            let answered = answered.collect().await.unwrap_or_else(|never: Infallible| match never {}).to_bytes();
            let mut answered: Json = serde_json::from_slice(&answered).unwrap();
            answered[member] = rest;
            let text = answered.to_string();
            let mut answer = Response::new(Full::from(text));
            answer.headers_mut().insert("content-type", head.headers["content-type"].clone());
            Ok(answer)
        }
    }
}

pub(crate) fn strikes(script: &mut Script, operation: &str) -> Option<Fault> {
    script.operations.push(operation.to_owned());
    let plan = script.plan?;
    let concerns = match plan.fault {
        Fault::Conflict => operation == "TransactWriteItems",
        Fault::Unprocessed => operation.starts_with("Batch"),
        _ => true,
    } && plan.operation.is_none_or(|wanted| wanted == operation);
    if !concerns {
        return None;
    }
    script.seen += 1;
    let strikes = script.seen > plan.from && script.struck < plan.times;
    script.struck += usize::from(strikes);
    strikes.then_some(plan.fault)
}

fn refusal(status: u16, name: &str, mut body: Json) -> Response<Full<Bytes>> {
    body["__type"] = format!("com.amazonaws.dynamodb.v20120810#{name}").into();
    body["message"] = "for us".into();
    let answer = Response::builder().status(status).header("content-type", "application/x-amz-json-1.0");
    answer.body(Full::from(body.to_string())).unwrap()
}

/// The first key or write of a batch, and the rest in the form of unprocessed entries.
fn halved(body: &[u8]) -> (Bytes, &'static str, Json) {
    let mut first: Json = serde_json::from_slice(body).unwrap();
    let mut rest = first["RequestItems"].clone();
    let tables: Vec<String> = rest.as_object().unwrap().keys().cloned().collect();
    let mut member = "UnprocessedItems";
    for table in tables {
        let (kept, left) = if rest[&table].is_array() {
            (&mut first["RequestItems"][&table], &mut rest[&table])
        } else {
            member = "UnprocessedKeys";
            (&mut first["RequestItems"][&table]["Keys"], &mut rest[&table]["Keys"])
        };
        kept.as_array_mut().unwrap().truncate(1);
        left.as_array_mut().unwrap().remove(0);
        if left.as_array().unwrap().is_empty() {
            rest.as_object_mut().unwrap().remove(&table);
        }
    }
    (first.to_string().into(), member, rest)
}
