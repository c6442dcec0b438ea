//! The HTTP server: requests become events, the router's functions answer them; stored files are read directly.

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

/// The pause after a connection that could not be accepted, because of too many open files, say.
const PAUSE: Duration = Duration::from_millis(200);

/// The most connections that are told at once that their address has too many; others are closed.
const MAX_REFUSALS: usize = 16;

/// The longest time in which what was begun is ended when the server stops.
const MAX_END: Duration = Duration::from_secs(10);

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
        Self { router, services, bounds, bodies: Bodies::new(bounds.room) }
    }

    pub(crate) fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Serves until `stop` says so, and then ends what it has begun.
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

    /// The answer to a request. The body is read once the head has passed every check.
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

/// The next connection and a place for it; `None` where it is not accepted.
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
