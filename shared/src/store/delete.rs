//! Deleting documents, with their parts and what points to them.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Store, StoreError,
    attribute::AttributeValue,
    condition::WriteCondition,
    engine::MAX_DELETE_KEYS,
    get::{CONCURRENCY, is_document},
    identity::{Identified, POINTS_TO, and, derived_id},
    import::{Parts, distinct},
    item::to_document,
    keys::ORDER,
    packing,
    put::{Change, Transaction},
    staged_import,
    totals::{CounterDeltas, PriorCount, Write, checked_transactions},
    unpacking::document_id,
};
use crate::{collections::Collection, pause::Pauses, value::ObjectId};

/// A document to delete, as long as it belongs to the group that it belonged to when it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removal {
    /// Its collection.
    pub collection: &'static Collection,
    /// Its id.
    pub id: ObjectId,
    /// The group that it belongs to; `None` where that is not known.
    pub owner: Option<ObjectId>,
}

impl Removal {
    fn owner_attribute(&self) -> Option<AttributeValue> {
        self.owner.map(|id| AttributeValue::S(id.to_string()))
    }
}

impl Store {
    /// Deletes a document. `false` where there is none. The document goes before its parts do: a reader sees it whole
    /// or not at all.
    ///
    /// # Errors
    /// The store fails.
    pub async fn delete(&self, collection: &'static Collection, id: ObjectId) -> Result<bool, StoreError> {
        let mut pauses = Pauses::default();
        loop {
            match self.delete_as_read(collection, id).await? {
                Some(gone) => return Ok(gone),
                None if pauses.pause().await => {}
                None => return Err(StoreError::Busy("a document changes while it is deleted".to_owned())),
            }
        }
    }

    /// As [`Store::delete`]; `None` where the document is counted as something else than it was when it was read.
    async fn delete_as_read(&self, collection: &'static Collection, id: ObjectId) -> Result<Option<bool>, StoreError> {
        let key = id.to_string();
        let Some(item) = self.get_item_now(collection, &key).await?.filter(is_document) else {
            return Ok(Some(false));
        };
        let parts = packing::named_parts(&item);
        let held = PriorCount::of(collection, &item);
        let import = staged_import::came_with(&item);
        let mut counter_deltas = CounterDeltas::default();
        counter_deltas.remove(&key, held.as_ref());
        let derived = derived_id(collection, &to_document(collection, item)?);
        let demand = and(WriteCondition::Has(ORDER), PriorCount::demand(collection, held.as_ref()));
        let mut changes = vec![Change::delete(collection, &key, Some(demand))];
        changes.extend(counter_deltas.changes());
        changes.extend(import.into_iter().flat_map(staged_import::forget));
        if let Some(derived) = derived.filter(|derived| *derived != id) {
            let ours = WriteCondition::Any(vec![
                WriteCondition::NoItem,
                WriteCondition::Is(POINTS_TO, AttributeValue::S(key.clone())),
            ]);
            changes.push(Change::delete(collection, &derived.to_string(), Some(ours)));
        }
        let mut outcome = self.transact(&changes).await?;
        // The derived id stands for another document of the same identity.
        if matches!(&outcome, Transaction::Refused(places) if !places.contains(&0)) {
            changes.pop();
            outcome = self.transact(&changes).await?;
        }
        if outcome != Transaction::Done {
            return Ok(None);
        }
        self.discard(collection, &parts).await;
        Ok(Some(true))
    }

    /// Deletes documents that `root` does not list. Each transaction demands that `root` is as it was read, so no document
    /// is deleted that was stored with a later state of it. `false` where `root`, or one of the documents, has changed.
    ///
    /// # Errors
    /// The store fails. What was deleted until then stays deleted; the call can be repeated.
    pub async fn remove_unlisted(
        &self,
        collection: &'static Collection,
        root: &Identified,
        removals: &[Removal],
    ) -> Result<bool, StoreError> {
        let check = Change::check(collection, &root.id.to_string(), root.is_as_read());
        let (writes, parts) = self.removing(removals).await?;
        for changes in checked_transactions(self.transaction_limits(), &check, writes) {
            if self.transact(&changes).await? != Transaction::Done {
                return Ok(false);
            }
        }
        for (of, parts) in parts {
            self.discard(of, &parts).await;
        }
        Ok(true)
    }

    /// The writes that delete documents, and the parts that these name. Documents that are not there, or that belong to
    /// another group than the removal says, are left alone. Those of an import in steps that was replaced cannot be seen any
    /// more, and are deleted like the others. What points to a document stays: a reader who follows it finds nothing, and
    /// deletes it.
    pub(super) async fn removing(&self, removals: &[Removal]) -> Result<(Vec<Write>, Vec<Parts>), StoreError> {
        let (mut writes, mut parts) = (Vec::new(), Vec::new());
        for of in distinct(removals.iter().map(|removal| removal.collection)) {
            let of_collection = removals.iter().filter(|removal| removal.collection == of);
            let owners: HashMap<String, Option<AttributeValue>> =
                of_collection.map(|removal| (removal.id.to_string(), removal.owner_attribute())).collect();
            let keys: Vec<String> = owners.keys().cloned().collect();
            let items = self.get_items_now(of, &keys).await?;
            let mut removed = Vec::new();
            for item in items.into_iter().filter(is_document) {
                let Some(key) = document_id(&item).map(|id| id.to_string()) else { continue };
                let owner = owners.get(&key).cloned().flatten().zip(of.owner());
                if owner.as_ref().is_some_and(|(id, member)| item.get(*member) != Some(id)) {
                    continue;
                }
                let held = PriorCount::of(of, &item);
                let mut counter_deltas = CounterDeltas::default();
                counter_deltas.remove(&key, held.as_ref());
                let demand = and(WriteCondition::Has(ORDER), PriorCount::demand(of, held.as_ref()));
                let demand = and(demand, owner.map(|(id, member)| WriteCondition::Is(member, id)));
                writes.push(Write { change: Change::delete(of, &key, Some(demand)), counter_deltas });
                removed.extend(packing::named_parts(&item));
            }
            parts.push((of, removed));
        }
        Ok((writes, parts))
    }

    /// Deletes parts that no item names any more. The documents are as they should be whether or not it can be done:
    /// what is left behind, nothing shows.
    pub(super) async fn discard(&self, collection: &'static Collection, parts: &[String]) {
        if let Err(error) = self.delete_keys(collection, parts).await {
            tracing::warn!(%error, "parts of a document that is gone are left behind");
        }
    }

    /// Deletes items by their keys, whether they are there or not.
    pub(super) async fn delete_keys(&self, collection: &'static Collection, keys: &[String]) -> Result<(), StoreError> {
        let batches = keys.chunks(MAX_DELETE_KEYS).map(|keys| self.engine.delete_many(&self.work, collection, keys));
        let batches: Vec<_> = batches.collect();
        stream::iter(batches).buffered(CONCURRENCY).try_collect::<Vec<()>>().await?;
        Ok(())
    }
}
