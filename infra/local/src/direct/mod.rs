//! Requests to the embedded store from its own process: a connector in the place of HTTP, queues of what is asked, and
//! threads that answer. There is no port.
//!
//! One thread writes. Others read, each with its own connection to the file. A page is one turn, and turns are in the
//! order in which they were asked for. SQLite's write-ahead log lets all of them read while one writes.

mod operation;
mod threads;

pub(crate) use threads::Threads;

use std::sync::{Weak, mpsc::Sender};

use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use dynoxide::DynoxideError;
use http::StatusCode;
use tokio::sync::oneshot;

use operation::OperationKind;

/// The header that names the operation.
pub(crate) const TARGET: &str = "x-amz-target";
/// What the value of the header begins with.
const SERVICE: &str = "DynamoDB_20120810.";

/// The store was dropped.
#[derive(Debug, thiserror::Error)]
#[error("the embedded store has ended")]
pub struct Ended;

/// A request, and where its answer goes.
#[derive(Debug)]
struct Asked {
    operation: String,
    body: Vec<u8>,
    answer: oneshot::Sender<dynoxide::Result<Vec<u8>>>,
}

/// Where requests go. The threads end when it is dropped.
#[derive(Debug)]
pub(crate) struct Queues {
    reads: Sender<Asked>,
    writes: Sender<Asked>,
}

/// Asks an embedded store, for as long as there is one.
#[derive(Debug, Clone)]
pub struct Requests(Weak<Queues>);

impl Requests {
    /// The status and the text that DynamoDB would answer with. `operation` is what the header `X-Amz-Target` names,
    /// such as `DynamoDB_20120810.GetItem`.
    ///
    /// # Errors
    /// The store was dropped.
    pub async fn answer(&self, operation: &str, body: Vec<u8>) -> Result<(StatusCode, Vec<u8>), Ended> {
        let operation = operation.strip_prefix(SERVICE).unwrap_or(operation);
        let kind = OperationKind::of(operation);
        let answered = {
            let queues = self.0.upgrade().ok_or(Ended)?;
            let (answer, answered) = oneshot::channel();
            let queue = if kind == OperationKind::Read { &queues.reads } else { &queues.writes };
            queue.send(Asked { operation: operation.to_owned(), body, answer }).map_err(|_| Ended)?;
            answered
        };
        Ok(match answered.await.map_err(|_| Ended)? {
            Ok(text) => (StatusCode::OK, text),
            Err(error) => (status(&error), error.to_json().into_bytes()),
        })
    }

    /// The same for a client of DynamoDB.
    pub fn connector(&self) -> SharedHttpConnector {
        SharedHttpConnector::new(Direct(self.clone()))
    }
}

fn status(error: &DynoxideError) -> StatusCode {
    StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

#[derive(Debug)]
struct Direct(Requests);

impl HttpConnector for Direct {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let requests = self.0.clone();
        HttpConnectorFuture::new(async move {
            let operation = request.headers().get(TARGET).unwrap_or_default();
            // Clients of DynamoDB hand over the whole text at once.
            let body = request.body().bytes().unwrap_or_default().to_vec();
            let answered = requests.answer(operation, body).await;
            let (status, text) = answered.map_err(|ended| ConnectorError::io(ended.into()))?;
            Ok(HttpResponse::new(status.into(), SdkBody::from(text)))
        })
    }
}
