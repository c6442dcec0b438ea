//! The text of an answer: written, hashed and compressed in one pass.

use std::io::{self, BufWriter, Write};

use flate2::{Compression, write::GzEncoder};
use serde::Serialize;
use xxhash_rust::xxh3::Xxh3Default;

/// JSON of one pass is handed on in pieces of this many bytes.
const PIECE: usize = 16 * 1024;

/// What the API sends is very repetitive: 50 builds, 77 kB, take 110 µs and are 8.1 kB then. The default would take 275 µs
/// for 6.1 kB.
const LEVEL: Compression = Compression::new(2);

/// The body of an answer.
pub(super) struct Text {
    /// Its bytes, compressed where that was asked for.
    pub(super) bytes: Vec<u8>,
    /// The entity tag, of the uncompressed text.
    pub(super) etag: String,
    /// Whether the bytes are compressed.
    pub(super) zipped: bool,
}

/// The answer is longer than may be sent.
#[derive(Debug)]
pub(super) struct TooLong;

/// Writes the JSON of `content`, no longer than `longest` bytes where a limit is set.
pub(super) fn write(content: &impl Serialize, zip: bool, longest: Option<usize>) -> Result<Text, TooLong> {
    written(zip, longest, |writer| serde_json::to_writer(writer, content).map_err(|_| TooLong))
}

/// Writes a text as it stands, no longer than `longest` bytes where a limit is set.
pub(super) fn write_text(text: &str, zip: bool, longest: Option<usize>) -> Result<Text, TooLong> {
    written(zip, longest, |writer| writer.write_all(text.as_bytes()).map_err(|_| TooLong))
}

fn written(
    zip: bool,
    longest: Option<usize>,
    content: impl FnOnce(&mut BufWriter<Hashed>) -> Result<(), TooLong>,
) -> Result<Text, TooLong> {
    let longest = longest.unwrap_or(usize::MAX);
    let output = Bounded {
        bytes: Vec::new(),
        longest: if zip { longest / 4 * 3 } else { longest },
        weighs_text: !zip,
        weight: 0,
    };
    let coder = if zip { Coder::Gzip(Box::new(GzEncoder::new(output, LEVEL))) } else { Coder::Plain(output) };
    let mut writer = BufWriter::with_capacity(PIECE, Hashed { coder, hash: Xxh3Default::new() });
    content(&mut writer)?;
    let Hashed { coder, hash } = writer.into_inner().map_err(|_| TooLong)?;
    let bytes = match coder {
        Coder::Plain(output) => output.bytes,
        Coder::Gzip(encoder) => encoder.finish().map_err(|_| TooLong)?.bytes,
    };
    Ok(Text { bytes, etag: format!("\"{:032x}\"", hash.digest128()), zipped: zip })
}

enum Coder {
    Plain(Bounded),
    Gzip(Box<GzEncoder<Bounded>>),
}

struct Hashed {
    coder: Coder,
    hash: Xxh3Default,
}

impl Write for Hashed {
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
struct Bounded {
    bytes: Vec<u8>,
    longest: usize,
    weighs_text: bool,
    weight: usize,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let escaped = if self.weighs_text { escaped(bytes) } else { 0 };
        self.weight = self.weight.saturating_add(bytes.len()).saturating_add(escaped);
        if self.weight > self.longest {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
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
    use std::io::Read;

    use super::*;

    fn sample() -> Vec<String> {
        (0..5_000).map(|number| format!("line {}", number % 7)).collect()
    }

    #[test]
    fn both_forms_hold_the_same_text_and_tag() {
        let (plain, zipped) = (write(&sample(), false, None), write(&sample(), true, None));
        let (Ok(plain), Ok(zipped)) = (plain, zipped) else { panic!("no limit was set") };
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(zipped.bytes.as_slice()).read_to_end(&mut text).unwrap();
        assert_eq!(text, serde_json::to_vec(&sample()).unwrap());
        assert_eq!(plain.bytes, text);
        assert_eq!(plain.etag, zipped.etag);
        assert!(zipped.bytes.len() < plain.bytes.len() / 10);
    }

    #[test]
    fn the_limit_is_on_what_is_carried() {
        let text = serde_json::to_vec(&sample()).unwrap();
        let quotes = text.iter().filter(|byte| **byte == b'"').count();
        assert!(write(&sample(), false, Some(text.len() + quotes)).is_ok());
        assert!(write(&sample(), false, Some(text.len() + quotes - 1)).is_err());
        assert!(write(&sample(), true, Some(text.len() / 4)).is_ok());
        assert!(write(&sample(), true, Some(40)).is_err());
    }
}
