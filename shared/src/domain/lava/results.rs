//! The results of a LAVA job: for each suite a YAML list.

use std::cmp::Ordering;

use super::yaml::{Fault, Node, Nodes};
use crate::query::shown;

/// The most results of a job. Every one becomes a document, and all of them are in memory at once.
pub const MAX_RESULTS: usize = 20_000;

/// The longest text that is kept of a result: its name, its unit, what LAVA says of its failure.
const MAX_TEXT: usize = 600;

/// The suite in which LAVA tells how its own steps went.
pub(super) const LAVA: &str = "lava";

/// How a test went, as the service says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Pass,
    Fail,
    Skip,
    Unknown,
}

impl Status {
    /// Reads LAVA's word. Another one than LAVA has says nothing, so nothing is known.
    fn of(word: &str) -> Self {
        match word {
            "pass" => Self::Pass,
            "fail" => Self::Fail,
            "skip" => Self::Skip,
            _ => Self::Unknown,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Skip => "SKIP",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// One result.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TestResult {
    /// LAVA counts all results up; a list has the newest first.
    number: Option<u64>,
    pub(super) name: String,
    /// The test set within the suite.
    pub(super) set: Option<String>,
    pub(super) status: Status,
    pub(super) value: Option<f64>,
    pub(super) unit: String,
    /// What LAVA says went wrong, and whose fault it is by its own classes of errors.
    pub(super) error: Option<String>,
    pub(super) error_type: Option<String>,
}

/// The results of a suite in the order in which they came.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Suite {
    /// As LAVA has it, such as `0_dmesg`.
    pub(super) definition: String,
    pub(super) results: Vec<TestResult>,
}

impl Suite {
    /// The name without the number that LAVA puts before it: the place in which the suite ran.
    pub(super) fn name(&self) -> &str {
        numbered(&self.definition).map_or(&*self.definition, |(_, name)| name)
    }

    /// Reads the list of a suite.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(definition: &str, yaml: &str) -> Result<Self, String> {
        let at = |fault: &dyn std::fmt::Display| {
            format!("results of '{}': {}", shown(definition), shown(&fault.to_string()))
        };
        let mut results = read(yaml).map_err(|fault| at(&fault))?;
        // The numbers say the order; without them the list is the other way round.
        results.reverse();
        if results.iter().all(|result| result.number.is_some()) {
            results.sort_by_key(|result| result.number);
        }
        Ok(Self { definition: cut(definition).to_owned(), results })
    }
}

/// Sorts suites in the order in which they ran, which is that of the numbers before their names.
pub(super) fn in_order(one: &Suite, other: &Suite) -> Ordering {
    let key = |suite: &Suite| numbered(&suite.definition).map_or(u64::MAX, |(number, _)| number);
    key(one).cmp(&key(other)).then_with(|| one.definition.cmp(&other.definition))
}

fn numbered(definition: &str) -> Option<(u64, &str)> {
    let (number, name) = definition.split_once('_').filter(|(_, name)| !name.is_empty())?;
    let digits = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    Some((number.parse().ok().filter(|_| digits)?, name))
}

#[derive(Debug, thiserror::Error)]
enum ResultFault {
    #[error(transparent)]
    Yaml(#[from] Fault),
    #[error("no list")]
    NoList,
    #[error("entry {0} is no mapping")]
    NoMap(usize),
    #[error("entry {0} has no name")]
    NoName(usize),
    #[error("more than {MAX_RESULTS} results")]
    TooMany,
}

fn read(yaml: &str) -> Result<Vec<TestResult>, ResultFault> {
    let mut nodes = Nodes::new(yaml);
    match nodes.next()? {
        Node::Null | Node::End => return Ok(Vec::new()),
        Node::List => {}
        _ => return Err(ResultFault::NoList),
    }
    let mut results = Vec::new();
    loop {
        let number = results.len() + 1;
        match nodes.next()? {
            Node::End => return Ok(results),
            Node::Map if results.len() == MAX_RESULTS => return Err(ResultFault::TooMany),
            Node::Map => results.push(result(&mut nodes)?.ok_or(ResultFault::NoName(number))?),
            _ => return Err(ResultFault::NoMap(number)),
        }
    }
}

fn result(nodes: &mut Nodes<'_>) -> Result<Option<TestResult>, Fault> {
    let mut result = TestResult {
        number: None,
        name: String::new(),
        set: None,
        status: Status::Unknown,
        value: None,
        unit: String::new(),
        error: None,
        error_type: None,
    };
    while let Some(key) = nodes.key()? {
        match &*key {
            "id" => result.number = nodes.text()?.and_then(|text| text.parse().ok()),
            "name" => result.name = text(nodes)?.unwrap_or_default(),
            "result" => result.status = nodes.text()?.map_or(Status::Unknown, |word| Status::of(&word)),
            "set" => result.set = text(nodes)?.or(result.set),
            "measurement" => result.value = nodes.text()?.and_then(|text| number(&text)),
            "unit" => result.unit = text(nodes)?.unwrap_or_default(),
            "metadata" => metadata(nodes, &mut result)?,
            _ => nodes.value_is_skipped()?,
        }
    }
    Ok(Some(result).filter(|result| !result.name.is_empty()))
}

/// What LAVA's own steps say of a failure stands in their metadata, and so does a test set.
fn metadata(nodes: &mut Nodes<'_>, result: &mut TestResult) -> Result<(), Fault> {
    let node = nodes.next()?;
    if node != Node::Map {
        return nodes.skip(&node);
    }
    while let Some(key) = nodes.key()? {
        match &*key {
            "error_msg" => result.error = text(nodes)?.or(result.error.take()),
            "error_type" => result.error_type = text(nodes)?,
            "set" => result.set = result.set.take().or(text(nodes)?),
            "extra" => {
                let failure = failure(nodes)?;
                result.error = result.error.take().or(failure);
            }
            _ => nodes.value_is_skipped()?,
        }
    }
    Ok(())
}

/// The text under `fail` in what a step adds: a mapping, or a list of mappings of one member each.
fn failure(nodes: &mut Nodes<'_>) -> Result<Option<String>, Fault> {
    let mut found = None;
    match nodes.next()? {
        Node::Map => members_of_failure(nodes, &mut found)?,
        Node::List => loop {
            match nodes.next()? {
                Node::End => break,
                Node::Map => members_of_failure(nodes, &mut found)?,
                node => nodes.skip(&node)?,
            }
        },
        _ => {}
    }
    Ok(found)
}

fn members_of_failure(nodes: &mut Nodes<'_>, found: &mut Option<String>) -> Result<(), Fault> {
    while let Some(key) = nodes.key()? {
        if key == "fail" {
            *found = found.take().or(text(nodes)?);
        } else {
            nodes.value_is_skipped()?;
        }
    }
    Ok(())
}

/// A text that is kept: cut, and without control characters. Nothing is as good as an empty one.
fn text(nodes: &mut Nodes<'_>) -> Result<Option<String>, Fault> {
    let text = nodes.text()?.map(|text| cut(&text).chars().filter(|letter| !letter.is_control()).collect::<String>());
    Ok(text.filter(|text| !text.is_empty()))
}

pub(super) fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or(text)
}

/// A number that JSON can say. LAVA writes `None` where there is none.
fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}
