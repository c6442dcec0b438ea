//! Storing a document with others that belong to it: all together, or, where that is too much for one transaction, the
//! others before it.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Store, StoreError,
    expression::Demand,
    get::SIDE_BY_SIDE,
    identity::Identified,
    item::Item,
    packing,
    put::{Change, Transaction},
    totals::{Held, MOST_CHANGES, Tally, Write, transactions},
};
use crate::{
    collections::Collection,
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
    /// What belongs to it; whatever has one of these ids is replaced.
    pub others: Vec<(&'static Collection, Document)>,
    /// What belonged to it, and is deleted.
    pub gone: Vec<(&'static Collection, ObjectId)>,
    /// A task that is stored with it.
    pub task: Change,
}

/// The cells of the totals that groups and cases of one revision change: each of the two its combinations, two days, and
/// what groups are also counted by.
const MOST_CELLS: usize = 2 * (8 + 4) + 2;

impl Import {
    /// The most documents that are certain to be written in one transaction, if they are short: all but the task.
    /// All are of one revision, and of one day or of two.
    pub const MOST_AT_ONCE: usize = MOST_CHANGES - 1 - MOST_CELLS;
}

impl Store {
    /// Stores a document and what belongs to it. `false` where the document was changed since it was read; nothing of it
    /// can be seen then, if all of it fits into one transaction.
    ///
    /// Where it does not, what belongs to the document is written before it: whoever calls sees to it that an import
    /// that breaks off is done again.
    ///
    /// # Errors
    /// The store fails.
    pub async fn import(&self, import: Import) -> Result<bool, StoreError> {
        let Import { collection, before, root, others, gone, task } = import;
        // What cannot be stored is refused before anything is.
        others.iter().try_for_each(|(of, document)| packing::pack(of, document).map(|_| ()))?;
        let old_parts = before.as_ref().map(|before| before.parts.clone()).unwrap_or_default();
        let mut tally = Tally::default();
        let root = self.replacement(collection, before.as_ref(), root, &mut tally).await?;
        let (root, task) = (Write { change: root, tally }, Write::from(task));
        let prepared: Vec<_> = others.iter().map(|(collection, document)| self.prepare(collection, document)).collect();
        let items: Vec<Item> = stream::iter(prepared).buffered(SIDE_BY_SIDE).try_collect().await?;
        let items: Vec<(&'static Collection, Item)> = others.iter().map(|(of, _)| *of).zip(items).collect();
        let (others, replaced) = self.replacing(items).await?;
        let mut changes = transactions([root.clone(), task.clone()].into_iter().chain(others.iter().cloned()));
        if changes.len() > 1 {
            changes = transactions(others);
            changes.extend(transactions([root, task]));
        }
        for changes in changes {
            if self.transact(&changes).await? != Transaction::Done {
                return Ok(false);
            }
        }
        self.discard(collection, &old_parts).await;
        for (of, parts) in replaced {
            self.discard(of, &parts).await;
        }
        let deletions: Vec<_> = gone.into_iter().map(|(of, id)| self.delete(of, id)).collect();
        stream::iter(deletions).buffer_unordered(SIDE_BY_SIDE).try_collect::<Vec<bool>>().await?;
        Ok(true)
    }

    /// The writes that put items in the place of whatever has their keys, and the parts of what is there, which the new
    /// items do not name.
    async fn replacing(
        &self,
        items: Vec<(&'static Collection, Item)>,
    ) -> Result<(Vec<Write>, Vec<(&'static Collection, Vec<String>)>), StoreError> {
        let (mut there, mut parts) = (HashMap::new(), Vec::new());
        for of in distinct(items.iter().map(|(of, _)| *of)) {
            let keys: Vec<String> =
                items.iter().filter(|(other, _)| *other == of).filter_map(|(_, item)| key(item)).collect();
            let found = self.get_items_now(of, &keys).await?;
            parts.push((of, found.iter().flat_map(packing::named_parts).collect()));
            there.extend(found.into_iter().filter_map(|item| Some(((of.name, key(&item)?), item))));
        }
        let write = |(of, mut item): (&'static Collection, Item)| {
            let before = key(&item).and_then(|key| there.get(&(of.name, key)));
            let held = before.and_then(|before| Held::of(of, before));
            let mut tally = Tally::default();
            tally.put(of, &mut item, held.as_ref());
            let demand = match before {
                None => Some(Demand::NoItem),
                Some(_) => Held::demand(of, held.as_ref()),
            };
            Write { change: Change::put(of, item, demand), tally }
        };
        Ok((items.into_iter().map(write).collect(), parts))
    }
}

fn distinct(collections: impl Iterator<Item = &'static Collection>) -> Vec<&'static Collection> {
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
