//! The body of a request: exactly the bytes that its head announces, or that its chunks hold.

use bytes::{Bytes, BytesMut};
use kernelci::http::UnreadBody;

/// How a head says where the body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// After so many bytes.
    Length(u64),
    /// After the last chunk and the trailers.
    Chunked,
}

/// The longest line of a chunk's size, and the longest trailers, in bytes.
const MAX_SIZE: usize = 1024;
const MAX_TRAILERS: usize = 16 * 1024;

/// A body that is being read.
#[derive(Debug)]
pub(crate) struct RequestBody {
    place: Place,
}

/// Where in the body the next byte is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// So many bytes before the end.
    Content(u64),
    /// In the line of a chunk's size.
    Size,
    /// So many bytes before the end of a chunk.
    Chunk(u64),
    /// In the line end behind a chunk.
    AfterChunk,
    /// In the trailers, of which so many bytes were read.
    Trailers(usize),
    /// Behind the body.
    End,
    /// Unknown: what came is no body.
    Lost,
}

/// What is next of a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Content, never empty.
    Content(Bytes),
    /// Nothing: it is at its end.
    End,
    /// More bytes are needed.
    More,
}

impl RequestBody {
    pub(crate) fn new(framing: Framing) -> Self {
        let place = match framing {
            Framing::Length(0) => Place::End,
            Framing::Length(length) => Place::Content(length),
            Framing::Chunked => Place::Size,
        };
        Self { place }
    }

    /// The bytes that are certainly still to come.
    pub(crate) fn announced(&self) -> u64 {
        match self.place {
            Place::Content(left) | Place::Chunk(left) => left,
            _ => 0,
        }
    }

    /// Whether the whole body was read.
    pub(crate) fn is_at_end(&self) -> bool {
        self.place == Place::End
    }

    /// The bytes to the end; `None` where they are not known.
    pub(crate) fn left(&self) -> Option<u64> {
        match self.place {
            Place::Content(left) => Some(left),
            Place::End => Some(0),
            _ => None,
        }
    }

    /// Takes what is next of the body from the front of `bytes`, and nothing behind the body's end.
    ///
    /// # Errors
    /// The chunks are no chunks.
    pub(crate) fn step(&mut self, bytes: &mut BytesMut) -> Result<Step, UnreadBody> {
        let step = self.try_step(bytes);
        if step.is_err() {
            self.place = Place::Lost;
        }
        step
    }

    fn try_step(&mut self, bytes: &mut BytesMut) -> Result<Step, UnreadBody> {
        loop {
            self.place = match self.place {
                Place::End => return Ok(Step::End),
                Place::Lost => return Err(UnreadBody::Malformed),
                Place::Content(left) | Place::Chunk(left) => {
                    let length = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    if length == 0 {
                        return Ok(Step::More);
                    }
                    let left = left - u64::try_from(length).unwrap_or(left);
                    self.place = match self.place {
                        Place::Chunk(_) if left == 0 => Place::AfterChunk,
                        Place::Chunk(_) => Place::Chunk(left),
                        _ if left == 0 => Place::End,
                        _ => Place::Content(left),
                    };
                    return Ok(Step::Content(bytes.split_to(length).freeze()));
                }
                Place::Size => match line(bytes, MAX_SIZE)? {
                    None => return Ok(Step::More),
                    Some(line) => match size(&line)? {
                        0 => Place::Trailers(0),
                        size => Place::Chunk(size),
                    },
                },
                Place::AfterChunk => match line(bytes, 2)? {
                    None => return Ok(Step::More),
                    Some(line) if line.len() == 2 => Place::Size,
                    Some(_) => return Err(UnreadBody::Malformed),
                },
                Place::Trailers(read) => match line(bytes, MAX_TRAILERS - read)? {
                    None => return Ok(Step::More),
                    Some(line) if line.len() == 2 => Place::End,
                    Some(line) => Place::Trailers(read + line.len()),
                },
            };
        }
    }
}

/// The line at the front of `bytes` with its end; `None` where its end has not come.
fn line(bytes: &mut BytesMut, longest: usize) -> Result<Option<BytesMut>, UnreadBody> {
    let end = bytes.iter().take(longest).position(|byte| *byte == b'\n');
    match end {
        Some(end) => {
            Some(bytes.split_to(end + 1)).filter(|line| line.ends_with(b"\r\n")).map(Some).ok_or(UnreadBody::Malformed)
        }
        None if bytes.len() < longest => Ok(None),
        None => Err(UnreadBody::Malformed),
    }
}

fn size(line: &[u8]) -> Result<u64, UnreadBody> {
    // The parser takes a line without digits for 0.
    let is_number = line.first().is_some_and(u8::is_ascii_hexdigit);
    match httparse::parse_chunk_size(line) {
        Ok(httparse::Status::Complete((used, size))) if is_number && used == line.len() => Ok(size),
        _ => Err(UnreadBody::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The content of a body whose bytes come in pieces of `piece` bytes, and what is left behind it.
    fn read(framing: Framing, sent: &[u8], piece: usize) -> Result<(Vec<u8>, Vec<u8>), UnreadBody> {
        let (mut body, mut content) = (RequestBody::new(framing), Vec::new());
        let (mut bytes, mut pieces) = (BytesMut::new(), sent.chunks(piece));
        loop {
            match body.step(&mut bytes)? {
                Step::Content(part) => content.extend_from_slice(&part),
                Step::End => return Ok((content, [&bytes, pieces.collect::<Vec<_>>().concat().as_slice()].concat())),
                Step::More => bytes.extend_from_slice(pieces.next().ok_or(UnreadBody::CutOff)?),
            }
        }
    }

    #[test]
    fn a_body_ends_where_it_ends_however_it_comes() {
        let chunked = b"5\r\nab\r\nc\r\n1A ; x=\"y\"\r\nabcdefghijklmnopqrstuvwxyz\r\n000\r\nA: b\r\n\r\nGET /";
        for piece in 1..chunked.len() {
            let expected = (b"ab\r\ncabcdefghijklmnopqrstuvwxyz".to_vec(), b"GET /".to_vec());
            assert_eq!(read(Framing::Chunked, chunked, piece), Ok(expected), "{piece}");
            let (first, rest) = chunked.split_at(20);
            assert_eq!(read(Framing::Length(20), chunked, piece), Ok((first.to_vec(), rest.to_vec())), "{piece}");
        }
        assert_eq!(read(Framing::Length(0), b"x", 1), Ok((Vec::new(), b"x".to_vec())));
        assert_eq!(read(Framing::Length(3), b"ab", 1), Err(UnreadBody::CutOff));
        assert_eq!(read(Framing::Chunked, b"3\r\nabc\r\n0\r\n", 1), Err(UnreadBody::CutOff));
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        let long = format!("1;{}\r\na\r\n0\r\n\r\n", "x".repeat(MAX_SIZE));
        let trailers = format!("0\r\n{}\r\n", "A: b\r\n".repeat(MAX_TRAILERS));
        for sent in [
            "\r\n",
            "x\r\n",
            "-1\r\n",
            "+1\r\na\r\n0\r\n\r\n",
            "1\na\r\n0\r\n\r\n",
            "1\r\nab\r\n0\r\n\r\n",
            "1\r\na\n0\r\n\r\n",
            "1;x\ny\r\na\r\n0\r\n\r\n",
            " 1\r\na\r\n0\r\n\r\n",
            "1\r\na0\r\n\r\n",
            "10000000000000000\r\n",
            "0\r\nA: b\n\r\n",
            &long,
            &trailers,
        ] {
            for piece in [1, 7, sent.len()] {
                assert_eq!(read(Framing::Chunked, sent.as_bytes(), piece), Err(UnreadBody::Malformed), "{sent:?}");
            }
        }
    }
}
