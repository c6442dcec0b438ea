//! The distinct values of a member.

use std::collections::{BTreeMap, btree_map::Entry};

use super::{Selection, evaluate::cut};
use crate::value::{Document, Value, compare};

/// The values of one member of many documents, each once. The values of a list count one by one.
#[derive(Debug)]
pub struct DistinctValues {
    member: String,
    values: BTreeMap<String, Value>,
}

impl DistinctValues {
    /// No values of `member` yet.
    pub fn of(member: &str) -> Self {
        Self { member: member.to_owned(), values: BTreeMap::new() }
    }

    /// Adds the values of a document, and returns how many bytes they take: 0 where they were all there.
    pub fn add(&mut self, document: &Document) -> usize {
        let each: &[Value] = match document.get(&self.member) {
            Some(Value::List(list)) => list,
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        let mut bytes = 0;
        for value in each {
            let text = serde_json::to_string(value).unwrap_or_default();
            let text_bytes = text.capacity();
            if let Entry::Vacant(place) = self.values.entry(text) {
                bytes += size_of::<(String, Value)>() + text_bytes + value.heap_size();
                place.insert(value.clone());
            }
        }
        bytes
    }

    /// Removes all values.
    pub fn clear(&mut self) {
        self.values.clear();
    }

    /// The values in the order that `selection` asks for, ascending by itself, and cut to its page.
    pub fn into_values(self, selection: &Selection) -> Vec<Value> {
        let mut values: Vec<Value> = self.values.into_values().collect();
        values.sort_by(|a, b| compare(Some(a), Some(b)));
        if selection.sort.iter().any(|key| key.member == self.member && key.descending) {
            values.reverse();
        }
        cut(values, selection)
    }
}

/// The values of one member of all these documents, as [`DistinctValues::into_values`] gives them.
pub fn distinct<'a>(
    selection: &Selection,
    name: &str,
    documents: impl IntoIterator<Item = &'a Document>,
) -> Vec<Value> {
    let mut values = DistinctValues::of(name);
    for document in documents {
        values.add(document);
    }
    values.into_values(selection)
}
