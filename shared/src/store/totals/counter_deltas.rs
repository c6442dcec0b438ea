//! What a transaction changes in the totals.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::cell::{Cell, Counted};
use crate::{
    collections::{COUNTED, Collection, TOTAL},
    store::{
        attribute::AttributeValue,
        condition::{UpdateAction, WriteCondition},
        engine::TransactionLimits,
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
    /// How many documents more are counted as each, or fewer. Cells follow from that: thousands of documents that are
    /// written together are mostly counted alike.
    documents: HashMap<Counted, i64>,
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
            if let Some(counted) = counted {
                *self.documents.entry(counted.clone()).or_default() += by;
            }
        }
    }

    fn merge(&mut self, other: Self) {
        self.shard = self.shard.or(other.shard);
        for (counted, by) in other.documents {
            *self.documents.entry(counted).or_default() += by;
        }
    }

    /// The keys of the cells of documents that another speaks of and this one does not.
    fn other_cells<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = String> + 'a {
        let others = other.documents.keys().filter(|counted| !self.documents.contains_key(*counted));
        others.flat_map(Counted::cells).map(|cell| cell.key)
    }

    /// The changes that it makes: one for each cell that is not as it was.
    pub(in crate::store) fn changes(self) -> impl Iterator<Item = Change> {
        let mut cells: BTreeMap<String, Sums> = BTreeMap::new();
        for (counted, by) in self.documents.into_iter().filter(|(_, by)| *by != 0) {
            for Cell { key, counts, steps } in counted.cells() {
                let sums = cells.entry(key).or_default();
                sums.steps = steps;
                for name in counts {
                    *sums.counts.entry(name).or_default() += by;
                }
            }
        }
        let shard = self.shard.unwrap_or_default();
        cells.into_iter().filter_map(move |(key, sums)| {
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

/// The writes, in their order, in as few transactions as `limits` allow, each with the totals that it changes. No writes
/// are one empty transaction.
pub(in crate::store) fn transactions(
    limits: TransactionLimits,
    writes: impl IntoIterator<Item = Write>,
) -> Vec<Vec<Change>> {
    let (mut done, mut changes, mut counter_deltas, mut bytes) = (Vec::new(), Vec::new(), CounterDeltas::default(), 0);
    let mut cells: BTreeSet<String> = BTreeSet::new();
    for Write { change, counter_deltas: of_write } in writes {
        let size = match &change.action {
            Action::Put(item) => packing::size(item),
            _ => 0,
        };
        let new: BTreeSet<String> = counter_deltas.other_cells(&of_write).filter(|key| !cells.contains(key)).collect();
        let is_full = changes.len() + 1 + cells.len() + new.len() > limits.changes || bytes + size > limits.bytes;
        if is_full && !changes.is_empty() {
            done.push(with(std::mem::take(&mut changes), std::mem::take(&mut counter_deltas)));
            cells = counter_deltas.other_cells(&of_write).collect();
            bytes = 0;
        } else {
            cells.extend(new);
        }
        changes.push(change);
        counter_deltas.merge(of_write);
        bytes += size;
    }
    done.push(with(changes, counter_deltas));
    done
}

/// As [`transactions`]; each transaction begins with `check`. No writes are no transaction.
pub(in crate::store) fn checked_transactions(
    limits: TransactionLimits,
    check: &Change,
    writes: impl IntoIterator<Item = Write>,
) -> impl Iterator<Item = Vec<Change>> {
    let limits = TransactionLimits { changes: limits.changes.saturating_sub(1), ..limits };
    let split = transactions(limits, writes).into_iter().filter(|changes| !changes.is_empty());
    split.map(|changes| std::iter::once(check.clone()).chain(changes).collect())
}

fn with(mut changes: Vec<Change>, counter_deltas: CounterDeltas) -> Vec<Change> {
    changes.extend(counter_deltas.changes());
    changes
}
