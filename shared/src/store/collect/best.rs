//! The first rows of an answer, whatever the order in which they are read.

use std::cmp::Ordering;

use super::{Keep, Row};
use crate::{
    query::{Selection, compare_documents},
    store::{StoreError, memory::Holding},
};

/// Keeps the first `most` of all rows in the order of a selection. Between two prunings it holds up to twice as many, so
/// a row costs a comparison and, now and then, its part of a selection in linear time.
#[derive(Debug)]
pub(in crate::store) struct Best<'a> {
    selection: &'a Selection,
    most: usize,
    rows: Vec<Row>,
    /// Whether the last of the first `most` rows stands in its place: what comes after it is not kept.
    is_pruned: bool,
}

impl<'a> Best<'a> {
    pub(in crate::store) fn new(selection: &'a Selection, most: Option<usize>) -> Self {
        Self { selection, most: most.unwrap_or(usize::MAX), rows: Vec::new(), is_pruned: false }
    }

    /// The rows, in order.
    pub(in crate::store) fn into_rows(mut self, holding: &Holding) -> Vec<Row> {
        self.prune(holding);
        let selection = self.selection;
        self.rows.sort_unstable_by(|a, b| compare(selection, a, b));
        self.rows
    }

    /// Drops what is not among the first `most`; `false` where nothing is.
    fn prune(&mut self, holding: &Holding) -> bool {
        let Some(last) = self.most.checked_sub(1).filter(|last| *last + 1 < self.rows.len()) else { return false };
        let selection = self.selection;
        self.rows.select_nth_unstable_by(last, |a, b| compare(selection, a, b));
        holding.shrink(self.rows.drain(self.most..).map(|row| row.bytes).sum());
        self.is_pruned = true;
        true
    }

    fn is_behind(&self, row: &Row) -> bool {
        let last = self.most.checked_sub(1).filter(|_| self.is_pruned).and_then(|last| self.rows.get(last));
        last.is_some_and(|last| compare(self.selection, row, last).is_gt())
    }
}

impl Keep for Best<'_> {
    fn keep(&mut self, row: Row, holding: &Holding) -> Result<(), StoreError> {
        if self.is_behind(&row) {
            return Ok(());
        }
        if let Err(error) = holding.grow(row.bytes) {
            if !self.prune(holding) {
                return Err(error);
            }
            if self.is_behind(&row) {
                return Ok(());
            }
            holding.grow(row.bytes)?;
        }
        self.rows.push(row);
        if self.rows.len() >= self.most.saturating_mul(2) {
            self.prune(holding);
        }
        Ok(())
    }

    fn clear(&mut self) {
        self.rows.clear();
        self.is_pruned = false;
    }
}

pub(super) fn compare(selection: &Selection, a: &Row, b: &Row) -> Ordering {
    compare_documents(selection, a.document(), b.document())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        query::SortKey,
        store::memory::{Answer, Memory},
        value::{Document, ObjectId, Value},
    };

    fn document(number: usize, rank: i64) -> Document {
        let id = ObjectId::derived("best", [number.to_string().as_str()]);
        [("_id", Value::Id(id)), ("rank", Value::Integer(rank))].into()
    }

    fn by_rank(descending: bool) -> Selection {
        Selection { sort: vec![SortKey { member: "rank".to_owned(), descending }], ..Selection::default() }
    }

    proptest! {
        #![proptest_config(crate::property::property(256))]

        #[test]
        fn the_first_are_kept_and_no_more_than_they_take(
            ranks in prop::collection::vec(0..9_i64, 0..200), most in 1..40_usize, descending: bool,
        ) {
            let selection = by_rank(descending);
            let one = Row::whole(document(0, 0)).bytes;
            // Room for twice as many, and for one more that is compared.
            let memory = Arc::new(Memory::new((2 * most + 1) * one, usize::MAX));
            let holding = Holding::of(Answer::of(&memory));
            let mut best = Best::new(&selection, Some(most));
            let documents: Vec<_> = ranks.iter().enumerate().map(|(number, rank)| document(number, *rank)).collect();
            for document in &documents {
                best.keep(Row::whole(document.clone()), &holding).unwrap();
            }
            let kept: Vec<_> = best.into_rows(&holding).into_iter().map(|row| row.opened.document).collect();
            let mut sorted = documents;
            sorted.sort_by(|a, b| compare_documents(&selection, a, b));
            sorted.truncate(most);
            prop_assert_eq!(kept, sorted);
        }
    }

    #[test]
    fn rows_are_dropped_before_an_answer_is_refused() {
        let selection = by_rank(false);
        let row = |rank: i64| Row::whole(document(usize::try_from(rank).unwrap(), rank));
        let memory = Arc::new(Memory::new(row(0).bytes * 11 / 2, usize::MAX));
        let holding = Holding::of(Answer::of(&memory));
        let mut best = Best::new(&selection, Some(4));
        for rank in (0..50).rev() {
            best.keep(row(rank), &holding).unwrap();
        }
        let ranks: Vec<_> = best.into_rows(&holding).iter().map(|row| row.document()["rank"].clone()).collect();
        assert_eq!(ranks, [0, 1, 2, 3].map(Value::Integer));
        let mut all = Best::new(&selection, None);
        let kept: Vec<_> = (0..8).map(|rank| all.keep(row(rank), &holding).is_ok()).collect();
        assert!(kept.contains(&false), "{kept:?}");
    }
}
