//! Storing a document with others that belong to it, so that all of them can be seen or none: in one transaction or,
//! where that is too much for one, in a staged import that [`super::staged_import`] hides.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Store, StoreError,
    condition::WriteCondition,
    delete::Removal,
    get::CONCURRENCY,
    identity::Identified,
    item::Item,
    packing,
    put::{Action, Change, Transaction},
    staged_import,
    totals::{CounterDeltas, PriorCount, Write, transactions},
};
use crate::{
    collections::Collection,
    time::Timestamp,
    value::{Document, ObjectId},
};

/// A document, and what belongs to it.
#[derive(Debug, Clone)]
pub struct Import {
    /// The collection of the document.
    pub collection: &'static Collection,
    /// What was read of it; `None` where there was nothing.
    pub before: Option<Identified>,
    /// The document.
    pub root: Document,
    /// What belongs to it, and is not stored as it should be.
    pub others: Vec<(&'static Collection, Document)>,
    /// What belonged to it, and is deleted where it comes in one transaction.
    pub gone: Vec<Removal>,
    /// When the request was accepted.
    pub accepted: Timestamp,
    /// A task that is stored with it.
    pub task: Change,
    /// How these come together.
    pub strategy: ImportStrategy,
}

/// How a document and what belongs to it come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportStrategy {
    /// In one transaction, where what has the ids of others is replaced and what is gone is deleted.
    OneTransaction {
        /// The staged import that the rest of what belongs to the document came with.
        import: Option<ObjectId>,
    },
    /// In several transactions, by the name of the import: the ids of the others are of this import alone. What is gone
    /// is left to [`Store::remove_unlisted`].
    Staged(ObjectId),
}

/// What became of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    /// All of it is stored.
    Done,
    /// Nothing of it: the document was changed since it was read.
    Changed,
    /// Nothing of it: it does not fit into one transaction, or one of the ids is that of a document in another group.
    TooMuch,
}

/// The keys of parts, by the collection that they are in.
pub(super) type Parts = (&'static Collection, Vec<String>);

/// Documents with their items, before anything of them is stored.
type Packed = Vec<(&'static Collection, Document, packing::Packed)>;

/// The cells of the totals that groups and cases of one revision and device change: each of the two its combinations, two
/// days, and what groups (three) and cases (two) are also counted by.
const MAX_CELLS: usize = 2 * (8 + 4) + 3 + 2;

impl Store {
    /// The most documents that one transaction writes, if they are short: what is left of its changes beside the task and
    /// the totals. All are of one revision, and of one day or of two.
    pub fn documents_of_a_transaction(&self) -> usize {
        self.transaction_limits().changes.saturating_sub(1 + MAX_CELLS)
    }

    /// Stores a document and what belongs to it, so that all of it can be seen from one moment on.
    ///
    /// A staged import that breaks off leaves what nobody sees. Whoever calls sees to it that it is done again, which
    /// finds what is there.
    ///
    /// # Errors
    /// A document cannot be stored, the totals of a staged import do not fit into one transaction
    /// ([`StoreError::TooMuch`]), or the store fails.
    pub async fn import(&self, mut import: Import) -> Result<Imported, StoreError> {
        // What cannot be stored is refused before anything is.
        let others = std::mem::take(&mut import.others).into_iter();
        let others = others.map(|(of, document)| packing::pack(of, &document).map(|packed| (of, document, packed)));
        let others: Packed = others.collect::<Result<_, _>>()?;
        match import.strategy {
            ImportStrategy::OneTransaction { import: kept } => {
                self.import_in_one_transaction(import, others, kept).await
            }
            ImportStrategy::Staged(name) => self.import_staged(import, others, name).await,
        }
    }

    async fn import_in_one_transaction(
        &self,
        import: Import,
        others: Packed,
        kept: Option<ObjectId>,
    ) -> Result<Imported, StoreError> {
        let Import { collection, before, root, gone, accepted, task, .. } = import;
        let mut counter_deltas = CounterDeltas::default();
        let mut root = self.replacement(collection, before.as_ref(), root, &mut counter_deltas).await?;
        if let Action::Put(item) = &mut root.action {
            staged_import::name(item, kept);
            staged_import::accept(item, Some(accepted));
        }
        let mut new_parts = vec![(collection, parts_of(&root))];
        let items = self.prepare_all(others).await?;
        new_parts.extend(items.iter().map(|(of, item)| (*of, packing::named_parts(item))));
        let Some((others, mut old_parts)) = self.replacing(items).await? else {
            for (of, parts) in new_parts {
                self.discard(of, &parts).await;
            }
            return Ok(Imported::TooMuch);
        };
        let (gone, parts_of_gone) = self.removing(&gone).await?;
        old_parts.extend(parts_of_gone);
        let (old_parts_of_root, imported) = before.map(|before| (before.parts, before.imported)).unwrap_or_default();
        old_parts.push((collection, old_parts_of_root));
        let forgotten = imported.filter(|imported| Some(*imported) != kept).map(staged_import::forget);
        let writes = [Write { change: root, counter_deltas }, Write::from(task)].into_iter();
        let writes = writes.chain(forgotten.into_iter().flatten().map(Write::from)).chain(others).chain(gone);
        let mut transactions = transactions(self.transaction_limits(), writes).into_iter();
        let imported = match (transactions.next(), transactions.next()) {
            (Some(changes), None) if self.transact(&changes).await? == Transaction::Done => Imported::Done,
            (Some(_), Some(_)) => Imported::TooMuch,
            _ => Imported::Changed,
        };
        for (of, parts) in if imported == Imported::Done { old_parts } else { new_parts } {
            self.discard(of, &parts).await;
        }
        Ok(imported)
    }

    async fn import_staged(&self, import: Import, mut others: Packed, name: ObjectId) -> Result<Imported, StoreError> {
        let Import { collection, before, root, accepted, task, .. } = import;
        let mut counter_deltas = CounterDeltas::default();
        let mut root = self.replacement(collection, before.as_ref(), root, &mut counter_deltas).await?;
        if let Action::Put(item) = &mut root.action {
            staged_import::name(item, Some(name));
            staged_import::accept(item, Some(accepted));
        }
        // The totals change with the last step; what each item is counted as stands in it from the first.
        for (of, _, packed) in &mut others {
            counter_deltas.put(of, &mut packed.item, None);
        }
        let mut last = vec![root, task];
        last.extend(staged_import::end(collection, name));
        let forgotten = before.as_ref().and_then(Identified::import).filter(|forgotten| *forgotten != name);
        last.extend(forgotten.into_iter().flat_map(staged_import::forget));
        last.extend(counter_deltas.changes());
        let limits = self.transaction_limits();
        if last.len() > limits.changes {
            self.discard(collection, &last.first().map(parts_of).unwrap_or_default()).await;
            return Err(StoreError::TooMuch);
        }
        let hidden: Vec<Change> = self
            .prepare_all(others)
            .await?
            .into_iter()
            .map(|(of, mut item)| {
                staged_import::hide(&mut item, name);
                Change::put(of, item, Some(staged_import::free_or_hidden(name)))
            })
            .collect();
        let steps = transactions(limits, hidden.iter().cloned().map(Write::from));
        let steps: Vec<_> = steps.iter().map(|changes| self.transact(changes)).collect();
        let steps: Vec<Transaction> = stream::iter(steps).buffer_unordered(CONCURRENCY).try_collect().await?;
        let are_there = steps.iter().all(|step| *step == Transaction::Done);
        if are_there && self.transact(&last).await? == Transaction::Done {
            self.discard(collection, &before.map(|before| before.parts).unwrap_or_default()).await;
            return Ok(Imported::Done);
        }
        self.delete_keys(collection, &[staged_import::begun_key(name)]).await?;
        // The document has changed, so this import cannot end any more, unless somebody else has ended it.
        if !self.has_ended(collection, name).await? {
            self.discard(collection, &last.first().map(parts_of).unwrap_or_default()).await;
            for of in distinct(hidden.iter().map(|change| change.collection)) {
                let keys = hidden.iter().filter(|change| change.collection == of).map(|change| change.key.clone());
                let keys: Vec<String> = keys.collect();
                self.remove_hidden(collection, name, of, &keys).await?;
            }
        }
        Ok(Imported::Changed)
    }

    async fn prepare_all(&self, documents: Packed) -> Result<Vec<(&'static Collection, Item)>, StoreError> {
        // Each month is noted once, before concurrent preparations look for it.
        for (of, document, _) in &documents {
            self.note_month_of(of, document).await?;
        }
        let prepared: Vec<_> = documents
            .into_iter()
            .map(|(of, document, packed)| async move {
                Ok::<_, StoreError>((of, self.prepare_packed(of, &document, packed).await?))
            })
            .collect();
        stream::iter(prepared).buffered(CONCURRENCY).try_collect().await
    }

    /// The writes that put items in the place of whatever has their keys, and the parts of what is there, which the new
    /// items do not name. `None` where one of the keys is that of a document which belongs to another group.
    async fn replacing(
        &self,
        items: Vec<(&'static Collection, Item)>,
    ) -> Result<Option<(Vec<Write>, Vec<Parts>)>, StoreError> {
        let (mut there, mut parts) = (HashMap::new(), Vec::new());
        for of in distinct(items.iter().map(|(of, _)| *of)) {
            let keys: Vec<String> =
                items.iter().filter(|(other, _)| *other == of).filter_map(|(_, item)| key(item)).collect();
            let found = self.get_items_now(of, &keys).await?;
            parts.push((of, found.iter().flat_map(packing::named_parts).collect()));
            there.extend(found.into_iter().filter_map(|item| Some(((of.name, key(&item)?), item))));
        }
        let moved = |(of, item): &(&'static Collection, Item)| {
            let before = key(item).and_then(|key| there.get(&(of.name, key)));
            before.zip(of.owner()).is_some_and(|(before, owner)| before.get(owner) != item.get(owner))
        };
        if items.iter().any(moved) {
            return Ok(None);
        }
        let write = |(of, mut item): (&'static Collection, Item)| {
            let before = key(&item).and_then(|key| there.get(&(of.name, key)));
            let held = before.and_then(|before| PriorCount::of(of, before));
            let mut counter_deltas = CounterDeltas::default();
            counter_deltas.put(of, &mut item, held.as_ref());
            let demand = match before {
                None => Some(WriteCondition::NoItem),
                Some(_) => PriorCount::demand(of, held.as_ref()),
            };
            Write { change: Change::put(of, item, demand), counter_deltas }
        };
        Ok(Some((items.into_iter().map(write).collect(), parts)))
    }
}

fn parts_of(change: &Change) -> Vec<String> {
    match &change.action {
        Action::Put(item) => packing::named_parts(item),
        _ => Vec::new(),
    }
}

pub(super) fn distinct(collections: impl Iterator<Item = &'static Collection>) -> Vec<&'static Collection> {
    let mut found: Vec<&'static Collection> = Vec::new();
    collections.for_each(|of| {
        if !found.contains(&of) {
            found.push(of);
        }
    });
    found
}

fn key(item: &Item) -> Option<String> {
    item.get(super::keys::ID)?.as_s().ok().cloned()
}
