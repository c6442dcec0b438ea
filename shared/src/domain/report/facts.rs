//! What all reports have in common: members of documents as text, lists that are cut, the revision.

use serde::Serialize;

use crate::{
    domain::send::Order,
    value::{Document, Value},
};

/// A list of which the mail shows the beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cut<T> {
    /// What is shown.
    pub shown: Vec<T>,
    /// How many are not.
    pub more: usize,
}

impl<T> Cut<T> {
    /// The first of `all`, up to `most`.
    pub fn of(mut all: Vec<T>, most: usize) -> Self {
        let more = all.len().saturating_sub(most);
        all.truncate(most);
        Self { shown: all, more }
    }

    /// The same list of other things.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Cut<U> {
        Cut { shown: self.shown.into_iter().map(change).collect(), more: self.more }
    }
}

/// Things with what they have in common as a heading, in the order of the headings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group<T> {
    /// What they have in common.
    pub name: String,
    /// The things.
    pub items: Vec<T>,
}

/// The things by their headings, the order of each group kept.
pub fn grouped<T>(items: Cut<T>, name: impl Fn(&T) -> String) -> Cut<Group<T>> {
    let mut groups: Vec<Group<T>> = Vec::new();
    for item in items.shown {
        let name = name(&item);
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => group.items.push(item),
            None => groups.push(Group { name, items: vec![item] }),
        }
    }
    groups.sort_by(|one, other| one.name.cmp(&other.name));
    Cut { shown: groups, more: items.more }
}

/// A line, and how often it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// How often.
    pub count: i64,
    /// The line.
    pub line: String,
}

/// The text of a member; empty where there is none.
pub fn text(document: &Document, name: &str) -> String {
    document.get(name).and_then(Value::as_text).unwrap_or_default().to_owned()
}

/// The number in a member; 0 where there is none.
pub fn number(document: &Document, name: &str) -> i64 {
    match document.get(name) {
        Some(Value::Integer(number)) => *number,
        _ => 0,
    }
}

/// The id of a document as text.
pub fn id(document: &Document) -> String {
    document.get("_id").and_then(Value::as_id).map(|id| id.to_string()).unwrap_or_default()
}

/// What a build was configured as: the full name where there is one.
pub fn defconfig(document: &Document) -> String {
    let full = text(document, "defconfig_full");
    if full.is_empty() { text(document, "defconfig") } else { full }
}

/// `3 errors`, `1 error`, `0 errors`.
pub fn counted(count: impl Into<i64>, one: &str) -> String {
    match (count.into(), one) {
        (1, one) => format!("1 {one}"),
        (count, "section mismatch") => format!("{count} section mismatches"),
        (count, one) => format!("{count} {one}s"),
    }
}

/// `3 errors`, `1 error`; nothing where there are none.
pub fn many(count: impl Into<i64>, one: &str) -> Option<String> {
    let count = count.into();
    (count != 0).then(|| counted(count, one))
}

/// A length as a number that sums are made of.
pub fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// The revision that a report is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Revision {
    /// The tree.
    pub tree: String,
    /// The branch.
    pub branch: String,
    /// The revision.
    pub kernel: String,
    /// Its name as git describes it.
    pub describe: String,
    /// Its commit.
    pub commit: String,
    /// Where it can be fetched.
    pub url: String,
}

impl Revision {
    /// The revision of an order; what git says of it is in its documents.
    pub fn of(order: &Order, documents: &[Document]) -> Self {
        let first = |name: &str| {
            documents.iter().map(|document| text(document, name)).find(|text| !text.is_empty()).unwrap_or_default()
        };
        Self {
            tree: order.job.clone(),
            branch: order.git_branch.clone(),
            kernel: order.kernel.clone(),
            describe: first("git_describe"),
            commit: first("git_commit"),
            url: first("git_url"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut_and_grouped() {
        let cut = Cut::of(vec!["b1", "a1", "b2", "c1"], 3);
        assert_eq!((cut.shown.len(), cut.more), (3, 1));
        let groups = grouped(cut, |text| text[..1].to_owned());
        let of = |name: &str, items: &[&'static str]| Group { name: name.to_owned(), items: items.to_vec() };
        assert_eq!(groups, Cut { shown: vec![of("a", &["a1"]), of("b", &["b1", "b2"])], more: 1 });
    }

    #[test]
    fn numbers_are_told_in_words() {
        assert_eq!(many(0, "error"), None);
        assert_eq!(many(1, "error").as_deref(), Some("1 error"));
        assert_eq!(many(2, "section mismatch").as_deref(), Some("2 section mismatches"));
        assert_eq!(counted(0, "error"), "0 errors");
    }
}
