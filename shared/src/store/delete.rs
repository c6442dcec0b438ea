//! Deleting documents, with their parts and what points to them.

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Store, StoreError,
    attribute::AttributeValue,
    condition::Demand,
    engine::MOST_DELETES,
    get::{SIDE_BY_SIDE, is_document},
    identity::{POINTS_TO, and, derived_id},
    import::{Parts, distinct},
    imports,
    item::to_document,
    keys::ORDER,
    packing,
    put::{Change, Transaction},
    totals::{Held, Tally, Write, transactions},
    unpacking::document_id,
};
use crate::{collections::Collection, pause::Pauses, value::ObjectId};

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
        let held = Held::of(collection, &item);
        let import = imports::came_with(&item);
        let mut tally = Tally::default();
        tally.remove(&key, held.as_ref());
        let derived = derived_id(collection, &to_document(collection, item)?);
        let demand = and(Demand::Has(ORDER), Held::demand(collection, held.as_ref()));
        let mut changes = vec![Change::delete(collection, &key, Some(demand))];
        changes.extend(tally.changes());
        changes.extend(import.into_iter().flat_map(imports::forget));
        if let Some(derived) = derived.filter(|derived| *derived != id) {
            let ours = Demand::Any(vec![Demand::NoItem, Demand::Is(POINTS_TO, AttributeValue::S(key.clone()))]);
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

    /// Deletes documents, as many in one transaction as it takes; those that are not there are passed by.
    ///
    /// # Errors
    /// The store fails; it can be done again.
    pub async fn delete_all(&self, gone: &[(&'static Collection, ObjectId)]) -> Result<(), StoreError> {
        let (writes, parts) = self.removing(gone).await?;
        for changes in transactions(writes).into_iter().filter(|changes| !changes.is_empty()) {
            if self.transact(&changes).await? != Transaction::Done {
                // One of them has changed since it was read.
                for change in changes.iter().filter(|change| change.demand.is_some()) {
                    if let Ok(id) = change.key.parse() {
                        self.delete(change.collection, id).await?;
                    }
                }
            }
        }
        for (of, parts) in parts {
            self.discard(of, &parts).await;
        }
        Ok(())
    }

    /// The writes that delete documents, and the parts that these name. What points to one stays: who follows it finds
    /// nothing, and deletes it.
    pub(super) async fn removing(
        &self,
        gone: &[(&'static Collection, ObjectId)],
    ) -> Result<(Vec<Write>, Vec<Parts>), StoreError> {
        let (mut writes, mut parts) = (Vec::new(), Vec::new());
        for of in distinct(gone.iter().map(|(of, _)| *of)) {
            let keys: Vec<String> =
                gone.iter().filter(|(other, _)| *other == of).map(|(_, id)| id.to_string()).collect();
            let items = self.get_items_now(of, &keys).await?;
            parts.push((of, items.iter().flat_map(packing::named_parts).collect()));
            let documents = items.into_iter().filter(is_document);
            writes.extend(documents.filter_map(|item| {
                let (key, held) = (document_id(&item)?.to_string(), Held::of(of, &item));
                let mut tally = Tally::default();
                tally.remove(&key, held.as_ref());
                let demand = and(Demand::Has(ORDER), Held::demand(of, held.as_ref()));
                Some(Write { change: Change::delete(of, &key, Some(demand)), tally })
            }));
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
        let batches = keys.chunks(MOST_DELETES).map(|keys| self.engine.delete_many(&self.work, collection, keys));
        let batches: Vec<_> = batches.collect();
        stream::iter(batches).buffered(SIDE_BY_SIDE).try_collect::<Vec<()>>().await?;
        Ok(())
    }
}
