//! The entries of a log, one after the other.

use std::borrow::Cow;

use super::super::yaml::{Fault, Node, Nodes};

/// This many bytes of a log are read: more than the body of a request can hold, so that it is no limit for whoever sends
/// one. What comes after them is not looked at, and a log cannot use up the time that there is for a callback.
pub const READ_LIMIT: usize = 12 * 1024 * 1024;

/// How the next entry begins, in the form in which LAVA writes logs.
const NEXT_ENTRY: &str = "\n- ";

/// A list within an entry is joined to a text of at most about this many bytes.
const MAX_LIST: usize = 4_096;

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Message<'a> {
    Text(Cow<'a, str>),
    /// The result of a case, or of one of LAVA's own steps.
    Result {
        definition: Cow<'a, str>,
        case: Cow<'a, str>,
        result: Cow<'a, str>,
    },
    /// Something else than a text, which is for machines.
    Other,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Entry<'a> {
    /// Its place in the log, from 1.
    pub(in super::super) number: usize,
    /// As LAVA writes it, without a time zone: `2020-09-10T00:33:23.869552`.
    pub(in super::super) time: Cow<'a, str>,
    pub(in super::super) level: Cow<'a, str>,
    pub(in super::super) message: Message<'a>,
}

/// Why no more entries come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Ending {
    /// That was the whole log.
    Whole,
    /// The log is longer than [`READ_LIMIT`].
    Cut,
    /// The log is damaged from here on.
    Damaged(String),
}

/// Reads the entries of a log.
pub(in super::super) struct Entries<'a> {
    nodes: Nodes<'a>,
    number: usize,
    is_cut: bool,
    ending: Option<Ending>,
}

impl<'a> Entries<'a> {
    pub(in super::super) fn new(log: &'a str) -> Self {
        Self::at_most(log, READ_LIMIT)
    }

    pub(in super::super) fn at_most(log: &'a str, limit: usize) -> Self {
        let head = log.get(..log.floor_char_boundary(limit)).unwrap_or(log);
        let is_cut = head.len() < log.len();
        // Between two entries the cut does no harm. Where there is no such place, the last entry is damaged by it.
        let head = if is_cut { head.rfind(NEXT_ENTRY).and_then(|end| head.get(..=end)).unwrap_or(head) } else { head };
        let mut entries = Self { nodes: Nodes::new(head), number: 0, is_cut, ending: None };
        match entries.nodes.next() {
            Ok(Node::List) => {}
            Ok(Node::Null | Node::End) => entries.ends(),
            Ok(Node::Text(_) | Node::Map | Node::Alias) => entries.ending = Some(Ending::Damaged("no list".to_owned())),
            Err(fault) => entries.ends_by(&fault),
        }
        entries
    }

    /// Whether there is a log in a text at all. One that is damaged later is kept as far as it goes: the results are
    /// worth more than the log is.
    ///
    /// # Errors
    /// What is wrong with the beginning.
    pub(in super::super) fn check(log: &'a str) -> Result<(), String> {
        let mut entries = Self::new(log);
        match (entries.next(), entries.ending) {
            (None, Some(Ending::Damaged(fault))) => Err(fault),
            _ => Ok(()),
        }
    }

    /// Why no more entries come, once they do not.
    pub(in super::super) fn ending(&self) -> Ending {
        self.ending.clone().unwrap_or(Ending::Whole)
    }

    fn ends(&mut self) {
        self.ending = Some(if self.is_cut { Ending::Cut } else { Ending::Whole });
    }

    fn ends_by(&mut self, fault: &Fault) {
        self.ending = Some(if self.is_cut { Ending::Cut } else { Ending::Damaged(fault.to_string()) });
    }

    fn read(&mut self) -> Result<Option<Entry<'a>>, Fault> {
        let message = match self.nodes.next()? {
            Node::End => return Ok(None),
            Node::Map => return self.members().map(Some),
            Node::Text(text) => Message::Text(text),
            node => {
                self.nodes.skip(&node)?;
                Message::Other
            }
        };
        Ok(Some(Entry { number: self.number, time: Cow::Borrowed(""), level: Cow::Borrowed(""), message }))
    }

    fn members(&mut self) -> Result<Entry<'a>, Fault> {
        let (mut time, mut level, mut message) = (Cow::Borrowed(""), Cow::Borrowed(""), Message::Other);
        while let Some(key) = self.nodes.key()? {
            match &*key {
                "dt" => time = self.nodes.text()?.unwrap_or_default(),
                "lvl" => level = self.nodes.text()?.unwrap_or_default(),
                "msg" => message = self.message()?,
                _ => self.nodes.value_is_skipped()?,
            }
        }
        Ok(Entry { number: self.number, time, level, message })
    }

    fn message(&mut self) -> Result<Message<'a>, Fault> {
        Ok(match self.nodes.next()? {
            Node::Text(text) => Message::Text(text),
            Node::Null => Message::Text(Cow::Borrowed("")),
            Node::List => Message::Text(Cow::Owned(self.list()?)),
            Node::Map => self.result()?,
            Node::Alias | Node::End => Message::Other,
        })
    }

    /// LAVA logs the patterns that it waits for as a list.
    fn list(&mut self) -> Result<String, Fault> {
        let mut joined = String::new();
        loop {
            match self.nodes.next()? {
                Node::End => return Ok(joined),
                Node::Text(text) if joined.len() + text.len() <= MAX_LIST => {
                    joined.push_str(if joined.is_empty() { "" } else { ", " });
                    joined.push_str(&text);
                }
                node => self.nodes.skip(&node)?,
            }
        }
    }

    fn result(&mut self) -> Result<Message<'a>, Fault> {
        let (mut definition, mut case, mut result) = (None, None, None);
        while let Some(key) = self.nodes.key()? {
            match &*key {
                "definition" => definition = self.nodes.text()?,
                "case" => case = self.nodes.text()?,
                "result" => result = self.nodes.text()?,
                _ => self.nodes.value_is_skipped()?,
            }
        }
        Ok(match (definition, case) {
            (Some(definition), Some(case)) => Message::Result { definition, case, result: result.unwrap_or_default() },
            _ => Message::Other,
        })
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        if self.ending.is_some() {
            return None;
        }
        self.number = self.number.saturating_add(1);
        match self.read() {
            Ok(Some(entry)) => return Some(entry),
            Ok(None) => self.ends(),
            Err(fault) => self.ends_by(&fault),
        }
        None
    }
}
