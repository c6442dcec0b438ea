//! Test results: groups, each the run of a plan or a part of one, and the cases in them.

mod case;
mod documents;
mod group;
mod import;
mod ownership;
mod read;
mod replace;
mod track;

pub use case::{CHANGED_IN_CASES, Changes as CaseChanges, NewCase, STATUSES, add_case, change_case};
pub use group::{CHANGED_IN_GROUPS, Changes as GroupChanges, change_group};
pub(crate) use import::finish;
pub use import::{Importer, NewGroup, StoredGroup};
pub use ownership::Ownership;
pub use read::UNITS;
pub(crate) use track::{track_case, track_group};

use crate::value::{Document, Value};

/// The most documents that one group may be stored as: more than any run has, and what a request has time for.
pub const MAX_DOCUMENTS: usize = 20_000;

/// A test group as it was sent, with its cases and the groups in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Its members, but those that name other documents and those that are given when it is stored.
    pub members: Document,
    /// Its cases, likewise.
    pub cases: Vec<Document>,
    /// The groups in it.
    pub sub_groups: Vec<Group>,
}

impl Group {
    /// All of it as one text: the same for the same.
    fn to_text(&self) -> String {
        let cases: Vec<_> = self.cases.iter().cloned().map(Value::Map).collect();
        let own = serde_json::json!([Value::Map(self.members.clone()), cases]).to_string();
        let texts: Vec<String> = std::iter::once(own).chain(self.sub_groups.iter().map(Self::to_text)).collect();
        format!("[{}]", texts.join(","))
    }

    /// The number of documents that it is stored as.
    pub fn documents(&self) -> usize {
        self.sub_groups.iter().map(Self::documents).sum::<usize>() + self.cases.len() + 1
    }
}
