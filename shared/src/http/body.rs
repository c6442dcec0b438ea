//! The body of a request: read as a whole, or handed to the handler piece by piece while it comes.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use tokio::sync::mpsc;

use crate::error::Error;

/// Why the body of a request was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnreadBody {
    /// It is longer than it may be.
    TooLong,
    /// Its sender paused for too long, or was too slow.
    TooSlow,
    /// Its sender ended it early.
    CutOff,
    /// It is not encoded as its headers say.
    Malformed,
    /// Bodies of other requests take all the memory that there is for them.
    NoRoom,
}

impl UnreadBody {
    pub(super) fn into_error(self, longest: usize) -> Error {
        match self {
            Self::TooLong => Error::TooLarge(longest),
            Self::TooSlow => Error::TooSlow,
            Self::CutOff => Error::BodyCutOff,
            Self::Malformed => Error::NotHttp,
            Self::NoRoom => Error::Busy("the bodies of other requests fill the memory".to_owned()),
        }
    }
}

/// What gives the body of a request, which is not read before it is asked for.
pub trait BodySource: Send {
    /// The whole body.
    ///
    /// # Errors
    /// Why it was not read to its end.
    fn whole(&mut self) -> impl Future<Output = Result<Bytes, UnreadBody>> + Send;

    /// The next piece of the body, never empty; `None` at its end.
    ///
    /// # Errors
    /// Why no more of it can be read.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, UnreadBody>> + Send;
}

/// A body that has come as a whole.
pub(super) struct WholeBody(pub(super) Bytes);

impl BodySource for WholeBody {
    async fn whole(&mut self) -> Result<Bytes, UnreadBody> {
        Ok(std::mem::take(&mut self.0))
    }

    async fn next(&mut self) -> Result<Option<Bytes>, UnreadBody> {
        Ok(Some(std::mem::take(&mut self.0)).filter(|bytes| !bytes.is_empty()))
    }
}

/// The pieces of a body, as a handler takes them.
pub type BodyPieces = BoxStream<'static, Result<Bytes, Error>>;

/// The receiving end of a body, for one handler.
#[derive(Default)]
pub(super) struct Pieces(Mutex<Option<mpsc::Receiver<Result<Bytes, Error>>>>);

impl std::fmt::Debug for Pieces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pieces(..)")
    }
}

impl Pieces {
    /// The pieces; none where they were taken before.
    pub(super) fn take(&self) -> BodyPieces {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(receiver) => {
                stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) }).boxed()
            }
            None => stream::empty().boxed(),
        }
    }
}

/// What moves a body from its source to a handler: no more of it is in memory than one piece on its way.
pub(super) struct Pump {
    sender: mpsc::Sender<Result<Bytes, Error>>,
    longest: usize,
}

/// Both ends of a body of at most `longest` bytes.
pub(super) fn pump(longest: usize) -> (Pump, Pieces) {
    let (sender, receiver) = mpsc::channel(1);
    (Pump { sender, longest }, Pieces(Mutex::new(Some(receiver))))
}

impl Pump {
    /// Moves the body until its end, or until the handler wants no more of it. What cannot be read is an error that the
    /// handler meets.
    pub(super) async fn run(self, source: &mut impl BodySource) {
        let mut length = 0_usize;
        loop {
            let piece = match source.next().await {
                Ok(None) => return,
                Ok(Some(piece)) => {
                    length = length.saturating_add(piece.len());
                    if length > self.longest { Err(UnreadBody::TooLong) } else { Ok(piece) }
                }
                Err(unread) => Err(unread),
            };
            let is_last = piece.is_err();
            let sent = self.sender.send(piece.map_err(|unread| unread.into_error(self.longest))).await;
            if is_last || sent.is_err() {
                return;
            }
        }
    }
}
