//! What a log is about: the lines of its test cases, and what went wrong.

use super::{
    cases::Cases,
    entries::{Entries, Entry, Message},
    text::printable,
};

/// The most problems that are listed. After a few the first ones are what matters.
const MAX_PROBLEMS: usize = 100;

/// The longest text of a listed problem, in characters.
const MAX_PROBLEM: usize = 200;

/// What the kernel prints when it cannot go on.
const CRASHES: [&str; 7] = [
    "BUG: unable to handle",
    "Internal error: ",
    "Kernel panic",
    "Oops",
    "Unable to handle kernel",
    "Unhandled fault",
    "kernel BUG at",
];

/// What it prints when something else is wrong with it.
const TROUBLES: [&str; 8] = [
    "BUG: ",
    "KASAN: ",
    "KFENCE: ",
    "UBSAN: ",
    "WARNING: CPU",
    "WARNING: possible",
    "blocked for more than",
    "self-detected stall",
];

/// The syslog levels that are errors or worse, where the console prints levels.
const SYSLOG_ERRORS: [&str; 4] = ["<0>", "<1>", "<2>", "<3>"];

/// A line that tells of something wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Problem {
    /// The number of its entry.
    pub(in super::super) number: usize,
    pub(in super::super) text: String,
}

/// What one reading of a log has found.
#[derive(Debug)]
pub(in super::super) struct Survey {
    pub(in super::super) cases: Cases,
    pub(in super::super) problems: Vec<Problem>,
    /// How many there are, listed or not.
    pub(in super::super) problems_count: usize,
    /// What the kernel said first when it could not go on.
    pub(in super::super) crash: Option<String>,
}

impl Survey {
    pub(in super::super) fn of(log: &str) -> Self {
        let mut survey = Self { cases: Cases::default(), problems: Vec::new(), problems_count: 0, crash: None };
        let mut last = 0;
        for entry in Entries::new(log) {
            survey.cases.add(&entry);
            let Some(problem) = problem(&entry) else { continue };
            // The kernel says in many lines what its state was. These belong to the line before them.
            let goes_on = problem == Sign::Level && last + 1 == entry.number;
            last = entry.number;
            if goes_on {
                continue;
            }
            survey.problems_count += 1;
            let Message::Text(text) = &entry.message else { continue };
            if let (Sign::Crash(place), None) = (problem, &survey.crash) {
                survey.crash = Some(short(text.get(place..).unwrap_or_default()));
            }
            if survey.problems.len() < MAX_PROBLEMS {
                survey.problems.push(Problem { number: entry.number, text: short(text) });
            }
        }
        survey.cases.finish();
        survey
    }
}

fn short(text: &str) -> String {
    printable(text).chars().take(MAX_PROBLEM).collect()
}

/// What shows that an entry tells of something wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// The level that LAVA or the kernel gave it, and nothing more.
    Level,
    /// The words of a kernel in trouble.
    Trouble,
    /// The words of a kernel that cannot go on, from that byte on.
    Crash(usize),
}

/// Whether an entry tells of something wrong, and by what that shows.
pub(super) fn problem(entry: &Entry<'_>) -> Option<Sign> {
    let Message::Text(text) = &entry.message else { return None };
    match &*entry.level {
        "error" | "exception" => Some(Sign::Trouble),
        "target" => {
            let crash = || CRASHES.iter().find_map(|words| text.find(words)).map(Sign::Crash);
            let trouble = || TROUBLES.iter().any(|words| text.contains(words)).then_some(Sign::Trouble);
            let level = || SYSLOG_ERRORS.iter().any(|level| text.starts_with(level)).then_some(Sign::Level);
            crash().or_else(trouble).or_else(level)
        }
        _ => None,
    }
}
