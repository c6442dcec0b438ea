//! Totals: how many documents there are, kept, so that counting reads a number of items that does not grow with the
//! collection.
//!
//! A document is counted in some [`cell`]s, in the transaction that writes it. What it is counted as stands in it, as a
//! mark, and who replaces or deletes it demands the mark that was read: so no document is ever counted twice, and none
//! leaves a cell that it is not in. Cells are kept in several shards, because transactions on one item exclude each
//! other.

mod answer;
mod backfill;
mod cell;
mod counter_deltas;

pub(super) use counter_deltas::{CounterDeltas, PriorCount, Write, checked_transactions, transactions};
