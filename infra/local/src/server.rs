//! The HTTP server: requests become events, the router's functions answer them; stored files are read directly.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
};

use bytes::Bytes;
use futures_util::stream;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    body::{Frame, Incoming},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use kernelci::{
    http::{serve, storage_path},
    services::Services,
    storage::{Reading, StoragePath},
};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
};

use crate::{
    bodies::{Bodies, Bounds},
    events::{answer, event},
    refusals::{IsUnread, Refusals},
    request_line::{AtRequestLine, RequestLines},
    router::Router,
};

/// Below this path stored files are read.
pub const FILES: &str = "/storage/";

type AnswerBody = UnsyncBoxBody<Bytes, kernelci::storage::StorageError>;

/// What every connection needs.
pub struct Server {
    /// The routes.
    pub router: Router,
    /// What the functions need.
    pub services: Services,
    bounds: Bounds,
    bodies: Bodies,
}

impl Server {
    /// A server that has nobody to serve yet.
    pub fn new(router: Router, services: Services, bounds: Bounds) -> Self {
        Self { router, services, bounds, bodies: Bodies::new(bounds) }
    }

    /// Serves until `stop` says so, and then ends what it has begun.
    pub async fn run(self, listener: TcpListener, mut stop: watch::Receiver<bool>) {
        let server = Arc::new(self);
        let graceful = GracefulShutdown::new();
        let connections = Arc::new(Semaphore::new(server.bounds.connections));
        loop {
            let place = tokio::select! {
                place = Arc::clone(&connections).acquire_owned() => place,
                _ = stop.changed() => break,
            };
            let (stream, peer) = tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        // Too many open files, say: the next attempt may succeed.
                        tracing::error!(%error, "a connection was not accepted");
                        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                        continue;
                    }
                },
                _ = stop.changed() => break,
            };
            let _ = stream.set_nodelay(true);
            let server = Arc::clone(&server);
            let mut builder = hyper::server::conn::http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(server.bounds.head);
            let (stream, is_unread) = Refusals::new(stream);
            let (stream, at_request_line) = RequestLines::new(stream);
            let service = service_fn(move |request| {
                let (server, at_request_line) = (Arc::clone(&server), Arc::clone(&at_request_line));
                let is_unread = Arc::clone(&is_unread);
                async move { Ok::<_, Infallible>(server.respond(request, peer, &at_request_line, &is_unread).await) }
            });
            let connection = builder.serve_connection(TokioIo::new(stream), service);
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                let _place = place;
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "a connection ended");
                }
            });
        }
        tokio::select! {
            () = graceful.shutdown() => {}
            () = tokio::time::sleep(std::time::Duration::from_secs(10)) => {}
        }
    }

    async fn respond(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
        at_request_line: &AtRequestLine,
        is_unread: &IsUnread,
    ) -> Response<AnswerBody> {
        if request.uri().path().starts_with(FILES) && matches!(*request.method(), Method::GET | Method::HEAD) {
            at_request_line.store(true, Ordering::Relaxed);
            return self.file(&request).await;
        }
        let (mut head, body) = request.into_parts();
        // The room that a body takes is given back when it is answered.
        let (content, _room) = match self.bodies.read(body, self.services.limits.body).await {
            Ok(read) => read,
            Err(unread) => {
                is_unread.store(true, Ordering::Relaxed);
                head.extensions.insert(unread);
                (Bytes::new(), None)
            }
        };
        at_request_line.store(true, Ordering::Relaxed);
        let Some(function) = self.router.function(head.method.as_str(), head.uri.path()) else {
            return bare(StatusCode::NOT_FOUND);
        };
        let answered = answer(serve(function, &self.services, event(head, content, peer.ip())).await);
        answered.map(|bytes| Full::new(bytes).map_err(|never| match never {}).boxed_unsync())
    }

    async fn file(&self, request: &Request<Incoming>) -> Response<AnswerBody> {
        let Ok(path) = StoragePath::parse(&storage_path(request.uri().path(), FILES)) else {
            return bare(StatusCode::NOT_FOUND);
        };
        let Ok(files) = self.services.files() else { return bare(StatusCode::NOT_FOUND) };
        match files.read(&path).await {
            Ok(Some(reading)) => {
                let length = reading.size;
                let body = if request.method() == Method::HEAD { empty() } else { pieces(reading) };
                let response = Response::builder()
                    .header(header::CONTENT_LENGTH, length)
                    .header(header::CONTENT_TYPE, "application/octet-stream")
                    // What was uploaded is never run as a page of ours.
                    .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
                response.body(body).unwrap_or_else(|_| bare(StatusCode::INTERNAL_SERVER_ERROR))
            }
            Ok(None) => bare(StatusCode::NOT_FOUND),
            Err(error) => {
                tracing::error!(error = error.inside().unwrap_or_default(), "a file cannot be read");
                bare(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
}

fn pieces(reading: Reading) -> AnswerBody {
    let next =
        |mut reading: Reading| async move { Ok(reading.next().await?.map(|piece| (Frame::data(piece), reading))) };
    StreamBody::new(stream::try_unfold(reading, next)).boxed_unsync()
}

fn empty() -> AnswerBody {
    Full::new(Bytes::new()).map_err(|never| match never {}).boxed_unsync()
}

fn bare(status: StatusCode) -> Response<AnswerBody> {
    let mut response = Response::new(empty());
    *response.status_mut() = status;
    response
}
