//! Deleting documents, with their parts and what points to them.

use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, ReturnConsumedCapacity, WriteRequest};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Store, StoreError,
    expression::Demand,
    get::{SIDE_BY_SIDE, is_document},
    identity::{POINTS_TO, and, derived_id},
    item::to_document,
    keys::{ID, ORDER},
    packing,
    put::{Change, Transaction},
    totals::{Held, Tally},
};
use crate::{collections::Collection, pause::Pauses, value::ObjectId};

/// The most requests of one batch.
const MOST_IN_A_BATCH: usize = 25;

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
        let mut tally = Tally::default();
        tally.remove(&key, held.as_ref());
        let derived = derived_id(collection, &to_document(collection, item)?);
        let demand = and(Demand::Has(ORDER), Held::demand(collection, held.as_ref()));
        let mut changes = vec![Change::delete(collection, &key, Some(demand))];
        changes.extend(tally.changes());
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

    /// Deletes parts that no item names any more. The documents are as they should be whether or not it can be done:
    /// what is left behind, nothing shows.
    pub(super) async fn discard(&self, collection: &'static Collection, parts: &[String]) {
        if let Err(error) = self.delete_keys(collection, parts).await {
            tracing::warn!(%error, "parts of a document that is gone are left behind");
        }
    }

    /// Deletes items by their keys, whether they are there or not.
    pub(super) async fn delete_keys(&self, collection: &'static Collection, keys: &[String]) -> Result<(), StoreError> {
        let batches: Vec<_> = keys.chunks(MOST_IN_A_BATCH).map(|keys| self.delete_batch(collection, keys)).collect();
        stream::iter(batches).buffered(SIDE_BY_SIDE).try_collect::<Vec<()>>().await?;
        Ok(())
    }

    async fn delete_batch(&self, collection: &'static Collection, keys: &[String]) -> Result<(), StoreError> {
        let table = self.table(collection);
        let request = |key: &String| {
            let delete = DeleteRequest::builder().key(ID, AttributeValue::S(key.clone())).build();
            delete.map(|delete| WriteRequest::builder().delete_request(delete).build())
        };
        let requests: Result<Vec<_>, _> = keys.iter().map(request).collect();
        let requests = requests.map_err(|error| StoreError::Failed(error.to_string()))?;
        self.write_batch(table, requests).await
    }

    /// Writes up to 25 requests; what DynamoDB leaves unprocessed is sent again.
    async fn write_batch(&self, table: String, mut requests: Vec<WriteRequest>) -> Result<(), StoreError> {
        let mut pauses = Pauses::default();
        loop {
            let batch = self.client.batch_write_item().request_items(&table, requests);
            let answer = batch.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await?;
            self.work.wrote(answer.consumed_capacity.as_deref().unwrap_or_default());
            match answer.unprocessed_items.unwrap_or_default().remove(&table) {
                None => return Ok(()),
                Some(rest) => requests = rest,
            }
            if !pauses.pause().await {
                return Err(StoreError::Busy("writes are left unprocessed again and again".to_owned()));
            }
        }
    }
}
