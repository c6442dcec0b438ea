//! The history of a regression: the last result that passed, and those that fail since, oldest first.

use super::Tracked;
use crate::value::{Document, ObjectId, Value, compare};

/// The member of a regression that holds its history.
const REGRESSIONS: &str = "regressions";

/// Entries, each about one result.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct History(Vec<Document>);

impl History {
    /// The history of a regression.
    pub(super) fn of(regression: &Document) -> Self {
        let entries = regression.get(REGRESSIONS).and_then(Value::as_list).unwrap_or_default().iter();
        Self(
            entries
                .filter_map(|entry| if let Value::Map(entry) = entry { Some(entry.clone()) } else { None })
                .collect(),
        )
    }

    /// A history that begins with one result.
    pub(super) fn starting(entry: Document) -> Self {
        Self(vec![entry])
    }

    /// The entries of one kernel that are behind the first: those of the regression's own kernel.
    pub(super) fn with(mut self, kernel: &str) -> Self {
        self.0.retain(|entry| entry.get("kernel").and_then(Value::as_text) == Some(kernel));
        self
    }

    /// The same without the entry of a result.
    pub(super) fn without(mut self, tracked: Tracked, result: Option<ObjectId>) -> Self {
        self.0.retain(|entry| entry.get(tracked.entry_id()).and_then(Value::as_id) != result);
        self
    }

    /// The same with one more entry, in its place by time.
    pub(super) fn and(mut self, entry: Document) -> Self {
        self.0.push(entry);
        self.0.sort_by(|a, b| compare(a.get("created_on"), b.get("created_on")));
        self
    }

    /// This history, and then another.
    pub(super) fn followed_by(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The result that the last entry is about.
    pub(super) fn last(&self, tracked: Tracked) -> Option<ObjectId> {
        self.0.last()?.get(tracked.entry_id())?.as_id()
    }

    /// The regression with this history.
    pub(super) fn written_to(self, mut regression: Document) -> Document {
        regression.insert(REGRESSIONS.to_owned(), Value::List(self.0.into_iter().map(Value::Map).collect()));
        regression
    }
}
