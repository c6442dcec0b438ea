//! A connection whose request lines are escaped before the HTTP library reads them. It takes what stands behind a `#` for
//! a fragment and drops it, and with it arguments; and it refuses characters that clients send unescaped all the same.
//! API Gateway, and the original, take both for parts of the query.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Set when the next bytes to be read begin a request.
pub type AtRequestLine = Arc<AtomicBool>;

/// The connection.
pub struct RequestLines<S> {
    inner: S,
    at_request_line: AtRequestLine,
    // Rewritten bytes that the reader had no room for yet.
    waiting: Vec<u8>,
}

impl<S> RequestLines<S> {
    /// Around a connection that has just begun.
    pub fn new(inner: S) -> (Self, AtRequestLine) {
        let at_request_line = Arc::new(AtomicBool::new(true));
        (Self { inner, at_request_line: Arc::clone(&at_request_line), waiting: Vec::new() }, at_request_line)
    }

    fn hand_over(&mut self, buffer: &mut ReadBuf<'_>) {
        let count = self.waiting.len().min(buffer.remaining());
        let rest = self.waiting.split_off(count);
        buffer.put_slice(&self.waiting);
        self.waiting = rest;
    }
}

/// What no URI has as it is. A space is between the parts of the line, and stays.
const ESCAPED: &[u8] = b"\"#<>\\^`{|}";

/// Escapes a line up to its end; says whether the line ends within `bytes`.
fn escape(bytes: &[u8], escaped: &mut Vec<u8>) -> bool {
    let line = bytes.iter().position(|byte| *byte == b'\n');
    let (line, rest) = bytes.split_at(line.unwrap_or(bytes.len()));
    for byte in line {
        match byte {
            other if ESCAPED.contains(other) || !other.is_ascii() => {
                escaped.extend_from_slice(format!("%{other:02X}").as_bytes());
            }
            other => escaped.push(*other),
        }
    }
    escaped.extend_from_slice(rest);
    !rest.is_empty()
}

impl<S: AsyncRead + Unpin> AsyncRead for RequestLines<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.waiting.is_empty() {
            let before = buffer.filled().len();
            ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
            let read = buffer.filled().get(before..).unwrap_or_default();
            if !self.at_request_line.load(Ordering::Relaxed) || read.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let mut escaped = Vec::with_capacity(read.len());
            let is_whole = escape(read, &mut escaped);
            self.at_request_line.store(!is_whole, Ordering::Relaxed);
            buffer.set_filled(before);
            self.waiting = escaped;
        }
        self.hand_over(buffer);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for RequestLines<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_line_is_escaped() {
        let mut escaped = Vec::new();
        assert!(escape(b"GET /job?job=a#b#c HTTP/1.1\r\nX: #\r\n\r\n#", &mut escaped));
        assert_eq!(escaped, b"GET /job?job=a%23b%23c HTTP/1.1\r\nX: #\r\n\r\n#");
        assert!(!escape(b"GET /jo", &mut Vec::new()));
        escaped.clear();
        escape("GET /job?job=<a>\"é\" HTTP/1.1\r\n".as_bytes(), &mut escaped);
        assert_eq!(escaped, b"GET /job?job=%3Ca%3E%22%C3%A9%22 HTTP/1.1\r\n");
    }
}
