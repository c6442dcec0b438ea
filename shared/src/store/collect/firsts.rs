//! The first row of each group.

use std::collections::HashMap;

use super::{Keep, Row, best::compare};
use crate::{
    query::{Selection, group_key},
    store::{StoreError, memory::Holding},
    value::Document,
};

/// Keeps the first row of each group in the order of a selection, and of the groups no more than twice the number that
/// is answered.
#[derive(Debug)]
pub(in crate::store) struct Firsts<'a> {
    selection: &'a Selection,
    most: usize,
    /// By the text of their keys.
    groups: HashMap<String, First>,
}

/// The first row of a group.
#[derive(Debug)]
pub(in crate::store) struct First {
    /// The fields grouped by and their values.
    pub(in crate::store) key: Document,
    /// The row.
    pub(in crate::store) row: Row,
    /// What the group takes beside the row.
    bytes: usize,
}

impl<'a> Firsts<'a> {
    pub(in crate::store) fn new(selection: &'a Selection) -> Self {
        let most = if selection.limit == 0 { usize::MAX } else { selection.limit };
        Self { selection, most, groups: HashMap::new() }
    }

    /// The groups that are answered, in the order of their first rows.
    pub(in crate::store) fn into_groups(mut self, holding: &Holding) -> Vec<First> {
        self.prune(holding);
        let selection = self.selection;
        let mut groups: Vec<First> = self.groups.into_values().collect();
        groups.sort_unstable_by(|a, b| compare(selection, &a.row, &b.row));
        groups
    }

    // A group whose row is dropped here comes back with an earlier row, where it has one: what `most` other groups have
    // an earlier row than is in no answer.
    fn prune(&mut self, holding: &Holding) {
        let Some(last) = self.most.checked_sub(1).filter(|last| *last + 1 < self.groups.len()) else { return };
        let selection = self.selection;
        let mut groups: Vec<(String, First)> = self.groups.drain().collect();
        groups.select_nth_unstable_by(last, |(_, a), (_, b)| compare(selection, &a.row, &b.row));
        holding.shrink(groups.drain(self.most..).map(|(_, first)| first.row.bytes + first.bytes).sum());
        self.groups.extend(groups);
    }
}

impl Keep for Firsts<'_> {
    fn keep(&mut self, row: Row, holding: &Holding) -> Result<(), StoreError> {
        let key = group_key(self.selection, row.document());
        let text = serde_json::to_string(&key).unwrap_or_default();
        if let Some(first) = self.groups.get_mut(&text) {
            if compare(self.selection, &row, &first.row).is_lt() {
                holding.shrink(first.row.bytes);
                holding.grow(row.bytes)?;
                first.row = row;
            }
            return Ok(());
        }
        let bytes = size_of::<(String, First)>() + text.capacity() + key.heap_size();
        holding.grow(row.bytes + bytes)?;
        self.groups.insert(text, First { key, row, bytes });
        if self.groups.len() >= self.most.saturating_mul(2) {
            self.prune(holding);
        }
        Ok(())
    }

    fn clear(&mut self) {
        self.groups.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        query::{SortKey, arrange, group},
        store::memory::{Answer, Memory},
        value::{ObjectId, Value},
    };

    proptest! {
        #![proptest_config(crate::property::property(256))]

        #[test]
        fn groups_are_those_of_the_evaluator(
            members in prop::collection::vec((0..12_i64, 0..9_i64), 0..200), limit in 0..8_usize,
        ) {
            let sort = vec![SortKey { member: "rank".to_owned(), descending: true }];
            let selection = Selection { sort, limit, aggregate: vec!["group".to_owned()], ..Selection::default() };
            let document = |(number, (group, rank)): (usize, &(i64, i64))| -> Document {
                let id = Value::Id(ObjectId::derived("firsts", [number.to_string().as_str()]));
                [("_id", id), ("group", Value::Integer(*group)), ("rank", Value::Integer(*rank))].into()
            };
            let mut documents: Vec<Document> = members.iter().enumerate().map(document).collect();
            let memory = Arc::new(Memory::new(usize::MAX, usize::MAX));
            let holding = Holding::of(Answer::of(&memory));
            let mut firsts = Firsts::new(&selection);
            for document in &documents {
                firsts.keep(Row::whole(document.clone()), &holding).unwrap();
            }
            let kept: Vec<_> =
                firsts.into_groups(&holding).into_iter().map(|first| (first.key, first.row.opened.document)).collect();
            arrange(&selection, &mut documents);
            let expected: Vec<_> =
                group(&selection, documents).into_iter().map(|group| (group.key, group.first)).collect();
            prop_assert_eq!(kept, expected);
        }
    }
}
