//! The Runtime API of Lambda, as small as can be, and on the same port a DynamoDB that gives recorded answers.

use std::{
    collections::HashMap,
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex, mpsc},
    time::Instant,
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::recording::{Asked, Recording, asked};

/// An answer of a function, and when it came.
pub type Answered = (Bytes, Instant);

/// A Runtime API that has one event for each process, until it is dropped.
pub struct RuntimeApi {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    /// The event that the next process is given, and where its answer goes.
    next: Mutex<Option<(Bytes, mpsc::Sender<Answered>)>>,
    /// Where the answer of the process goes that runs.
    waiting: Mutex<Option<mpsc::Sender<Answered>>>,
    answers: HashMap<Asked, Bytes>,
}

impl RuntimeApi {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// There is none.
    pub async fn start(recording: Recording) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared =
            Arc::new(Shared { next: Mutex::default(), waiting: Mutex::default(), answers: recording.answers() });
        let served = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                let shared = Arc::clone(&served);
                let service = service_fn(move |request| {
                    let shared = Arc::clone(&shared);
                    async move { Ok::<_, Infallible>(shared.answer(request).await) }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Self { address, shared }
    }

    /// Gives the next process this event; its answer comes out of what is returned.
    ///
    /// # Panics
    /// A request has panicked.
    pub fn expect(&self, event: Vec<u8>) -> mpsc::Receiver<Answered> {
        let (sender, receiver) = mpsc::channel();
        *self.shared.next.lock().unwrap() = Some((event.into(), sender));
        receiver
    }

    /// What Lambda sets in a function's environment.
    pub fn environment(&self, function: &str) -> Vec<(&'static str, String)> {
        let address = self.address.to_string();
        vec![
            ("AWS_ENDPOINT_URL_DYNAMODB", format!("http://{address}")),
            ("AWS_LAMBDA_RUNTIME_API", address),
            ("AWS_LAMBDA_FUNCTION_NAME", function.to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512".to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "kernelci".to_owned()),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "kernelci".to_owned()),
            ("AWS_REGION", "eu-central-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "example".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "example".to_owned()),
            ("TABLE_PREFIX", "kernelci-".to_owned()),
        ]
    }
}

impl Shared {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let came = Instant::now();
        let (head, body) = request.into_parts();
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let path = head.uri.path();
        if path == "/" {
            let operation = head.headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
            let answer = self.answers.get(&asked(operation, &body));
            return match answer {
                Some(answer) => Response::new(Full::new(answer.clone())),
                None => status(StatusCode::BAD_REQUEST),
            };
        }
        if head.method == Method::GET && path.ends_with("/invocation/next") {
            return self.next().await;
        }
        if path.ends_with("/response")
            && let Some(sender) = self.waiting.lock().unwrap().take()
        {
            let _ = sender.send((body, came));
        }
        status(StatusCode::ACCEPTED)
    }

    async fn next(&self) -> Response<Full<Bytes>> {
        let Some((event, sender)) = self.next.lock().unwrap().take() else {
            // It has had its event.
            return std::future::pending().await;
        };
        *self.waiting.lock().unwrap() = Some(sender);
        let response = Response::builder()
            .header("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
            .header("lambda-runtime-deadline-ms", "99999999999999")
            .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-central-1:123456789012:function:example");
        response.body(Full::new(event)).unwrap_or_default()
    }
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
