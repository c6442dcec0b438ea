//! The log as plain text: what the device printed.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use super::entries::{Ending, Entries, Message, READ_LIMIT};

/// The file of plain text is not longer than this, but for a note at its end.
pub const TEXT_LIMIT: usize = READ_LIMIT;

/// Writes what the device printed, a line each.
///
/// # Errors
/// `out` fails.
pub(in super::super) fn write(log: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut entries = Entries::new(log);
    let mut room = TEXT_LIMIT;
    for entry in &mut entries {
        let Message::Text(text) = &entry.message else { continue };
        if entry.level != "target" {
            continue;
        }
        let line = printable(text);
        let Some(left) = room.checked_sub(line.len() + 1) else {
            return writeln!(out, "{}", note(&Ending::Cut).unwrap_or_default());
        };
        room = left;
        writeln!(out, "{line}")?;
    }
    match note(&entries.ending()) {
        Some(note) => writeln!(out, "{note}"),
        None => Ok(()),
    }
}

/// What is said at the end of a log that goes on, or should.
pub(super) fn note(ending: &Ending) -> Option<String> {
    match ending {
        Ending::Whole => None,
        Ending::Cut => Some("[the log was too long and has been cut here]".to_owned()),
        Ending::Damaged(fault) => Some(format!("[the log that LAVA sent cannot be read from here on: {fault}]")),
    }
}

/// A text without what only a terminal understands: its colours, and other control characters than tabs and line ends.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    let is_control = |letter: char| letter.is_control() && letter != '\t' && letter != '\n';
    if !text.contains(is_control) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' && letters.next_if_eq(&'[').is_some() {
            // The sequence goes on to its first letter.
            while letters.next_if(|letter| matches!(letter, '0'..='9' | ';' | '?' | ' ')).is_some() {}
            letters.next_if(|letter| matches!(letter, '@'..='~'));
        } else if !is_control(letter) {
            plain.push(letter);
        }
    }
    Cow::Owned(plain)
}
