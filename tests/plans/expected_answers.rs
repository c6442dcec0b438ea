//! A second implementation of sorting, paging, grouping, projection and distinct values according to the contract. It
//! uses only the types of the service and the evaluation of filters.

use std::cmp::{Ordering, Reverse};

use kernelci::{
    query::{Selection, matches},
    value::{Document, Value},
};

/// A value in sort order. The variants are in the order of the types.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
enum Sorted {
    Nothing,
    Number(f64),
    Text(String),
    Object(Vec<String>, Vec<Sorted>),
    List(Vec<Sorted>),
    Id(String),
    Truth(bool),
    Date(i64),
}

/// The rank of a value in the sort order. No number is NaN.
#[derive(Debug, Clone, PartialEq)]
struct Rank(Sorted);

impl Eq for Rank {}

impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rank {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.partial_cmp(&other.0).unwrap()
    }
}

#[allow(clippy::cast_precision_loss)]
fn sorted(value: &Value) -> Sorted {
    match value {
        Value::Null => Sorted::Nothing,
        Value::Integer(number) => Sorted::Number(*number as f64),
        Value::Float(number) => Sorted::Number(*number),
        Value::Text(text) => Sorted::Text(text.to_string()),
        Value::Id(id) => Sorted::Id(id.to_string()),
        Value::Bool(truth) => Sorted::Truth(*truth),
        Value::Date(date) => Sorted::Date(date.milliseconds()),
        Value::List(list) => Sorted::List(list.iter().map(sorted).collect()),
        Value::Map(map) => {
            Sorted::Object(map.keys().map(ToString::to_string).collect(), map.values().map(sorted).collect())
        }
    }
}

fn rank(value: &Value) -> Rank {
    Rank(sorted(value))
}

/// The value at a path: the member with exactly this name, otherwise the part before the first dot is followed.
fn at(document: &Document, path: &str) -> Option<Value> {
    if let Some(value) = document.get(path) {
        return Some(value.clone());
    }
    let dot = path.find('.')?;
    match document.get(&path[..dot])? {
        Value::Map(inner) => at(inner, &path[dot + 1..]),
        _ => None,
    }
}

fn rank_at(document: &Document, path: &str) -> Rank {
    at(document, path).as_ref().map_or(Rank(Sorted::Nothing), rank)
}

/// The selected documents in the order of the answer, before paging.
pub(crate) fn in_order(selection: &Selection, documents: &[Document]) -> Vec<Document> {
    let mut keys: Vec<(String, bool)> = selection.sort.iter().map(|key| (key.member.clone(), key.descending)).collect();
    if keys.is_empty() {
        keys.push(("created_on".to_owned(), false));
    }
    // Ties are sorted in the direction of the first key.
    keys.push(("_id".to_owned(), keys[0].1));
    let mut selected: Vec<Document> = documents.iter().filter(|one| matches(&selection.filter, one)).cloned().collect();
    // Sorts by the last key first. Each later sort is stable.
    for (path, descending) in keys.iter().rev() {
        if *descending {
            selected.sort_by_cached_key(|document| Reverse(rank_at(document, path)));
        } else {
            selected.sort_by_cached_key(|document| rank_at(document, path));
        }
    }
    selected
}

fn page<T: Clone>(list: &[T], skip: usize, limit: usize) -> Vec<T> {
    let rest = list.get(skip..).unwrap_or_default();
    if limit == 0 { rest.to_vec() } else { rest[..limit.min(rest.len())].to_vec() }
}

/// The documents of a list with their projection.
pub(crate) fn listed(selection: &Selection, documents: &[Document]) -> Vec<Value> {
    let page = page(&in_order(selection, documents), selection.skip, selection.limit);
    page.iter().map(|document| Value::Map(shown(selection, document))).collect()
}

/// A document with the requested members.
fn shown(selection: &Selection, document: &Document) -> Document {
    let fields: Vec<&str> = selection.fields.iter().map(String::as_str).collect();
    let mut shown = if fields.is_empty() { document.clone() } else { only(document, &[fields, vec!["_id"]].concat()) };
    for path in &selection.without {
        shown = hidden(&shown, path);
    }
    shown
}

/// A document with the members at these paths.
fn only(document: &Document, paths: &[&str]) -> Document {
    let mut kept = Document::new();
    for (name, value) in document {
        if paths.contains(&name.as_str()) {
            kept.insert(name.clone(), value.clone());
            continue;
        }
        let below: Vec<&str> = paths
            .iter()
            .filter(|path| document.get(path).is_none())
            .filter_map(|path| path.split_once('.').filter(|(first, _)| *first == name.as_str()))
            .map(|(_, rest)| rest)
            .collect();
        if let Value::Map(inner) = value
            && !below.is_empty()
        {
            kept.insert(name.clone(), Value::Map(only(inner, &below)));
        }
    }
    kept
}

/// A document without the member at a path.
fn hidden(document: &Document, path: &str) -> Document {
    let is_here = document.get(path).is_some();
    let without = |(name, value): (&kernelci::value::Name, &Value)| {
        if is_here {
            return (name != path).then(|| (name.clone(), value.clone()));
        }
        match (path.split_once('.'), value) {
            (Some((first, rest)), Value::Map(inner)) if first == name.as_str() => {
                Some((name.clone(), Value::Map(hidden(inner, rest))))
            }
            _ => Some((name.clone(), value.clone())),
        }
    };
    document.iter().filter_map(without).collect()
}

/// The groups of documents with equal values: the key and the first document of each.
pub(crate) fn grouped(selection: &Selection, documents: &[Document]) -> Vec<Value> {
    let mut groups: Vec<(Vec<Option<Value>>, Document)> = Vec::new();
    for document in in_order(selection, documents) {
        let key: Vec<Option<Value>> = selection.aggregate.iter().map(|path| at(&document, path)).collect();
        if !groups.iter().any(|(other, _)| *other == key) {
            groups.push((key, document));
        }
    }
    let plain = |(key, first): (Vec<Option<Value>>, Document)| {
        let named = selection.aggregate.iter().zip(key).filter_map(|(path, value)| Some((path.clone(), value?)));
        Value::List(vec![Value::Map(named.collect()), Value::Map(first)])
    };
    page(&groups, 0, selection.limit).into_iter().map(plain).collect()
}

/// The distinct values of a member.
pub(crate) fn distinct(selection: &Selection, member: &str, documents: &[Document]) -> Vec<Value> {
    let mut values: Vec<Value> = Vec::new();
    for document in documents.iter().filter(|document| matches(&selection.filter, document)) {
        let of_document = match document.get(member) {
            None => continue,
            Some(Value::List(list)) => list.clone(),
            Some(value) => vec![value.clone()],
        };
        for value in of_document {
            if !values.contains(&value) {
                values.push(value);
            }
        }
    }
    values.sort_by_cached_key(rank);
    if selection.sort.iter().any(|key| key.member == member && key.descending) {
        values.reverse();
    }
    page(&values, selection.skip, selection.limit)
}

/// The number of selected documents.
pub(crate) fn count(selection: &Selection, documents: &[Document]) -> usize {
    documents.iter().filter(|document| matches(&selection.filter, document)).count()
}
