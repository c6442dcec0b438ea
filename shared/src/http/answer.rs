//! The text of an answer: written, hashed and compressed in one pass.

use std::io::{self, BufWriter, Write};

use flate2::{Compression, write::GzEncoder};
use serde::Serialize;
use xxhash_rust::xxh3::Xxh3Default;

use super::list_text;
use crate::{
    error::Error,
    store::{Holding, ListedDocument, StoreError},
};

/// JSON of one pass is handed on in pieces of this many bytes.
const PIECE: usize = 16 * 1024;

/// The room that a text has at first, in bytes: many answers take no more.
const MIN_ROOM: usize = 1024;

/// What the API sends is very repetitive: 50 builds, 77 kB, take 110 µs and are 8.1 kB then. The default would take 275 µs
/// for 6.1 kB.
pub(super) const LEVEL: Compression = Compression::new(2);

/// The body of an answer.
pub(super) struct Text {
    /// Its bytes, compressed where that was asked for.
    pub(super) bytes: Vec<u8>,
    /// The hash of the uncompressed text.
    pub(super) hash: u128,
    /// Whether the bytes are compressed.
    pub(super) zipped: bool,
}

/// What the text of an answer may take.
#[derive(Clone, Copy)]
pub(super) struct Room<'a> {
    /// The most bytes that are sent; `None` for no limit.
    pub(super) longest: Option<usize>,
    /// Counts the memory of the text; `None` for a text that is short in any case.
    pub(super) holding: Option<&'a Holding>,
}

/// Writes the JSON of `content`.
///
/// # Errors
/// [`Error::AnswerTooLong`], or the text takes more memory than there is for it.
pub(super) fn write(content: &impl Serialize, zip: bool, room: Room<'_>) -> Result<Text, Error> {
    written(zip, room, |writer| serde_json::to_writer(writer, content).map_err(io::Error::from))
}

/// Writes the envelope of a list.
///
/// # Errors
/// As [`write`].
pub(super) fn write_list(
    documents: &[ListedDocument],
    (limit, skip): (usize, usize),
    zip: bool,
    room: Room<'_>,
) -> Result<Text, Error> {
    written(zip, room, |writer| list_text::write_list(writer, documents, limit, skip))
}

/// Writes a text as it stands.
///
/// # Errors
/// As [`write`].
pub(super) fn write_text(text: &str, zip: bool, room: Room<'_>) -> Result<Text, Error> {
    written(zip, room, |writer| writer.write_all(text.as_bytes()))
}

/// The entity tag of a text with that hash, the same for both codings.
pub(super) fn etag(hash: u128) -> String {
    format!("\"{hash:032x}\"")
}

fn written(
    zip: bool,
    room: Room<'_>,
    content: impl FnOnce(&mut BufWriter<Hashed<'_>>) -> io::Result<()>,
) -> Result<Text, Error> {
    let longest = room.longest.unwrap_or(usize::MAX);
    let refused = |error: io::Error| match error.downcast::<StoreError>() {
        Ok(error) => Error::from(error),
        Err(_) => Error::AnswerTooLong(longest),
    };
    let output = Bounded {
        bytes: Vec::new(),
        longest: if zip { longest / 4 * 3 } else { longest },
        weighs_text: !zip && room.longest.is_some(),
        weight: 0,
        holding: room.holding,
    };
    let coder = if zip { Coder::Gzip(Box::new(GzEncoder::new(output, LEVEL))) } else { Coder::Plain(output) };
    let mut writer = BufWriter::with_capacity(PIECE, Hashed { coder, hash: Xxh3Default::new() });
    content(&mut writer).map_err(refused)?;
    let Hashed { coder, hash } = writer.into_inner().map_err(|error| refused(error.into_error()))?;
    let bytes = match coder {
        Coder::Plain(output) => output.bytes,
        Coder::Gzip(encoder) => encoder.finish().map_err(refused)?.bytes,
    };
    Ok(Text { bytes, hash: hash.digest128(), zipped: zip })
}

enum Coder<'a> {
    Plain(Bounded<'a>),
    Gzip(Box<GzEncoder<Bounded<'a>>>),
}

struct Hashed<'a> {
    coder: Coder<'a>,
    hash: Xxh3Default,
}

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hash.update(bytes);
        match &mut self.coder {
            Coder::Plain(output) => output.write_all(bytes)?,
            Coder::Gzip(encoder) => encoder.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes up to a limit. Text is weighed as the JSON string that carries it, in which quotes and backslashes take two
/// bytes; compressed bytes are carried as base64, which the limit already allows for.
struct Bounded<'a> {
    bytes: Vec<u8>,
    longest: usize,
    weighs_text: bool,
    weight: usize,
    holding: Option<&'a Holding>,
}

impl Bounded<'_> {
    /// Makes room for so many bytes more, and counts it: twice as much as there is, as a list grows by itself.
    fn reserve(&mut self, more: usize) -> io::Result<()> {
        let free = self.bytes.capacity() - self.bytes.len();
        if more <= free {
            return Ok(());
        }
        let added = (more - free).max(self.bytes.capacity()).max(MIN_ROOM);
        if let Some(holding) = self.holding {
            holding.grow(added).map_err(io::Error::other)?;
        }
        self.bytes.reserve_exact(free + added);
        Ok(())
    }
}

impl Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let escaped = if self.weighs_text { escaped(bytes) } else { 0 };
        self.weight = self.weight.saturating_add(bytes.len()).saturating_add(escaped);
        if self.weight > self.longest {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.reserve(bytes.len())?;
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How many quotes and backslashes there are. Counted in single bytes, so that the compiler takes many at a time.
fn escaped(bytes: &[u8]) -> usize {
    let in_piece = |piece: &[u8]| piece.iter().map(|byte| u8::from(matches!(byte, b'"' | b'\\'))).sum::<u8>();
    bytes.chunks(usize::from(u8::MAX)).map(|piece| usize::from(in_piece(piece))).sum()
}

#[cfg(test)]
mod tests {
    use std::{io::Read, sync::Arc};

    use super::*;
    use crate::store::{Answer, Memory};

    fn sample() -> Vec<String> {
        (0..5_000).map(|number| format!("line {}", number % 7)).collect()
    }

    const ANY: Room<'_> = Room { longest: None, holding: None };

    fn up_to(longest: usize) -> Room<'static> {
        Room { longest: Some(longest), holding: None }
    }

    #[test]
    fn both_forms_hold_the_same_text_and_tag() {
        let (plain, zipped) = (write(&sample(), false, ANY), write(&sample(), true, ANY));
        let (Ok(plain), Ok(zipped)) = (plain, zipped) else { panic!("no limit was set") };
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(zipped.bytes.as_slice()).read_to_end(&mut text).unwrap();
        assert_eq!(text, serde_json::to_vec(&sample()).unwrap());
        assert_eq!(plain.bytes, text);
        assert_eq!(plain.hash, zipped.hash);
        assert!(zipped.bytes.len() < plain.bytes.len() / 10);
    }

    #[test]
    fn the_limit_is_on_what_is_carried() {
        let text = serde_json::to_vec(&sample()).unwrap();
        let quotes = text.iter().filter(|byte| **byte == b'"').count();
        assert!(write(&sample(), false, up_to(text.len() + quotes)).is_ok());
        assert!(write(&sample(), false, up_to(text.len() + quotes - 1)).is_err());
        assert!(write(&sample(), true, up_to(text.len() / 4)).is_ok());
        assert!(write(&sample(), true, up_to(40)).is_err());
    }

    #[test]
    fn the_memory_of_the_text_is_counted_as_it_grows() {
        let text = serde_json::to_vec(&sample()).unwrap();
        for (zip, of_one, fits) in
            [(false, 2 * text.len(), true), (false, text.len() - 1, false), (true, text.len() / 2, true)]
        {
            let memory = Arc::new(Memory::new(of_one, of_one));
            let holding = Holding::of(Answer::of(&memory));
            let written = write(&sample(), zip, Room { longest: None, holding: Some(&holding) });
            match written {
                Ok(text) => {
                    assert!(
                        fits && holding.held() >= text.bytes.len() && holding.held() <= 2 * text.bytes.len() + MIN_ROOM
                    );
                    assert_eq!(holding.held(), text.bytes.capacity());
                }
                Err(error) => assert!(!fits && matches!(error, Error::TooMuchMemory(bytes) if bytes == of_one)),
            }
        }
    }
}
