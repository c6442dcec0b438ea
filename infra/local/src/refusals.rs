//! A connection on which every refusal is an answer. What the HTTP library refuses by itself, because it cannot read it,
//! gets the envelope on its way out; and where an answer is sent to someone who has not ended, the rest of what they send
//! is read for a while: closed at once, the connection would be reset, and the answer lost with it.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use http::{Response, StatusCode, header};
use kernelci::{error::Error, http::refuse};
use lambda_http::Body;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Sleep,
};

/// How long the rest of a refused request is read.
const LINGER: Duration = Duration::from_secs(5);

/// Set when the request that is answered was not read to its end.
pub type IsUnread = Arc<AtomicBool>;

/// The connection.
pub struct Refusals<S> {
    inner: S,
    is_unread: IsUnread,
    // An answer in the place of the library's, and how much of it is written.
    waiting: Vec<u8>,
    written: usize,
    is_shut: bool,
    linger: Option<Pin<Box<Sleep>>>,
}

impl<S> Refusals<S> {
    /// Around a connection that has just begun.
    pub fn new(inner: S) -> (Self, IsUnread) {
        let is_unread = Arc::new(AtomicBool::new(false));
        let refusals = Self {
            inner,
            is_unread: Arc::clone(&is_unread),
            waiting: Vec::new(),
            written: 0,
            is_shut: false,
            linger: None,
        };
        (refusals, is_unread)
    }
}

/// What the library's refusal says, where `bytes` are one: a head without content, of a status that no function answers
/// without any.
fn refusal(bytes: &[u8]) -> Option<Error> {
    let head = std::str::from_utf8(bytes).ok()?.strip_prefix("HTTP/1.1 ")?;
    let is_bare = head.ends_with("\r\n\r\n") && head.contains("\r\ncontent-length: 0\r\n");
    let status = StatusCode::from_bytes(head.get(..3)?.as_bytes()).ok().filter(|_| is_bare)?;
    match status {
        StatusCode::BAD_REQUEST => Some(Error::NotHttp),
        StatusCode::URI_TOO_LONG => Some(Error::AddressTooLong),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Some(Error::HeadersTooLong),
        _ => None,
    }
}

fn text(answer: Response<Body>) -> Vec<u8> {
    let (mut head, body) = answer.into_parts();
    let body = match &body {
        Body::Text(text) => text.as_bytes(),
        _ => &[],
    };
    head.headers.insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    head.headers.insert(header::CONTENT_LENGTH, body.len().into());
    let mut text = format!("HTTP/1.1 {}\r\n", head.status).into_bytes();
    for (name, value) in &head.headers {
        text.extend_from_slice(format!("{name}: ").as_bytes());
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b"\r\n");
    text.extend_from_slice(body);
    text
}

impl<S: AsyncWrite + Unpin> Refusals<S> {
    fn poll_waiting(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.waiting.get(self.written..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.inner).poll_write(context, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.written += count,
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Refusals<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Refusals<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_waiting(context))?;
        if let Some(error) = refusal(bytes) {
            self.is_unread.store(true, Ordering::Relaxed);
            (self.waiting, self.written) = (text(refuse(error)), 0);
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_waiting(context))?;
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_shut {
            ready!(self.poll_waiting(context))?;
            ready!(Pin::new(&mut self.inner).poll_shutdown(context))?;
            self.is_shut = true;
        }
        if !self.is_unread.load(Ordering::Relaxed) {
            return Poll::Ready(Ok(()));
        }
        let this = &mut *self;
        let linger = this.linger.get_or_insert_with(|| Box::pin(tokio::time::sleep(LINGER)));
        let mut thrown_away = [0; 16 * 1024];
        while linger.as_mut().poll(context).is_pending() {
            let mut buffer = ReadBuf::new(&mut thrown_away);
            match ready!(Pin::new(&mut this.inner).poll_read(context, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {}
                Ok(()) | Err(_) => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare(line: &str) -> String {
        format!(
            "HTTP/1.1 {line}\r\nconnection: close\r\ncontent-length: 0\r\ndate: Sun, 12 Apr 2020 10:30:00 GMT\r\n\r\n"
        )
    }

    #[test]
    fn only_the_library_s_own_refusals_are_replaced() {
        assert!(matches!(refusal(bare("400 Bad Request").as_bytes()), Some(Error::NotHttp)));
        assert!(matches!(refusal(bare("414 URI Too Long").as_bytes()), Some(Error::AddressTooLong)));
        let headers = bare("431 Request Header Fields Too Large");
        assert!(matches!(refusal(headers.as_bytes()), Some(Error::HeadersTooLong)));
        for other in [
            bare("404 Not Found"),
            bare("200 OK"),
            bare("400 Bad Request").replace("length: 0", "length: 5") + "{...}",
            bare("400 Bad Request") + "x",
            "HTTP/1.1 4".to_owned(),
            String::new(),
        ] {
            assert!(refusal(other.as_bytes()).is_none(), "{other}");
        }
    }

    #[test]
    fn a_refusal_is_an_envelope() {
        let text = String::from_utf8(text(refuse(Error::HeadersTooLong))).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"), "{head}");
        assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
        assert!(head.contains("connection: close") && head.contains("x-request-id: "), "{head}");
        assert_eq!(body, r#"{"code":431,"reason":"The headers of the request are too long, or too many"}"#);
    }
}
