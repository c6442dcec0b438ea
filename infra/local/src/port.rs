//! The DynamoDB stand-in on a port, for clients that sign with its key. The signature is verified before the request is
//! parsed, and no answer permits cross-origin requests.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use kernelci::connection::DynamoDb;
use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
};

use crate::{
    direct::{Requests, TARGET},
    signature::{Signature, StoreKey},
};

/// The maximum length of a DynamoDB request.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// The timeouts of a request's head and of its body.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// The pause after a failed accept, for example when too many files are open.
const PAUSE: Duration = Duration::from_millis(100);

/// An open port. It is closed when this is dropped.
pub struct Port {
    address: SocketAddr,
    key: StoreKey,
    running: JoinHandle<()>,
}

impl Port {
    /// Opens a port for holders of the key. Port 0 is any free one.
    ///
    /// # Errors
    /// The address cannot be bound.
    pub async fn open(address: SocketAddr, key: StoreKey, requests: Requests) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let running = tokio::spawn(serve(listener, key.clone(), requests));
        Ok(Self { address, key, running })
    }

    /// The address.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client that has the key.
    pub fn dynamodb(&self) -> DynamoDb {
        DynamoDb::keyed(&self.endpoint(), StoreKey::ID, self.key.secret())
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn serve(listener: TcpListener, key: StoreKey, requests: Requests) {
    // It ends with this task, and the connections with it.
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (key, requests) = (key.clone(), requests.clone());
        let service = service_fn(move |request| {
            let (key, requests) = (key.clone(), requests.clone());
            async move { Ok::<_, Infallible>(answer(request, &key, &requests).await) }
        });
        let mut server = http1::Builder::new();
        server.timer(TokioTimer::new()).header_read_timeout(MAX_WAIT);
        connections.spawn(async move {
            let _ = server.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(request: Request<Incoming>, key: &StoreKey, requests: &Requests) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let Some(signature) = Signature::read(&head) else { return unsigned() };
    let body = tokio::time::timeout(MAX_WAIT, Limited::new(body, MAX_BODY).collect()).await;
    let Ok(Ok(body)) = body else { return refusal("RequestEntityTooLarge", "The body is too long, or does not come") };
    let body = body.to_bytes();
    if !signature.is_by(key, &head, &body) {
        return unsigned();
    }
    let operation = head.headers.get(TARGET).and_then(|value| value.to_str().ok());
    let (Method::POST, Some(operation)) = (head.method, operation) else {
        return refusal("UnknownOperationException", "There is no such operation");
    };
    match requests.answer(operation, body.into()).await {
        Ok((status, text)) => response(status, text),
        Err(ended) => {
            let text = serde_json::json!({ "__type": "InternalServerError", "message": ended.to_string() });
            response(StatusCode::INTERNAL_SERVER_ERROR, text.to_string().into())
        }
    }
}

fn unsigned() -> Response<Full<Bytes>> {
    refusal("UnrecognizedClientException", "The request is not signed with the key of this store")
}

fn refusal(name: &str, message: &str) -> Response<Full<Bytes>> {
    let text = serde_json::json!({ "__type": format!("com.amazon.coral.service#{name}"), "message": message });
    response(StatusCode::BAD_REQUEST, text.to_string().into())
}

fn response(status: StatusCode, text: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    response
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::{
        error::{ProvideErrorMetadata, SdkError},
        types::AttributeValue,
    };
    use kernelci::store::{Store, StoreOptions, create_tables};

    use super::*;
    use crate::{
        embedded::Embedded,
        template::{TEMPLATE, Template},
    };

    const TABLE: &str = "kernelci-job";

    async fn store() -> Embedded {
        let embedded = Embedded::start(None).unwrap();
        let store = Store::new(embedded.dynamodb(), StoreOptions::local());
        create_tables(&store, &Template::read(TEMPLATE).unwrap().tables).await.unwrap();
        embedded
    }

    async fn open(embedded: &Embedded) -> Port {
        let key = StoreKey::new("secret").unwrap();
        Port::open(SocketAddr::from(([127, 0, 0, 1], 0)), key, embedded.requests()).await.unwrap()
    }

    fn text(value: &str) -> AttributeValue {
        AttributeValue::S(value.to_owned())
    }

    #[tokio::test]
    async fn who_signs_with_the_key_is_answered_as_in_process() {
        let embedded = store().await;
        let port = open(&embedded).await;
        let [inside, outside] = [embedded.dynamodb(), port.dynamodb()].map(|dynamodb| dynamodb.client().clone());
        outside.put_item().table_name(TABLE).item("_id", text("a")).send().await.unwrap();
        for client in [&inside, &outside] {
            let got = client.get_item().table_name(TABLE).key("_id", text("a")).send().await.unwrap();
            assert_eq!(got.item.unwrap()["_id"], text("a"));
            let error = client.get_item().table_name("none").key("_id", text("a")).send().await.unwrap_err();
            assert_eq!(error.code(), Some("ResourceNotFoundException"));
        }
    }

    #[tokio::test]
    async fn another_key_is_refused() {
        let embedded = store().await;
        let port = open(&embedded).await;
        let client = DynamoDb::keyed(&port.endpoint(), StoreKey::ID, "other").client().clone();
        let error = client.put_item().table_name(TABLE).item("_id", text("a")).send().await.unwrap_err();
        assert_eq!(error.code(), Some("UnrecognizedClientException"));
    }

    #[tokio::test]
    async fn a_store_that_has_ended_answers_nobody() {
        let embedded = store().await;
        let client = embedded.dynamodb().client().clone();
        drop(embedded);
        let read = client.get_item().table_name(TABLE).key("_id", text("a")).send().await;
        assert!(matches!(read.unwrap_err(), SdkError::DispatchFailure(_)));
    }
}
