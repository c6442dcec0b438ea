//! The bytes of a connection: those that have come and are not used yet, and those that go.

use std::io;

use bytes::{Buf, BufMut, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Duration, timeout},
};

use crate::bounds::{TooSlow, Transfer};

/// The room for one read, and the most bytes of one, where there is more room.
const ROOM: usize = 16 * 1024;
const PIECE: usize = 64 * 1024;

/// The time and the bytes for which the rest of a request is read after the last answer. Closed at once, the connection
/// would be reset, and the answer could be lost with it.
const LINGER: (Duration, usize) = (Duration::from_secs(5), 1024 * 1024);

/// A connection.
pub(crate) struct Wire {
    stream: TcpStream,
    unused: BytesMut,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, unused: BytesMut::new() }
    }

    /// The bytes that have come; who uses some takes them away.
    pub(crate) fn unused(&mut self) -> &mut BytesMut {
        &mut self.unused
    }

    /// Waits for more bytes, and returns their number; 0 at the end. Nothing is lost where this is cancelled.
    pub(crate) async fn more(&mut self) -> io::Result<usize> {
        self.unused.reserve(ROOM);
        self.stream.read_buf(&mut (&mut self.unused).limit(PIECE)).await
    }

    /// Writes all of `bytes`, as part of a transfer.
    ///
    /// # Errors
    /// The peer is gone, or reads too slowly; then the connection is reset when it is dropped, and what is not read takes
    /// no memory.
    pub(crate) async fn write(&mut self, transfer: &mut Transfer, mut bytes: impl Buf) -> io::Result<()> {
        while bytes.has_remaining() {
            let written = transfer.wait(self.stream.write_buf(&mut bytes)).await.unwrap_or_else(|TooSlow| {
                let _ = self.stream.set_zero_linger();
                Err(io::ErrorKind::TimedOut.into())
            });
            match written? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                count => transfer.moved(count),
            }
        }
        Ok(())
    }

    /// Ends a connection whose last answer is written.
    pub(crate) async fn end(mut self) {
        let (time, most) = LINGER;
        let linger = async {
            self.stream.shutdown().await?;
            let mut read = 0;
            while read < most {
                self.unused.clear();
                match self.more().await? {
                    0 => break,
                    count => read += count,
                }
            }
            io::Result::Ok(())
        };
        let _ = timeout(time, linger).await;
    }
}
