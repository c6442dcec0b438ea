//! Which lines of the log belong to which test case.
//!
//! A test that says when it starts and ends has the lines between the two. Most tests only tell their result; such a case
//! has what the device printed since the result before it, or since it has booted. A line belongs to one case at most,
//! so all cases together hold no more than the log does, whatever the order of the signals.

use std::collections::{HashMap, VecDeque, hash_map::Entry as Slot};

use super::{
    entries::Entry,
    signals::{Signal, TELLERS, Teller},
};

/// The most lines that are kept for a test case, the last ones. A case is read for what led to its result, and a document
/// of a million lines could not be answered; the whole is in the files of the log.
pub const MAX_LINES: usize = 1_000;

/// A line of a test case is cut after this many bytes.
pub const MAX_LINE: usize = 4 * 1024;

/// The most cases that run within each other. Where more have started, the first of them are taken as ended.
const MAX_OPEN: usize = 16;

/// The most names of cases that are looked at. No job has more results than that, so there is no use for others.
const MAX_NAMES: usize = crate::domain::lava::results::MAX_RESULTS;

/// A line that the device printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Line {
    pub(in super::super) time: String,
    pub(in super::super) level: String,
    pub(in super::super) text: String,
}

/// What the device printed during a case.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(in super::super) struct Lines {
    /// The number of the entry with which they begin; 0 where there is none.
    pub(in super::super) first: usize,
    pub(in super::super) kept: VecDeque<Line>,
    /// How many lines came before those that are kept.
    pub(in super::super) dropped: usize,
}

impl Lines {
    fn add(&mut self, entry: &Entry<'_>, text: &str) {
        if self.first == 0 {
            self.first = entry.number;
        }
        if self.kept.len() == MAX_LINES {
            self.kept.pop_front();
            self.dropped += 1;
        }
        let short = |text: &str| text.get(..text.floor_char_boundary(MAX_LINE)).unwrap_or(text).to_owned();
        self.kept.push_back(Line { time: short(&entry.time), level: short(&entry.level), text: short(text) });
    }
}

/// What is known of the cases of one name.
#[derive(Debug, Default)]
struct Named {
    /// How often each teller has told of a start, and of a result. The next word of another teller about the same
    /// is no news.
    starts: [usize; TELLERS],
    results: [usize; TELLERS],
    ended: Vec<Ended>,
    /// What has ended, by suite, once the log is over.
    by_suite: HashMap<String, VecDeque<Lines>>,
}

#[derive(Debug)]
struct Ended {
    /// The suite; empty where nobody has told it.
    definition: String,
    lines: Lines,
}

/// The lines of the cases, gathered while a log is read.
#[derive(Debug, Default)]
pub(in super::super) struct Cases {
    names: HashMap<String, Named>,
    open: Vec<(String, Lines)>,
    /// What was printed outside of all cases, and belongs to the next result.
    waiting: Lines,
}

impl Cases {
    /// Reads an entry of the log.
    pub(in super::super) fn add(&mut self, entry: &Entry<'_>) {
        match Signal::of(entry) {
            Signal::Nothing => {}
            Signal::Line(text) => self.open.last_mut().map_or(&mut self.waiting, |(_, lines)| lines).add(entry, text),
            Signal::Booted => {
                self.open.clear();
                self.waiting = Lines::default();
            }
            Signal::Start(case, teller) => self.start(case, teller, entry.number),
            Signal::Result { case, teller, definition } => self.end(case, teller, definition, entry.number),
        }
    }

    fn start(&mut self, case: &str, teller: Teller, number: usize) {
        let Some(named) = self.named(case) else { return };
        let known = named.starts.iter().copied().max().unwrap_or_default();
        let Some(told) = named.starts.get_mut(teller as usize) else { return };
        *told += 1;
        if *told <= known || self.open.iter().any(|(name, _)| name == case) {
            return;
        }
        if self.open.len() == MAX_OPEN {
            let (name, lines) = self.open.remove(0);
            self.has_ended(&name, None, lines);
        }
        // What was printed between two cases belongs to none.
        self.waiting = Lines::default();
        self.open.push((case.to_owned(), Lines { first: number, ..Lines::default() }));
    }

    fn end(&mut self, case: &str, teller: Teller, definition: Option<&str>, number: usize) {
        let Some(named) = self.named(case) else { return };
        let Some(told) = named.results.get_mut(teller as usize) else { return };
        *told += 1;
        let place = *told - 1;
        if let Some(ended) = named.ended.get_mut(place) {
            if let (true, Some(definition)) = (ended.definition.is_empty(), definition) {
                ended.definition = definition.to_owned();
            }
            return;
        }
        let mut lines = match self.open.iter().rposition(|(name, _)| name == case) {
            Some(place) => self.open.remove(place).1,
            None => std::mem::take(&mut self.waiting),
        };
        if lines.first == 0 {
            lines.first = number;
        }
        self.has_ended(case, definition, lines);
    }

    fn has_ended(&mut self, case: &str, definition: Option<&str>, lines: Lines) {
        if let Some(named) = self.named(case) {
            named.ended.push(Ended { definition: definition.unwrap_or_default().to_owned(), lines });
        }
    }

    fn named(&mut self, case: &str) -> Option<&mut Named> {
        let is_full = self.names.len() >= MAX_NAMES;
        match self.names.entry(case.to_owned()) {
            Slot::Occupied(slot) => Some(slot.into_mut()),
            Slot::Vacant(_) if is_full => None,
            Slot::Vacant(slot) => Some(slot.insert(Named::default())),
        }
    }

    /// Says that the log is over: what has started and never ended ends here.
    pub(in super::super) fn finish(&mut self) {
        for (name, lines) in std::mem::take(&mut self.open) {
            self.has_ended(&name, None, lines);
        }
        self.waiting = Lines::default();
        for named in self.names.values_mut() {
            for ended in named.ended.drain(..) {
                named.by_suite.entry(ended.definition).or_default().push_back(ended.lines);
            }
        }
    }

    /// Takes the lines of the next case of that suite and name, after the log is over. Suites that are asked in the order
    /// in which they ran get their own, also where they have cases of one name.
    pub(in super::super) fn take(&mut self, definition: &str, case: &str) -> Option<Lines> {
        let by_suite = &mut self.names.get_mut(case)?.by_suite;
        let own = by_suite.get_mut(definition).and_then(VecDeque::pop_front);
        own.or_else(|| by_suite.get_mut("").and_then(VecDeque::pop_front))
    }
}
