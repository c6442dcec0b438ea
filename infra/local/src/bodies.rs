//! Request bodies in memory. Each has a maximum length, and all of them share a maximum.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use kernelci::http::UnreadBody;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::connection::Incoming;

/// The unit of memory that is reserved for bodies, in bytes.
const PIECE: usize = 64 * 1024;

/// Reads request bodies.
#[derive(Debug)]
pub struct Bodies {
    room: Arc<Semaphore>,
}

/// A partial body and the memory that it reserves.
#[derive(Debug)]
struct Collected<'a> {
    bodies: &'a Bodies,
    longest: usize,
    whole: BytesMut,
    room: Option<OwnedSemaphorePermit>,
}

impl Bodies {
    /// Creates a reader for bodies of `room` bytes in total.
    pub fn new(room: usize) -> Self {
        Self { room: Arc::new(Semaphore::new((room / PIECE).min(Semaphore::MAX_PERMITS))) }
    }

    /// Reads a body of at most `longest` bytes. The second value reserves its memory until it is dropped.
    ///
    /// # Errors
    /// The reason why the body was not read to its end.
    pub async fn read(
        &self,
        incoming: &mut Incoming<'_>,
        longest: usize,
    ) -> Result<(Bytes, Option<OwnedSemaphorePermit>), UnreadBody> {
        let mut collected = self.collect(longest);
        while let Some(piece) = incoming.next().await? {
            collected.add(&piece)?;
        }
        Ok((collected.whole.freeze(), collected.room))
    }

    fn collect(&self, longest: usize) -> Collected<'_> {
        Collected { bodies: self, longest, whole: BytesMut::new(), room: None }
    }
}

impl Collected<'_> {
    fn add(&mut self, piece: &[u8]) -> Result<(), UnreadBody> {
        let length = self.whole.len() + piece.len();
        if length > self.longest {
            return Err(UnreadBody::TooLong);
        }
        let held = self.room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = length.div_ceil(PIECE).saturating_sub(held);
        if missing > 0 {
            let more = u32::try_from(missing).map_err(|_| UnreadBody::NoRoom)?;
            let more = Arc::clone(&self.bodies.room).try_acquire_many_owned(more).map_err(|_| UnreadBody::NoRoom)?;
            match &mut self.room {
                None => self.room = Some(more),
                Some(room) => room.merge(more),
            }
        }
        self.whole.extend_from_slice(piece);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_is_for_all_bodies_together_and_is_given_back() {
        let bodies = Bodies::new(3 * PIECE);
        let read = |length: usize, longest: usize| {
            let mut collected = bodies.collect(longest);
            vec![b'x'; length].chunks(1_000).try_for_each(|piece| collected.add(piece)).map(|()| collected)
        };
        let first = read(2 * PIECE, 10 * PIECE).unwrap();
        assert_eq!(first.whole.len(), 2 * PIECE);
        let second = read(PIECE, 10 * PIECE).unwrap();
        assert_eq!(read(1, 10 * PIECE).unwrap_err(), UnreadBody::NoRoom);
        drop(second);
        assert!(read(1, 10 * PIECE).is_ok());
        drop(first);
        assert!(read(3 * PIECE, 10 * PIECE).is_ok());
        assert_eq!(read(11, 10).unwrap_err(), UnreadBody::TooLong);
        assert!(read(0, 10).unwrap().room.is_none());
    }
}
