//! Finds the error, warning and mismatch lines in the log of a Linux kernel build while the log is being received.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;

#[cfg(test)]
mod tests;

/// A line is cut after this many bytes, so that a log without line ends cannot fill the memory.
pub const LINE_LIMIT: usize = 64 * 1024;

/// The stored lines together have at most this many bytes of text. Lines found after that are only counted.
pub const STORED_TEXT_LIMIT: usize = 32 * 1024 * 1024;

/// At most this many lines are stored. It bounds what millions of very short lines cost beside their text.
pub const STORED_LINES_LIMIT: usize = 512 * 1024;

/// A compressed log with more bytes of text than this is refused, because a small file can hold more text than there
/// is time to read.
pub const DECOMPRESSED_LIMIT: u64 = 4 * 1024 * 1024 * 1024;

/// The bytes every gzip stream starts with.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Texts that make a line an error in any case of letters, written here in lower case.
const ERROR_TEXTS: [&str; 3] = ["undefined reference", "gcc doesn't support", "command not found"];

/// A line that starts with one of these, in any case of letters, is a complaint of the shell that ran a command.
const SHELLS: [&str; 3] = ["/bin/sh", "/bin/bash", "/bin/dash"];

/// Warnings that kernels are known to give on every build and that nobody acts on.
const KNOWN_NOISE: [&str; 3] = [
    "TODO: return_address should use unwind tables",
    "NPTL on non MMU needs fixing",
    "Sparse checking disabled for this file",
];

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
            Input::Plain(LineReader::default())
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
    Plain(LineReader),
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

/// Joins the pushed bytes to lines.
#[derive(Debug, Default)]
struct LineReader {
    line: Vec<u8>,
    found: Found,
}

impl LineReader {
    fn read(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, ended) = part.strip_suffix(b"\n").map_or((part, false), |text| (text, true));
            let room = LINE_LIMIT.saturating_sub(self.line.len());
            self.line.extend_from_slice(text.get(..room).unwrap_or(text));
            if ended {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        self.found.add(&String::from_utf8_lossy(&self.line));
        self.line.clear();
    }

    fn finish(mut self) -> LogLines {
        self.end_line();
        self.found.lines
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Error,
    Mismatch,
    Warning,
}

/// What has been found so far, and the room that is left for more.
#[derive(Debug)]
struct Found {
    lines: LogLines,
    text_room: usize,
    lines_room: usize,
    /// The current line in lower case. It is kept only so that its memory is used again for the next line.
    lower: String,
}

impl Default for Found {
    fn default() -> Self {
        Self {
            lines: LogLines::default(),
            text_room: STORED_TEXT_LIMIT,
            lines_room: STORED_LINES_LIMIT,
            lower: String::new(),
        }
    }
}

impl Found {
    fn add(&mut self, line: &str) {
        self.lower.clear();
        self.lower.push_str(line);
        self.lower.make_ascii_lowercase();
        let (list, count) = match kind_of(line, &self.lower) {
            Some(Kind::Error) => (&mut self.lines.errors, &mut self.lines.errors_count),
            Some(Kind::Mismatch) => (&mut self.lines.mismatches, &mut self.lines.mismatches_count),
            Some(Kind::Warning) => (&mut self.lines.warnings, &mut self.lines.warnings_count),
            None => return,
        };
        *count += 1;
        if self.lines_room == 0 {
            return;
        }
        let text = readable(line);
        if let Some(text_room) = self.text_room.checked_sub(text.len()) {
            self.text_room = text_room;
            self.lines_room -= 1;
            list.push(text);
        } else {
            // Without this a shorter line that comes later would be stored, and the lists would have a hole.
            self.lines_room = 0;
        }
    }
}

/// Which list a line belongs to. `lower` is the same line in lower case.
fn kind_of(line: &str, lower: &str) -> Option<Kind> {
    if is_error(line, lower) {
        Some(Kind::Error)
    } else if line.contains("Section mismatch") {
        Some(Kind::Mismatch)
    } else if lower.contains("warning") && !KNOWN_NOISE.iter().any(|noise| line.contains(noise)) {
        Some(Kind::Warning)
    } else {
        None
    }
}

fn is_error(line: &str, lower: &str) -> bool {
    line.contains("error:")
        || line.contains("Error:")
        || line.starts_with("ERROR")
        || ERROR_TEXTS.iter().any(|text| lower.contains(text))
        || SHELLS.iter().any(|shell| lower.starts_with(shell))
}

/// The line as it is stored: no control characters, among them the `\r` of a line end, and no whitespace around it.
fn readable(line: &str) -> String {
    let printable: String = line.chars().filter(|character| *character == '\t' || !character.is_control()).collect();
    printable.trim().to_owned()
}
