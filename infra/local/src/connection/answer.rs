//! An answer, and how it is written.

use std::{io, time::SystemTime};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures_util::StreamExt;
use http::{
    HeaderValue, Response, StatusCode, Version,
    header::{CONNECTION, CONTENT_LENGTH, DATE, TRANSFER_ENCODING},
};
use kernelci::{
    error::Error,
    http::{TextPieces, refuse},
    storage::FileContent,
};

use super::wire::Wire;
use crate::{
    bounds::{Pace, Transfer},
    events,
};

/// An answer.
pub struct Answer {
    /// The status and the headers, but those that are about the connection and the length of the content.
    pub head: Response<()>,
    /// The content.
    pub content: Content,
}

/// The content of an answer.
pub enum Content {
    /// These bytes.
    Whole(Bytes),
    /// A stored file, which is read while it is sent.
    File(FileContent),
    /// What is made while it is sent: its length is not known, so it is sent in chunks.
    Stream(TextPieces),
    /// Nothing is sent, and the length is that of the content that `GET` would send.
    Unsent(u64),
}

impl Answer {
    /// The envelope of an error.
    pub fn refusal(error: Error) -> Self {
        if let Error::Internal(text) | Error::Busy(text) = &error {
            tracing::error!(error = text.as_str(), "request failed");
        }
        events::answer(refuse(error)).into()
    }

    /// Whether a head of this status ends the answer.
    fn has_no_content(&self) -> bool {
        matches!(self.head.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
    }

    /// Writes the answer. `is_to_head` keeps the content back.
    ///
    /// # Errors
    /// The peer is gone or reads too slowly, or the content cannot be read to its end: the connection is of no use then. A
    /// stream that breaks off so lacks its last chunk, which tells the peer.
    pub(crate) async fn write(
        mut self,
        wire: &mut Wire,
        pace: Pace,
        connection: Option<&'static str>,
        is_to_head: bool,
    ) -> io::Result<()> {
        let length = match &self.content {
            Content::Whole(bytes) if !is_to_head => u64::try_from(bytes.len()).ok(),
            Content::Whole(_) | Content::Stream(_) => None,
            Content::File(reading) => Some(reading.size),
            Content::Unsent(length) => Some(*length),
        };
        let is_bare = is_to_head || self.has_no_content();
        let headers = self.head.headers_mut();
        if let Some(length) = length.filter(|_| !is_bare || is_to_head) {
            headers.insert(CONTENT_LENGTH, length.into());
        }
        if matches!(self.content, Content::Stream(_)) {
            headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        if let Some(connection) = connection {
            headers.insert(CONNECTION, HeaderValue::from_static(connection));
        }
        if let Ok(date) = HeaderValue::from_str(&httpdate::fmt_http_date(SystemTime::now())) {
            headers.insert(DATE, date);
        }
        let mut transfer = Transfer::begin(pace);
        let first = text(&self.head);
        match self.content {
            Content::Whole(bytes) if !is_bare => wire.write(&mut transfer, first.chain(bytes)).await,
            Content::File(mut reading) if !is_bare => {
                wire.write(&mut transfer, first).await?;
                while let Some(piece) = reading.next().await.map_err(io::Error::other)? {
                    wire.write(&mut transfer, piece).await?;
                }
                Ok(())
            }
            Content::Stream(mut pieces) if !is_bare => {
                wire.write(&mut transfer, first).await?;
                while let Some(piece) = pieces.next().await {
                    let piece = piece.map_err(|error| {
                        tracing::error!(%error, "a list broke off while it was sent");
                        io::Error::other(error)
                    })?;
                    let size = Bytes::from(format!("{:x}\r\n", piece.len()));
                    wire.write(&mut transfer, size.chain(piece).chain(&b"\r\n"[..])).await?;
                }
                wire.write(&mut transfer, &b"0\r\n\r\n"[..]).await
            }
            _ => wire.write(&mut transfer, first).await,
        }
    }
}

impl From<Response<Bytes>> for Answer {
    fn from(response: Response<Bytes>) -> Self {
        let (head, content) = response.into_parts();
        Self { head: Response::from_parts(head, ()), content: Content::Whole(content) }
    }
}

/// The `Connection` header that a client of a version needs to know whether the connection stays open.
pub(crate) fn connection(version: Version, stays_open: bool) -> Option<&'static str> {
    match (version, stays_open) {
        (_, false) => Some("close"),
        (Version::HTTP_10, true) => Some("keep-alive"),
        _ => None,
    }
}

/// The status line and the headers.
fn text(head: &Response<()>) -> BytesMut {
    let mut text = BytesMut::with_capacity(1024);
    let reason = head.status().canonical_reason().unwrap_or_default();
    text.put_slice(format!("HTTP/1.1 {} {reason}\r\n", head.status().as_str()).as_bytes());
    for (name, value) in head.headers() {
        text.put_slice(name.as_str().as_bytes());
        text.put_slice(b": ");
        text.put_slice(value.as_bytes());
        text.put_slice(b"\r\n");
    }
    text.put_slice(b"\r\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_an_envelope() {
        let refusal = Answer::refusal(Error::HeadersTooLong);
        assert!(text(&refusal.head).starts_with(b"HTTP/1.1 431 Request Header Fields Too Large\r\n"));
        assert!(refusal.head.headers().contains_key("x-request-id"));
        let Content::Whole(bytes) = refusal.content else { panic!("no bytes") };
        assert_eq!(bytes, r#"{"code":431,"reason":"The headers of the request are too long, or too many"}"#);
    }

    #[test]
    fn a_client_is_told_what_its_version_does_not_say() {
        for (version, stays_open, told) in [
            (Version::HTTP_11, true, None),
            (Version::HTTP_11, false, Some("close")),
            (Version::HTTP_10, true, Some("keep-alive")),
            (Version::HTTP_10, false, Some("close")),
        ] {
            assert_eq!(connection(version, stays_open), told);
        }
    }
}
