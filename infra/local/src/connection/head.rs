//! The head of a request: the request line and the headers, read to their end and no further, and what they say of the
//! body that follows. What is ambiguous there is refused: two readers of one request must not see two.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, Version,
    header::{CONNECTION, CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING},
    request::Parts,
};
use kernelci::error::Error;

use super::{body::Framing, wire::Wire};

/// The longest head in bytes.
const MAX_LENGTH: usize = 128 * 1024;

/// The most headers.
const MAX_HEADERS: usize = 100;

/// The longest request target in bytes, as it was sent and escaped.
const MAX_TARGET: usize = 65_534;

/// What no URI has as it is, beside bytes past ASCII. Clients send it all the same, and API Gateway takes it for a part of
/// the path or the query; a URI would end at the `#`.
const ESCAPED: &[u8] = b"\"#<>\\^`{|}";

/// A head.
#[derive(Debug)]
pub(crate) struct Head {
    /// The method, the target and the headers.
    pub(crate) request: Parts,
    /// Where the body ends.
    pub(crate) framing: Framing,
    /// Another request may follow on the connection.
    pub(crate) keeps_open: bool,
    /// The sender waits for `100 Continue` before it sends the body.
    pub(crate) awaits_continue: bool,
}

/// Reads a head; `None` where the connection ends before one is complete. Nothing is lost where this is cancelled.
///
/// # Errors
/// What comes is no head, or is too long.
pub(crate) async fn read(wire: &mut Wire) -> Result<Option<Head>, Error> {
    let (mut seen, mut parsed_at) = (0, 0);
    loop {
        let unused = wire.unused();
        // A head that comes in many pieces is not parsed after each of them.
        let is_due = ends_within(unused, seen) || unused.len() >= 2 * parsed_at;
        if !unused.is_empty() && (is_due || unused.len() > MAX_LENGTH) {
            parsed_at = unused.len();
            match parse(unused)? {
                Some((_, length)) if length > MAX_LENGTH => return Err(Error::HeadersTooLong),
                Some((head, length)) => {
                    let _ = unused.split_to(length);
                    return Ok(Some(head));
                }
                None if unused.len() > MAX_LENGTH => return Err(Error::HeadersTooLong),
                None => {}
            }
        }
        seen = unused.len();
        if !matches!(wire.more().await, Ok(1..)) {
            return Ok(None);
        }
    }
}

/// Whether an empty line ends behind `seen` bytes.
fn ends_within(bytes: &[u8], seen: usize) -> bool {
    let new = bytes.get(seen.saturating_sub(3)..).unwrap_or_default();
    new.windows(2).any(|two| two == b"\n\n") || new.windows(3).any(|three| three == b"\n\r\n")
}

/// The head at the beginning of `bytes` and its length; `None` where more bytes are needed.
fn parse(bytes: &[u8]) -> Result<Option<(Head, usize)>, Error> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let length = match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Error::HeadersTooLong),
        Err(_) => return Err(Error::NotHttp),
    };
    let (Some(method), Some(target), Some(minor)) = (request.method, request.path, request.version) else {
        return Err(Error::NotHttp);
    };
    let version = if minor == 0 { Version::HTTP_10 } else { Version::HTTP_11 };
    let mut parts = Request::new(()).into_parts().0;
    parts.method = Method::from_bytes(method.as_bytes()).map_err(|_| Error::NotHttp)?;
    parts.uri = uri(target)?;
    parts.version = version;
    for header in request.headers {
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| Error::NotHttp)?;
        let value = HeaderValue::from_bytes(header.value).map_err(|_| Error::NotHttp)?;
        parts.headers.try_append(name, value).map_err(|_| Error::HeadersTooLong)?;
    }
    let framing = framing(&parts.headers, version)?;
    let keeps_open = match version {
        Version::HTTP_10 => {
            names(&parts.headers, CONNECTION, "keep-alive") && !names(&parts.headers, CONNECTION, "close")
        }
        _ => !names(&parts.headers, CONNECTION, "close"),
    };
    let awaits_continue = version == Version::HTTP_11 && names(&parts.headers, EXPECT, "100-continue");
    Ok(Some((Head { request: parts, framing, keeps_open, awaits_continue }, length)))
}

fn uri(target: &str) -> Result<Uri, Error> {
    let mut escaped = String::with_capacity(target.len());
    for byte in target.bytes() {
        if ESCAPED.contains(&byte) || !byte.is_ascii() {
            escaped.push_str(&format!("%{byte:02X}"));
        } else {
            escaped.push(char::from(byte));
        }
    }
    if escaped.len() > MAX_TARGET {
        return Err(Error::AddressTooLong);
    }
    Uri::try_from(escaped).map_err(|_| Error::NotHttp)
}

/// Where the body ends. Both ways to say it at once, other encodings, and lengths that differ are refused.
fn framing(headers: &HeaderMap, version: Version) -> Result<Framing, Error> {
    let mut encodings = headers.get_all(TRANSFER_ENCODING).iter();
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    match (encodings.next(), lengths.next()) {
        (None, None) => Ok(Framing::Length(0)),
        (None, Some(first)) => {
            let length = length(first).ok_or(Error::NotHttp)?;
            if lengths.all(|other| self::length(other) == Some(length)) {
                Ok(Framing::Length(length))
            } else {
                Err(Error::NotHttp)
            }
        }
        (Some(encoding), None) if encodings.next().is_none() && version == Version::HTTP_11 => {
            if encoding.as_bytes().eq_ignore_ascii_case(b"chunked") {
                Ok(Framing::Chunked)
            } else {
                Err(Error::NotHttp)
            }
        }
        _ => Err(Error::NotHttp),
    }
}

// Digits alone: a sign or a list is no length.
fn length(value: &HeaderValue) -> Option<u64> {
    let text = value.to_str().ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    text.parse().ok()
}

/// Whether one of the values of a header, which are lists, is `wanted`.
fn names(headers: &HeaderMap, header: HeaderName, wanted: &str) -> bool {
    let values = headers.get_all(header).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Result<Option<(Head, usize)>, Error> {
        parse(text.as_bytes())
    }

    #[test]
    fn the_target_is_escaped_and_nothing_else() {
        let text = "GET /job?job=a#b<c>\"\u{e9}\"%23 HTTP/1.1\r\nX: #<\r\n\r\n#";
        let (head, length) = head(text).unwrap().unwrap();
        assert_eq!(head.request.uri, "/job?job=a%23b%3Cc%3E%22%C3%A9%22%23");
        assert_eq!((head.request.headers["x"].as_bytes(), length), (b"#<".as_slice(), text.len() - 1));
    }

    #[test]
    fn a_head_says_where_its_body_ends() {
        for (headers, framing) in [
            ("", Framing::Length(0)),
            ("Content-Length: 12\r\n", Framing::Length(12)),
            ("Content-Length: 12\r\ncontent-length: 012\r\n", Framing::Length(12)),
            ("Transfer-Encoding: Chunked\r\n", Framing::Chunked),
        ] {
            let (head, _) = head(&format!("PUT /x HTTP/1.1\r\n{headers}\r\n")).unwrap().unwrap();
            assert_eq!(head.framing, framing, "{headers}");
        }
    }

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        for headers in [
            "Content-Length: 1\r\nContent-Length: 2\r\n",
            "Content-Length: 1, 1\r\n",
            "Content-Length: +1\r\n",
            "Content-Length: -1\r\n",
            "Content-Length: 0x1\r\n",
            "Content-Length:\r\n",
            "Content-Length: 18446744073709551616\r\n",
            "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: chunked, gzip\r\n",
            "Transfer-Encoding: identity\r\n",
            "Transfer-Encoding: \u{b}chunked\r\n",
            "Transfer-Encoding : chunked\r\n",
            "X: a\r\n Content-Length: 1\r\n",
            " X: a\r\n",
            "X: a\rContent-Length: 1\r\n",
            "X\0: a\r\n",
        ] {
            let refused = head(&format!("PUT /x HTTP/1.1\r\n{headers}\r\n"));
            assert!(matches!(refused, Err(Error::NotHttp)), "{headers}");
        }
        assert!(head("PUT /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
        for line in [
            "GET  /x HTTP/1.1",
            "GET /x HTTP/2.0",
            "GET /x",
            "GET x HTTP/1.1 ",
            "GET /x HTTP/1.1 x",
            "G\u{e9}T / HTTP/1.1",
        ] {
            assert!(head(&format!("{line}\r\n\r\n")).is_err(), "{line}");
        }
    }

    #[test]
    fn a_connection_stays_open_as_its_version_has_it() {
        for (version, headers, keeps_open) in [
            ("1.1", "", true),
            ("1.1", "Connection: x, Close\r\n", false),
            ("1.0", "", false),
            ("1.0", "Connection: Keep-Alive\r\n", true),
            ("1.0", "Connection: keep-alive\r\nConnection: close\r\n", false),
        ] {
            let (head, _) = head(&format!("GET /x HTTP/{version}\r\n{headers}\r\n")).unwrap().unwrap();
            assert_eq!(head.keeps_open, keeps_open, "{version} {headers}");
        }
    }

    #[test]
    fn a_head_is_complete_at_its_empty_line_and_not_before() {
        let text = "\r\nGET /x HTTP/1.1\r\nHost: x\r\n\r\n";
        for end in 0..text.len() {
            assert!(parse(&text.as_bytes()[..end]).unwrap().is_none(), "{end}");
        }
        assert_eq!(parse(text.as_bytes()).unwrap().unwrap().1, text.len());
        assert!(ends_within(text.as_bytes(), text.len() - 1) && !ends_within(text.as_bytes(), text.len() + 3));
    }
}
