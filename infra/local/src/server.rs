//! The HTTP server. It converts requests to events for the functions of the router, and serves stored files.

use std::{net::IpAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Method, request::Parts};
use kernelci::{
    error::Error,
    http::{BodySource, UnreadBody, serve_reading},
    services::{Limits, Services},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
};

use crate::{
    bodies::Bodies,
    bounds::Bounds,
    connection::{self, Answer, Content, Incoming},
    events::{answer, event, streamed},
    files::{self, FILES},
    places::Places,
    router::Router,
};

/// The pause after a failed accept, for example when too many files are open.
const PAUSE: Duration = Duration::from_millis(200);

/// The maximum number of connections over the share of an address that are answered 503 at one time. Further ones are
/// closed.
const MAX_REFUSALS: usize = 16;

/// The maximum time to finish running requests when the server stops.
const MAX_END: Duration = Duration::from_secs(10);

/// The shared state of all connections.
pub struct Server {
    /// The routes.
    pub router: Router,
    /// The services of the functions.
    pub services: Services,
    bounds: Bounds,
    bodies: Bodies,
}

impl Server {
    /// Creates a server without connections.
    pub fn new(router: Router, services: Services, bounds: Bounds) -> Self {
        Self { router, services, bounds, bodies: Bodies::new(bounds.room) }
    }

    pub(crate) fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Serves until `stop` completes, then finishes the running requests.
    pub async fn run(self, listener: TcpListener, mut stop: watch::Receiver<bool>) {
        let server = Arc::new(self);
        let places = Places::new(server.bounds.connections, server.bounds.connections_per_address);
        let refusals = Arc::new(Semaphore::new(MAX_REFUSALS));
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = accept(&listener, &places) => accepted,
                _ = stop.changed() => break,
                Some(_) = connections.join_next() => continue,
            };
            let Some((free, stream, peer)) = accepted else {
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            match places.give(free, peer) {
                Some(place) => {
                    let (server, stop) = (Arc::clone(&server), stop.clone());
                    connections.spawn(async move {
                        let _place = place;
                        connection::serve(&server, stream, peer, stop).await;
                    });
                }
                None => {
                    if let Ok(one) = Arc::clone(&refusals).try_acquire_owned() {
                        connections.spawn(async move {
                            let _one = one;
                            connection::refuse(stream, Error::Busy(format!("{peer} has all its connections"))).await;
                        });
                    }
                }
            }
        }
        let ended = async { while connections.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(MAX_END, ended).await;
    }

    /// Answers a request. The body is read after the head has passed all checks.
    pub(crate) async fn respond(&self, head: Parts, peer: IpAddr, incoming: Incoming<'_>) -> Answer {
        if head.uri.path().starts_with(FILES) && matches!(head.method, Method::GET | Method::HEAD) {
            return match self.services.files() {
                Ok(files) => files::answer(files, &head).await,
                Err(error) => Answer::refusal(error),
            };
        }
        let Some(function) = self.router.function(head.method.as_str(), head.uri.path()) else {
            return Answer::refusal(Error::UnknownPath);
        };
        let body = IncomingBody { bodies: &self.bodies, incoming, limits: self.services.limits, room: None };
        let event = event(head, Bytes::new(), peer);
        let mut response = serve_reading(function, &self.services, event, body).await;
        match streamed(&mut response) {
            Some(pieces) => Answer { head: response.map(drop), content: Content::Stream(pieces) },
            None => answer(response).into(),
        }
    }
}

/// The body of a request on its connection.
struct IncomingBody<'a> {
    bodies: &'a Bodies,
    incoming: Incoming<'a>,
    limits: Limits,
    /// The memory of the whole body, held until it is answered.
    room: Option<OwnedSemaphorePermit>,
}

impl IncomingBody<'_> {
    /// # Errors
    /// The head announces a body above `max` bytes.
    fn check_length(&self, max: usize) -> Result<(), UnreadBody> {
        let is_too_long = self.incoming.announced() > u64::try_from(max).unwrap_or(u64::MAX);
        if is_too_long { Err(UnreadBody::TooLong) } else { Ok(()) }
    }
}

impl BodySource for IncomingBody<'_> {
    async fn whole(&mut self) -> Result<Bytes, UnreadBody> {
        self.check_length(self.limits.body)?;
        let (content, room) = self.bodies.read(&mut self.incoming, self.limits.body).await?;
        self.room = room;
        Ok(content)
    }

    async fn next(&mut self) -> Result<Option<Bytes>, UnreadBody> {
        self.check_length(self.limits.upload)?;
        self.incoming.next().await
    }
}

/// The next connection and its slot; `None` when it was not accepted.
async fn accept(listener: &TcpListener, places: &Places) -> Option<(OwnedSemaphorePermit, TcpStream, IpAddr)> {
    let free = places.free().await?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            let _ = stream.set_nodelay(true);
            Some((free, stream, peer.ip()))
        }
        Err(error) => {
            tracing::error!(%error, "a connection was not accepted");
            None
        }
    }
}
