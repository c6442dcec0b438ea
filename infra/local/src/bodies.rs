//! The bodies of requests, which are held in memory until they are answered: each has a longest length, a longest time,
//! and all together have so much room.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body;
use kernelci::http::UnreadBody;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What connections may take of the machine.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The most connections at once; others wait to be accepted.
    pub connections: usize,
    /// The longest time in which the head of a request has to come, also where nothing of it has.
    pub head: Duration,
    /// The longest pause within a body.
    pub pause: Duration,
    /// The longest time in which a body has to come.
    pub body: Duration,
    /// The bytes of all bodies that are held at once.
    pub room: usize,
}

impl Bounds {
    /// Those of a server that anybody may reach. Each connection takes up to three of the 1,024 files that a process may
    /// usually have open.
    pub const LOCAL: Self = Self {
        connections: 256,
        head: Duration::from_secs(30),
        pause: Duration::from_secs(30),
        body: Duration::from_secs(600),
        room: 1024 * 1024 * 1024,
    };
}

/// The room for bodies is given away in pieces of this many bytes.
const PIECE: usize = 64 * 1024;

/// Reads bodies.
#[derive(Debug)]
pub struct Bodies {
    bounds: Bounds,
    room: Arc<Semaphore>,
}

impl Bodies {
    /// With all the room free.
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, room: Arc::new(Semaphore::new((bounds.room / PIECE).min(Semaphore::MAX_PERMITS))) }
    }

    /// The whole body, and the room that it takes for as long as the second is held.
    ///
    /// # Errors
    /// Why it was not read to its end.
    pub async fn read<B>(&self, body: B, longest: usize) -> Result<(Bytes, Option<OwnedSemaphorePermit>), UnreadBody>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let announced = body.size_hint().lower();
        if announced > u64::try_from(longest).unwrap_or(u64::MAX) {
            return Err(UnreadBody::TooLong);
        }
        match tokio::time::timeout(self.bounds.body, self.collect(body, longest)).await {
            Ok(read) => read,
            Err(_) => Err(UnreadBody::TooSlow),
        }
    }

    async fn collect<B>(&self, mut body: B, longest: usize) -> Result<(Bytes, Option<OwnedSemaphorePermit>), UnreadBody>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let (mut whole, mut room) = (BytesMut::new(), None::<OwnedSemaphorePermit>);
        loop {
            let frame = tokio::time::timeout(self.bounds.pause, body.frame()).await.map_err(|_| UnreadBody::TooSlow)?;
            let Some(frame) = frame else { return Ok((whole.freeze(), room)) };
            let Ok(data) = frame.map_err(|_| UnreadBody::CutOff)?.into_data() else { continue };
            if whole.len() + data.len() > longest {
                return Err(UnreadBody::TooLong);
            }
            whole.extend_from_slice(&data);
            let held = room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
            let missing = whole.len().div_ceil(PIECE).saturating_sub(held);
            if missing > 0 {
                let more = u32::try_from(missing).map_err(|_| UnreadBody::NoRoom)?;
                let more = Arc::clone(&self.room).try_acquire_many_owned(more).map_err(|_| UnreadBody::NoRoom)?;
                match &mut room {
                    None => room = Some(more),
                    Some(room) => room.merge(more),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::Full;

    use super::*;

    #[tokio::test]
    async fn the_room_is_for_all_bodies_together_and_is_given_back() {
        let bodies = Bodies::new(Bounds { room: 3 * PIECE, ..Bounds::LOCAL });
        let body = |length: usize| Full::new(Bytes::from(vec![b'x'; length]));
        let (content, first) = bodies.read(body(2 * PIECE), 10 * PIECE).await.unwrap();
        assert_eq!(content.len(), 2 * PIECE);
        let (_, second) = bodies.read(body(PIECE), 10 * PIECE).await.unwrap();
        assert_eq!(bodies.read(body(1), 10 * PIECE).await.unwrap_err(), UnreadBody::NoRoom);
        drop(second);
        assert!(bodies.read(body(1), 10 * PIECE).await.is_ok());
        drop(first);
        assert!(bodies.read(body(3 * PIECE), 10 * PIECE).await.is_ok());
        assert_eq!(bodies.read(body(11), 10).await.unwrap_err(), UnreadBody::TooLong);
        assert!(bodies.read(body(0), 10).await.unwrap().1.is_none());
    }
}
