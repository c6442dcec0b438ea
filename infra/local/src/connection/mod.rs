//! One connection: its requests are read and answered one after the other.
//!
//! A head and its body are read to their end and no further, so what follows them is the next request, however the bytes
//! are cut on their way. `httparse` reads heads and chunk sizes. A server of `hyper` would not do: it answers what it cannot
//! read by itself, without the envelope, and drops what stands behind a `#` in a request target.

mod answer;
mod body;
mod head;
mod wire;

use std::{io, net::IpAddr};

use bytes::Bytes;
use http::Method;
use kernelci::{error::Error, http::UnreadBody};
use tokio::{net::TcpStream, sync::watch};

use self::{
    answer::connection,
    body::{RequestBody, Step},
    head::Head,
    wire::Wire,
};
use crate::{
    bounds::{Bounds, Pace, Transfer},
    events,
    server::Server,
};

pub use answer::{Answer, Content};

/// The longest rest of a body, in bytes, that is read so that the connection can stay open after a request whose body
/// nothing asked for.
const MAX_SKIPPED: u64 = 64 * 1024;

/// The body of a request, and the connection that it comes on.
pub struct Incoming<'a> {
    wire: &'a mut Wire,
    body: &'a mut RequestBody,
    awaits_continue: &'a mut bool,
    pace: Pace,
    transfer: Option<Transfer>,
}

impl<'a> Incoming<'a> {
    fn new(wire: &'a mut Wire, body: &'a mut RequestBody, awaits_continue: &'a mut bool, pace: Pace) -> Self {
        Self { wire, body, awaits_continue, pace, transfer: None }
    }

    /// The bytes that the head announces and that have not come.
    pub fn announced(&self) -> u64 {
        self.body.announced()
    }

    /// The next piece, never empty; `None` at the end. A client that waits for it is told to send the body.
    ///
    /// # Errors
    /// Why no more of the body can be read.
    pub async fn next(&mut self) -> Result<Option<Bytes>, UnreadBody> {
        if std::mem::take(self.awaits_continue) && !self.body.is_at_end() {
            let told = self.wire.write(&mut Transfer::begin(self.pace), &b"HTTP/1.1 100 Continue\r\n\r\n"[..]).await;
            told.map_err(|_| UnreadBody::CutOff)?;
        }
        let transfer = self.transfer.get_or_insert_with(|| Transfer::begin(self.pace));
        loop {
            match self.body.step(self.wire.unused())? {
                Step::Content(bytes) => return Ok(Some(bytes)),
                Step::End => return Ok(None),
                Step::More => match transfer.wait(self.wire.more()).await {
                    Ok(Ok(0) | Err(_)) => return Err(UnreadBody::CutOff),
                    Ok(Ok(count)) => transfer.moved(count),
                    Err(_) => return Err(UnreadBody::TooSlow),
                },
            }
        }
    }
}

/// Serves a connection to its end, or until `stop` says so between two requests.
pub(crate) async fn serve(server: &Server, stream: TcpStream, peer: IpAddr, mut stop: watch::Receiver<bool>) {
    let (mut wire, bounds) = (Wire::new(stream), server.bounds());
    loop {
        let ended = match next(&mut wire, bounds, &mut stop).await {
            Next::Nothing => return,
            Next::Request(head) => exchange(server, &mut wire, *head, peer, &stop).await,
            Next::Refused(error) => {
                let refused = Answer::refusal(error).write(&mut wire, bounds.answer, Some("close"), false).await;
                refused.map(|()| Then::End)
            }
        };
        match ended {
            Ok(Then::GoOn) => {}
            Ok(Then::End) => return wire.end().await,
            Err(error) => {
                tracing::debug!(%error, "a connection ended");
                return;
            }
        }
    }
}

/// Answers a connection that gets no place, whatever it sends.
pub(crate) async fn refuse(stream: TcpStream, error: Error) {
    let mut wire = Wire::new(stream);
    // Not an error for the log: whoever connects could fill it.
    let answer = Answer::from(events::answer(kernelci::http::refuse(error)));
    if answer.write(&mut wire, Pace::REFUSAL, Some("close"), false).await.is_ok() {
        let _ = tokio::time::timeout(Pace::REFUSAL.stall, wire.end()).await;
    }
}

/// What follows an answer.
enum Then {
    /// The next request.
    GoOn,
    /// The end of the connection.
    End,
}

/// Answers one request.
async fn exchange(
    server: &Server,
    wire: &mut Wire,
    head: Head,
    peer: IpAddr,
    stop: &watch::Receiver<bool>,
) -> io::Result<Then> {
    let (mut body, mut awaits_continue) = (RequestBody::new(head.framing), head.awaits_continue);
    let (version, is_to_head) = (head.request.version, head.request.method == Method::HEAD);
    let bounds = server.bounds();
    let incoming = Incoming::new(wire, &mut body, &mut awaits_continue, bounds.body);
    let answer = server.respond(head.request, peer, incoming).await;

    let can_skip = !awaits_continue && body.left().is_some_and(|left| left <= MAX_SKIPPED);
    let stays_open = head.keeps_open && (body.is_at_end() || can_skip) && !*stop.borrow();
    answer.write(wire, bounds.answer, connection(version, stays_open), is_to_head).await?;
    if !stays_open {
        return Ok(Then::End);
    }
    let mut rest = Incoming::new(wire, &mut body, &mut awaits_continue, bounds.body);
    while rest.next().await.map_err(|_| io::ErrorKind::InvalidData)?.is_some() {}
    Ok(Then::GoOn)
}

/// What comes next on a connection.
enum Next {
    Request(Box<Head>),
    /// Something that is no request.
    Refused(Error),
    /// Nothing, or not in time.
    Nothing,
}

async fn next(wire: &mut Wire, bounds: Bounds, stop: &mut watch::Receiver<bool>) -> Next {
    let head = async {
        let stopped = stop.wait_for(|stop| *stop);
        tokio::select! {
            biased;
            read = head::read(wire) => return read,
            _ = stopped => {}
        }
        // What has begun to come is waited for.
        if wire.unused().is_empty() { Ok(None) } else { head::read(wire).await }
    };
    match tokio::time::timeout(bounds.head, head).await {
        Ok(Ok(Some(head))) => Next::Request(Box::new(head)),
        Ok(Err(error)) => Next::Refused(error),
        Ok(Ok(None)) | Err(_) => Next::Nothing,
    }
}
