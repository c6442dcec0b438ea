//! What a selection means, said without a store: the reference that every plan is held against, and the last steps of
//! every answer.

use std::{cmp::Ordering, collections::HashMap};

use super::{Filter, Selection};
use crate::value::{Document, Value, compare};

/// Whether a document satisfies every condition.
pub fn matches(filter: &Filter, document: &Document) -> bool {
    filter.created.holds(document.get("created_on"))
        && filter.conditions.iter().all(|condition| condition.holds(document.get(condition.member())))
}

/// The order of two documents in the answer to `selection`. A sort holds it in a dozen places, each 4 kB long.
#[inline(never)]
pub fn compare_documents(selection: &Selection, a: &Document, b: &Document) -> Ordering {
    let by = |path: &str, descending: bool| {
        let order = compare(member(a, path), member(b, path));
        if descending { order.reverse() } else { order }
    };
    let sorted = match selection.sort.as_slice() {
        [] => by("created_on", false),
        keys => keys.iter().fold(Ordering::Equal, |order, key| order.then_with(|| by(&key.member, key.descending))),
    };
    sorted.then_with(|| by("_id", selection.descending()))
}

/// Sorts documents as `selection` asks.
pub fn arrange(selection: &Selection, documents: &mut [Document]) {
    documents.sort_by(|a, b| compare_documents(selection, a, b));
}

/// The documents that `selection` answers, whole: filtered, sorted, cut.
pub fn select(selection: &Selection, documents: impl IntoIterator<Item = Document>) -> Vec<Document> {
    let mut selected: Vec<_> = documents.into_iter().filter(|document| matches(&selection.filter, document)).collect();
    arrange(selection, &mut selected);
    cut(selected, selection)
}

pub(super) fn cut<T>(list: Vec<T>, selection: &Selection) -> Vec<T> {
    let most = if selection.limit == 0 { usize::MAX } else { selection.limit };
    list.into_iter().skip(selection.skip).take(most).collect()
}

/// Leaves of a document what `selection` wants to see.
pub fn project(selection: &Selection, mut document: Document) -> Document {
    if !selection.fields.is_empty() {
        let mut kept = Document::new();
        for path in selection.fields.iter().map(String::as_str).chain(["_id"]) {
            keep(&document, path, &mut kept);
        }
        document = kept;
    }
    for path in &selection.without {
        remove(&mut document, path);
    }
    document
}

/// The member at a path; dots lead into objects.
fn member<'a>(document: &'a Document, path: &str) -> Option<&'a Value> {
    match (document.get(path), path.split_once('.')) {
        (None, Some((name, rest))) => match document.get(name) {
            Some(Value::Map(inner)) => member(inner, rest),
            _ => None,
        },
        (found, _) => found,
    }
}

fn keep(from: &Document, path: &str, to: &mut Document) {
    match (from.get(path), path.split_once('.')) {
        (Some(value), _) => {
            to.insert(path.to_owned(), value.clone());
        }
        (None, Some((name, rest))) => {
            if let Some(Value::Map(inner)) = from.get(name)
                && let Value::Map(kept) = to.entry(name.to_owned()).or_insert_with(|| Value::Map(Document::new()))
            {
                keep(inner, rest, kept);
            }
        }
        (None, None) => {}
    }
}

fn remove(document: &mut Document, path: &str) {
    if document.remove(path).is_none()
        && let Some((name, rest)) = path.split_once('.')
        && let Some(Value::Map(inner)) = document.get_mut(name)
    {
        remove(inner, rest);
    }
}

/// A group of documents with equal values.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The fields grouped by and their values, absent ones left out.
    pub key: Document,
    /// The first document of the group, whole.
    pub first: Document,
}

/// The fields that `selection` groups by and their values in a document, absent ones left out.
pub fn group_key(selection: &Selection, document: &Document) -> Document {
    let value = |path: &String| member(document, path).map(|value| (path.clone(), value.clone()));
    selection.aggregate.iter().filter_map(value).collect()
}

/// The groups of documents that are sorted already: by their first document, cut to the limit.
pub fn group(selection: &Selection, documents: impl IntoIterator<Item = Document>) -> Vec<Group> {
    let mut seen = HashMap::new();
    let mut groups = Vec::new();
    for document in documents {
        let key = group_key(selection, &document);
        let text = serde_json::to_string(&key).unwrap_or_default();
        if seen.insert(text, ()).is_none() {
            groups.push(Group { key, first: document });
        }
    }
    groups.truncate(if selection.limit == 0 { usize::MAX } else { selection.limit });
    groups
}
