//! Finds the error, warning and mismatch lines in the log of a Linux kernel build while the log is being received.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;

mod lines;
mod rules;
#[cfg(test)]
mod tests;

pub use self::rules::examples;
use self::{
    lines::{Folders, without_colours},
    rules::Verdict,
};

/// A line is cut after this many bytes, so that a log without line ends cannot fill the memory.
pub const LINE_LIMIT: usize = 64 * 1024;

/// The stored lines of a kind together have at most this many bytes of text. Lines found after that are only counted.
pub const STORED_TEXT_LIMIT: usize = 8 * 1024 * 1024;

/// At most this many lines of a kind are stored. It bounds what very short lines cost beside their text.
pub const STORED_LINES_LIMIT: usize = 50_000;

/// A compressed log with more bytes of text than this is refused, because a small file can hold more text than there
/// is time to read.
pub const DECOMPRESSED_LIMIT: u64 = 4 * 1024 * 1024 * 1024;

/// The bytes every gzip stream starts with.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The most lines that stand in for errors where a log has none.
const LAST_RESORT_LINES: usize = 10;

/// Why a build log could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The gzip stream is damaged, is truncated, or is followed by something that is not gzip.
    #[error("the gzip stream of the build log is damaged or truncated")]
    Damaged(#[source] io::Error),
    /// The gzip stream holds more text than [`DECOMPRESSED_LIMIT`].
    #[error("the build log has more than {DECOMPRESSED_LIMIT} bytes of decompressed text")]
    TooLong,
}

impl From<io::Error> for LogError {
    fn from(error: io::Error) -> Self {
        // The decoder hands on what `DecompressedText` answered, so its refusal arrives here inside an `io::Error`.
        error.downcast().unwrap_or_else(Self::Damaged)
    }
}

/// The lines of a build log that say something is wrong, in the order of the log.
///
/// Each line is in one list only. The counts include the lines that were found after [`STORED_TEXT_LIMIT`] or
/// [`STORED_LINES_LIMIT`] was reached, which are not in the lists.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct LogLines {
    /// The stored error lines.
    pub errors: Vec<String>,
    /// The stored warning lines.
    pub warnings: Vec<String>,
    /// The stored section mismatch lines.
    pub mismatches: Vec<String>,
    /// How many error lines the log has.
    pub errors_count: u64,
    /// How many warning lines the log has.
    pub warnings_count: u64,
    /// How many section mismatch lines the log has.
    pub mismatches_count: u64,
    /// The last line of the log that is not empty.
    pub last_line: String,
}

impl LogLines {
    /// Adds the lines of the build's next log, within the limits of one log.
    pub fn append(&mut self, next: Self) {
        append(&mut self.errors, next.errors);
        append(&mut self.warnings, next.warnings);
        append(&mut self.mismatches, next.mismatches);
        self.errors_count += next.errors_count;
        self.warnings_count += next.warnings_count;
        self.mismatches_count += next.mismatches_count;
        if !next.last_line.is_empty() {
            self.last_line = next.last_line;
        }
    }

    /// Sees to it that the log of a build that failed has an error: its last line, where no rule finds one.
    pub fn build_failed(&mut self) {
        if self.errors_count == 0 {
            let last = std::mem::take(&mut self.last_line);
            self.errors = vec![if last.is_empty() { EMPTY_LOG.to_owned() } else { last }];
            self.errors_count = 1;
        }
    }
}

/// The error of a build that failed, where its log is empty.
const EMPTY_LOG: &str = "The build failed, and its log is empty";

fn append(list: &mut Vec<String>, next: Vec<String>) {
    let mut kept = Kept::default();
    std::mem::take(list).into_iter().chain(next).for_each(|line| kept.keep(line));
    *list = kept.lines;
}

/// Reads a log as it is pushed in, plain or gzip, which is recognised by the first two bytes whatever the file's name.
#[derive(Debug, Default)]
pub struct LogReader {
    input: Input,
}

impl LogReader {
    /// A reader that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the next bytes of the log, which may end anywhere, even inside a character.
    ///
    /// # Errors
    ///
    /// [`LogError::Damaged`] if the log is gzip and these bytes cannot belong to it, [`LogError::TooLong`] if it has
    /// more than [`DECOMPRESSED_LIMIT`] bytes of text. After an error [`finish`](Self::finish) fails too.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), LogError> {
        let Input::Start(start) = &mut self.input else {
            return self.input.read(bytes);
        };
        let missing = GZIP_MAGIC.len().saturating_sub(start.len());
        let (head, rest) = bytes.split_at(missing.min(bytes.len()));
        start.extend_from_slice(head);
        if start.len() < GZIP_MAGIC.len() {
            return Ok(());
        }
        let start = std::mem::take(start);
        self.input = if start == GZIP_MAGIC {
            Input::Gzip(Box::new(MultiGzDecoder::new(DecompressedText::new(DECOMPRESSED_LIMIT))))
        } else {
            Input::Plain(Box::default())
        };
        self.input.read(&start)?;
        self.input.read(rest)
    }

    /// Takes the last line, which needs no line end, and gives what was found.
    ///
    /// # Errors
    ///
    /// [`LogError::Damaged`] if the log is gzip and its end is missing or its checksum is wrong, [`LogError::TooLong`]
    /// as for [`push`](Self::push). A reader whose `push` failed gives an error here too.
    pub fn finish(self) -> Result<LogLines, LogError> {
        match self.input {
            Input::Start(start) => {
                let mut lines = LineReader::default();
                lines.read(&start);
                Ok(lines.finish())
            }
            Input::Plain(lines) => Ok(lines.finish()),
            Input::Gzip(decoder) => Ok(decoder.finish()?.lines.finish()),
        }
    }
}

#[derive(Debug)]
enum Input {
    /// Too few bytes have come to tell gzip from plain text.
    Start(Vec<u8>),
    Plain(Box<LineReader>),
    Gzip(Box<MultiGzDecoder<DecompressedText>>),
}

impl Default for Input {
    fn default() -> Self {
        Self::Start(Vec::new())
    }
}

impl Input {
    fn read(&mut self, bytes: &[u8]) -> Result<(), LogError> {
        match self {
            Self::Start(start) => start.extend_from_slice(bytes),
            Self::Plain(lines) => lines.read(bytes),
            Self::Gzip(decoder) => decoder.write_all(bytes)?,
        }
        Ok(())
    }
}

/// Receives from the decoder what it has decompressed.
#[derive(Debug)]
struct DecompressedText {
    lines: LineReader,
    room: u64,
}

impl DecompressedText {
    fn new(limit: u64) -> Self {
        Self { lines: LineReader::default(), room: limit }
    }
}

impl Write for DecompressedText {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.room = self.room.checked_sub(length).ok_or_else(|| io::Error::other(LogError::TooLong))?;
        self.lines.read(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Joins the pushed bytes to lines. A carriage return ends a line too: progress bars write over theirs.
#[derive(Debug, Default)]
struct LineReader {
    line: Vec<u8>,
    found: Found,
}

impl LineReader {
    fn read(&mut self, bytes: &[u8]) {
        let is_end = |byte: &u8| matches!(*byte, b'\n' | b'\r');
        for part in bytes.split_inclusive(is_end) {
            let (text, ended) = match part.split_last() {
                Some((last, text)) if is_end(last) => (text, true),
                _ => (part, false),
            };
            let room = LINE_LIMIT.saturating_sub(self.line.len());
            self.line.extend_from_slice(text.get(..room).unwrap_or(text));
            if ended {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        if !self.line.is_empty() {
            self.found.add(&self.line);
            self.line.clear();
        }
    }

    fn finish(mut self) -> LogLines {
        self.end_line();
        self.found.finish()
    }
}

/// The lines of one kind.
#[derive(Debug, Default)]
struct Kept {
    lines: Vec<String>,
    text: usize,
    count: u64,
    /// Set by the first line that does not fit: a shorter one behind it would leave a hole in the list.
    full: bool,
}

impl Kept {
    fn add(&mut self, line: String) {
        self.count += 1;
        self.keep(line);
    }

    fn keep(&mut self, line: String) {
        let text = self.text + line.len();
        self.full |= self.lines.len() >= STORED_LINES_LIMIT || text > STORED_TEXT_LIMIT;
        if !self.full {
            self.text = text;
            self.lines.push(line);
        }
    }
}

/// What has been found so far.
#[derive(Debug, Default)]
struct Found {
    errors: Kept,
    warnings: Kept,
    mismatches: Kept,
    last_resort: Kept,
    folders: Folders,
    /// The last line that is not empty.
    last: Vec<u8>,
}

impl Found {
    fn add(&mut self, line: &[u8]) {
        let line = without_colours(line);
        if !line.trim_ascii().is_empty() {
            self.last.clear();
            self.last.extend_from_slice(&line);
        }
        let list = match rules::verdict(&line) {
            Some(Verdict::Error) => &mut self.errors,
            Some(Verdict::Warning) => &mut self.warnings,
            Some(Verdict::Mismatch) => &mut self.mismatches,
            Some(Verdict::LastResort) if self.last_resort.lines.len() < LAST_RESORT_LINES => &mut self.last_resort,
            Some(Verdict::Entering) => return self.folders.note(&line),
            Some(Verdict::Ignored | Verdict::LastResort) | None => return,
        };
        match list.full {
            true => list.count += 1,
            false => list.add(self.folders.readable(&line)),
        }
    }

    fn finish(self) -> LogLines {
        let errors = if self.errors.count == 0 { self.last_resort } else { self.errors };
        LogLines {
            errors: errors.lines,
            warnings: self.warnings.lines,
            mismatches: self.mismatches.lines,
            errors_count: errors.count,
            warnings_count: self.warnings.count,
            mismatches_count: self.mismatches.count,
            last_line: self.folders.readable(&self.last),
        }
    }
}
