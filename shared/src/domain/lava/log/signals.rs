//! The signals by which the tests on a device tell LAVA what they do.
//!
//! The device prints a signal into its log, and LAVA notes that it has received it. The note may come before the line
//! that the device printed, as the two do not wait for each other.

use super::entries::{Entry, Message};
use crate::domain::lava::{boot::LOGIN_STEPS, results::LAVA};

/// How a line of a signal begins. Where the kernel's log carries the signals, they stand later in the line, behind a time
/// stamp and sometimes behind other text: such a line is the test's own output, and LAVA's note says what it meant.
const MARK: &str = "<LAVA_";
const SIGNAL: &str = "<LAVA_SIGNAL_";
const NOTE: &str = "Received signal: <";
const CASE: &str = "TEST_CASE_ID=";

/// Who tells of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Teller {
    Device,
    Lava,
    /// The end of a case, told by the device.
    DevicesEnd,
    /// The end of a case, told by LAVA.
    LavasEnd,
    /// A result that LAVA has stored.
    Stored,
}

/// How many tellers there are.
pub(super) const TELLERS: usize = 5;

/// What an entry of the log is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Signal<'a> {
    /// A line that the device printed.
    Line(&'a str),
    /// A case starts.
    Start(&'a str, Teller),
    /// A case ends, or its result is told.
    Result { case: &'a str, teller: Teller, definition: Option<&'a str> },
    /// The device has booted: what it prints from here on belongs to the tests.
    Booted,
    /// Anything else.
    Nothing,
}

impl<'a> Signal<'a> {
    pub(super) fn of(entry: &'a Entry<'_>) -> Self {
        match &entry.message {
            Message::Text(text) if entry.level == "target" => match text.strip_prefix(SIGNAL) {
                Some(signal) => named(signal, [Teller::Device, Teller::DevicesEnd]),
                None if text.starts_with(MARK) => Self::Nothing,
                None => Self::Line(text),
            },
            Message::Text(text) => {
                text.strip_prefix(NOTE).map_or(Self::Nothing, |signal| named(signal, [Teller::Lava, Teller::LavasEnd]))
            }
            Message::Result { definition, case, .. } if definition == LAVA => {
                if LOGIN_STEPS.contains(&&**case) {
                    Self::Booted
                } else {
                    Self::Nothing
                }
            }
            Message::Result { definition, case, .. } => {
                Self::Result { case, teller: Teller::Stored, definition: Some(definition) }
            }
            Message::Other => Self::Nothing,
        }
    }
}

/// Reads `STARTTC name>`, and LAVA's `STARTTC> name`.
fn named<'a>(signal: &'a str, [teller, end]: [Teller; 2]) -> Signal<'a> {
    let mut words = signal.split([' ', '>']).filter(|word| !word.is_empty());
    let (Some(kind), Some(case)) = (words.next(), words.next()) else { return Signal::Nothing };
    match kind {
        "STARTTC" => Signal::Start(case, teller),
        "ENDTC" => Signal::Result { case, teller: end, definition: None },
        "TESTCASE" => match case.strip_prefix(CASE) {
            Some(case) if !case.is_empty() => Signal::Result { case, teller, definition: None },
            _ => Signal::Nothing,
        },
        _ => Signal::Nothing,
    }
}
