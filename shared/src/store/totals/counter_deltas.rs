//! What a transaction changes in the totals.

use std::collections::BTreeMap;

use super::cell::{Cell, Counted};
use crate::{
    collections::{COUNTED, Collection, TOTAL},
    store::{
        attribute::AttributeValue,
        condition::{UpdateAction, WriteCondition},
        item::Item,
        keys::ID,
        packing,
        put::{Action, Change},
    },
};

/// The attribute of a document that is counted: what it is counted as.
pub(super) const MARK: &str = "_counted";

/// In how many parts a cell is kept. Imports at once seldom meet on one, and a count reads them with one request.
pub(super) const SHARDS: u8 = 8;

/// The most changes of one transaction.
pub(in crate::store) const MAX_CHANGES: usize = 100;

/// The most bytes of one transaction: DynamoDB takes 4 MB.
const MAX_BYTES: usize = 3 * 1024 * 1024;

/// What a document that was read is counted as.
#[derive(Debug, Clone)]
pub(in crate::store) struct PriorCount {
    counted: Counted,
    mark: AttributeValue,
}

impl PriorCount {
    /// `None` where the document of the item is in no total.
    pub(in crate::store) fn of(collection: &'static Collection, item: &Item) -> Option<Self> {
        let mark = item.get(MARK)?.clone();
        Some(Self { counted: Counted::of(collection, item), mark })
    }

    /// That the document is still counted as it was when it was read; nothing where it never is.
    pub(in crate::store) fn demand(collection: &Collection, held: Option<&Self>) -> Option<WriteCondition> {
        let demand = || held.map_or(WriteCondition::HasNot(MARK), |held| WriteCondition::Is(MARK, held.mark.clone()));
        is_counted(collection).then(demand)
    }
}

/// Whether the documents of a collection are counted.
pub(super) fn is_counted(collection: &Collection) -> bool {
    COUNTED.contains(&collection)
}

/// What is added to cells and taken away from them.
#[derive(Debug, Clone, Default)]
pub(in crate::store) struct CounterDeltas {
    shard: Option<u8>,
    cells: BTreeMap<String, Sums>,
}

#[derive(Debug, Clone, Default)]
struct Sums {
    counts: BTreeMap<&'static str, i64>,
    steps: Vec<UpdateAction>,
}

impl CounterDeltas {
    /// An item takes the place of a document that was read, or of nothing: it is marked, and counted instead.
    pub(in crate::store) fn put(
        &mut self,
        collection: &'static Collection,
        item: &mut Item,
        held: Option<&PriorCount>,
    ) {
        if !is_counted(collection) {
            return;
        }
        let counted = Counted::of(collection, item);
        item.insert(MARK.to_owned(), AttributeValue::S(counted.mark()));
        self.choose_shard(item.get(ID));
        self.add(held, Some(&counted));
    }

    /// A document that was read gets other members: the step that marks it, where it is counted.
    pub(in crate::store) fn update(
        &mut self,
        collection: &'static Collection,
        before: &Item,
        after: &Item,
    ) -> Option<UpdateAction> {
        let mut marked = after.clone();
        self.put(collection, &mut marked, PriorCount::of(collection, before).as_ref());
        marked.remove(MARK).filter(|_| is_counted(collection)).map(|mark| UpdateAction::Set(MARK.to_owned(), mark))
    }

    /// A document that was read goes.
    pub(in crate::store) fn remove(&mut self, key: &str, held: Option<&PriorCount>) {
        self.choose_shard(Some(&AttributeValue::S(key.to_owned())));
        self.add(held, None);
    }

    // Any would do, as only the sum of all counts; one for a whole transaction makes the fewest changes.
    fn choose_shard(&mut self, id: Option<&AttributeValue>) {
        let digit = || id.and_then(|id| id.as_s().ok()?.bytes().last()).unwrap_or_default();
        self.shard.get_or_insert_with(|| digit() % SHARDS);
    }

    fn add(&mut self, before: Option<&PriorCount>, after: Option<&Counted>) {
        let before = before.map(|held| &held.counted);
        if before == after {
            return;
        }
        for (counted, by) in [(before, -1), (after, 1)] {
            for Cell { key, counts, steps } in counted.map(Counted::cells).unwrap_or_default() {
                let sums = self.cells.entry(key).or_default();
                sums.steps = steps;
                for name in counts {
                    *sums.counts.entry(name).or_default() += by;
                }
            }
        }
    }

    fn merge(&mut self, other: Self) {
        self.shard = self.shard.or(other.shard);
        for (key, sums) in other.cells {
            let own = self.cells.entry(key).or_default();
            own.steps = sums.steps;
            for (name, by) in sums.counts {
                *own.counts.entry(name).or_default() += by;
            }
        }
    }

    /// How many cells it and another speak of.
    fn cells_with(&self, other: &Self) -> usize {
        self.cells.len() + other.cells.keys().filter(|key| !self.cells.contains_key(*key)).count()
    }

    /// The changes that it makes: one for each cell that is not as it was.
    pub(in crate::store) fn changes(self) -> impl Iterator<Item = Change> {
        let shard = self.shard.unwrap_or_default();
        self.cells.into_iter().filter_map(move |(key, sums)| {
            let counts = sums.counts.into_iter().filter(|(_, by)| *by != 0);
            let mut steps: Vec<UpdateAction> = counts
                .map(|(name, by)| UpdateAction::Add(name.to_owned(), AttributeValue::N(by.to_string())))
                .collect();
            if steps.is_empty() {
                return None;
            }
            steps.extend(sums.steps);
            let action = Action::Update(steps);
            Some(Change { collection: &TOTAL, key: shard_key(&key, shard), action, demand: None })
        })
    }
}

/// The key of one part of a cell.
pub(super) fn shard_key(key: &str, shard: u8) -> String {
    format!("{shard}/{key}")
}

/// A change, and what it changes in the totals.
#[derive(Debug, Clone)]
pub(in crate::store) struct Write {
    pub(in crate::store) change: Change,
    pub(in crate::store) counter_deltas: CounterDeltas,
}

impl From<Change> for Write {
    fn from(change: Change) -> Self {
        Self { change, counter_deltas: CounterDeltas::default() }
    }
}

/// The writes, in their order, in as few transactions as DynamoDB takes, each with the totals that it changes.
pub(in crate::store) fn transactions(writes: impl IntoIterator<Item = Write>) -> Vec<Vec<Change>> {
    split(writes, MAX_CHANGES)
}

/// As [`transactions`]; each transaction begins with `check`. No writes are no transaction.
pub(in crate::store) fn checked_transactions(
    check: &Change,
    writes: impl IntoIterator<Item = Write>,
) -> impl Iterator<Item = Vec<Change>> {
    let split = split(writes, MAX_CHANGES - 1).into_iter().filter(|changes| !changes.is_empty());
    split.map(|changes| std::iter::once(check.clone()).chain(changes).collect())
}

/// The writes in transactions of at most `most_changes` changes.
fn split(writes: impl IntoIterator<Item = Write>, most_changes: usize) -> Vec<Vec<Change>> {
    let (mut done, mut changes, mut counter_deltas, mut bytes) = (Vec::new(), Vec::new(), CounterDeltas::default(), 0);
    for Write { change, counter_deltas: of_write } in writes {
        let size = match &change.action {
            Action::Put(item) => packing::size(item),
            _ => 0,
        };
        let is_full =
            changes.len() + 1 + counter_deltas.cells_with(&of_write) > most_changes || bytes + size > MAX_BYTES;
        if is_full && !changes.is_empty() {
            done.push(with(std::mem::take(&mut changes), std::mem::take(&mut counter_deltas)));
            bytes = 0;
        }
        changes.push(change);
        counter_deltas.merge(of_write);
        bytes += size;
    }
    done.push(with(changes, counter_deltas));
    done
}

fn with(mut changes: Vec<Change>, counter_deltas: CounterDeltas) -> Vec<Change> {
    changes.extend(counter_deltas.changes());
    changes
}
