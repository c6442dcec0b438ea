//! YAML as a stream of nodes: what nobody asks for is passed over and never kept.
//!
//! No tree is built and no alias is followed, so the memory that a text can take is bounded by the text itself, however
//! its aliases multiply. LAVA writes the values that are read here as they are; it uses aliases only where a structure
//! is repeated, deep inside of what is passed over.

use std::borrow::Cow;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, StrInput};

/// Lists and mappings within each other may be this deep. What LAVA writes has at most about ten levels.
pub(super) const MAX_DEPTH: usize = 64;

/// The scalars that stand for nothing, where they are not in quotes.
const NULLS: [&str; 5] = ["", "~", "null", "Null", "NULL"];

/// A text that is no YAML, or none that is read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// The text breaks the rules of YAML.
    #[error("no valid YAML: line {line}: {reason}")]
    Invalid { line: usize, reason: String },
    /// Lists and mappings within each other, too deep.
    #[error("line {line}: nested deeper than {MAX_DEPTH} levels")]
    TooDeep { line: usize },
}

impl From<ScanError> for Fault {
    fn from(error: ScanError) -> Self {
        Self::Invalid { line: error.marker().line(), reason: error.info().to_owned() }
    }
}

/// The beginning of a value, or the end of the list or mapping that is being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node<'a> {
    /// No value.
    Null,
    /// A scalar, as it is written. Whether it could be a number or a truth value is for the reader to say.
    Text(Cow<'a, str>),
    /// What follows until the end belongs to a list.
    List,
    /// What follows until the end are keys and values by turns.
    Map,
    /// A value that stands elsewhere and is not looked up.
    Alias,
    /// The list, the mapping or the text ends.
    End,
}

/// The nodes of the first document of a text.
pub(super) struct Nodes<'a> {
    parser: Parser<'a, StrInput<'a>>,
    depth: usize,
    ended: bool,
}

impl<'a> Nodes<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { parser: Parser::new_from_str(text), depth: 0, ended: false }
    }

    /// The next node. At the end of the text it is [`Node::End`], however often it is asked for.
    pub(super) fn next(&mut self) -> Result<Node<'a>, Fault> {
        while !self.ended {
            let Some(event) = self.parser.next_event() else { break };
            let (event, span) = event.inspect_err(|_| self.ended = true)?;
            match event {
                Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => {}
                Event::StreamEnd | Event::DocumentEnd => break,
                Event::Alias(_) => return Ok(Node::Alias),
                Event::Scalar(text, ScalarStyle::Plain, ..) if NULLS.contains(&&*text) => return Ok(Node::Null),
                Event::Scalar(text, ..) => return Ok(Node::Text(text)),
                Event::SequenceStart(..) => return self.deeper(Node::List, span.start.line()),
                Event::MappingStart(..) => return self.deeper(Node::Map, span.start.line()),
                Event::SequenceEnd | Event::MappingEnd => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Node::End);
                }
            }
        }
        self.ended = true;
        self.depth = 0;
        Ok(Node::End)
    }

    fn deeper(&mut self, node: Node<'a>, line: usize) -> Result<Node<'a>, Fault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.ended = true;
            return Err(Fault::TooDeep { line });
        }
        Ok(node)
    }

    /// Passes over the rest of a node that has begun.
    pub(super) fn skip(&mut self, node: &Node<'_>) -> Result<(), Fault> {
        if !matches!(node, Node::List | Node::Map) {
            return Ok(());
        }
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside && !self.ended {
            self.next()?;
        }
        Ok(())
    }

    /// The next node, where it is a text; another one is passed over.
    pub(super) fn text(&mut self) -> Result<Option<Cow<'a, str>>, Fault> {
        match self.next()? {
            Node::Text(text) => Ok(Some(text)),
            node => self.skip(&node).map(|()| None),
        }
    }

    /// The next key of the mapping that is being read; `None` at its end. Members whose key is no text are passed over.
    pub(super) fn key(&mut self) -> Result<Option<Cow<'a, str>>, Fault> {
        loop {
            match self.next()? {
                Node::End => return Ok(None),
                Node::Text(key) => return Ok(Some(key)),
                node => {
                    self.skip(&node)?;
                    self.value_is_skipped()?;
                }
            }
        }
    }

    /// Passes over the next node.
    pub(super) fn value_is_skipped(&mut self) -> Result<(), Fault> {
        let node = self.next()?;
        self.skip(&node)
    }
}
