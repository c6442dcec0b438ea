//! Deleting documents, with their parts and what points to them.

use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, ReturnConsumedCapacity, WriteRequest};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Store, StoreError,
    expression::Demand,
    get::{SIDE_BY_SIDE, is_document},
    identity::{POINTS_TO, derived_id},
    item::to_document,
    keys::{ID, ORDER},
    packing,
    put::{Change, Transaction},
};
use crate::{collections::Collection, pause::Pauses, value::ObjectId};

/// The most requests of one batch.
const MOST_DELETES: usize = 25;

impl Store {
    /// Deletes a document. `false` where there is none. The document goes before its parts do: a reader sees it whole
    /// or not at all.
    ///
    /// # Errors
    /// The store fails.
    pub async fn delete(&self, collection: &'static Collection, id: ObjectId) -> Result<bool, StoreError> {
        let key = id.to_string();
        let Some(item) = self.get_item_now(collection, &key).await?.filter(is_document) else { return Ok(false) };
        let parts = packing::named_parts(&item);
        let derived = derived_id(collection, &to_document(collection, item)?);
        let mut changes = vec![Change::delete(collection, &key, Some(Demand::Has(ORDER)))];
        if let Some(derived) = derived.filter(|derived| *derived != id) {
            let ours = Demand::Any(vec![Demand::NoItem, Demand::Is(POINTS_TO, AttributeValue::S(key.clone()))]);
            changes.push(Change::delete(collection, &derived.to_string(), Some(ours)));
        }
        let gone = match self.transact(&changes).await? {
            Transaction::Done => true,
            // The derived id stands for another document of the same identity.
            Transaction::Refused(places) if places == [1] => {
                changes.truncate(1);
                self.transact(&changes).await? == Transaction::Done
            }
            Transaction::Refused(_) => false,
        };
        self.delete_keys(collection, &parts).await?;
        Ok(gone)
    }

    /// Deletes items by their keys, whether they are there or not.
    pub(super) async fn delete_keys(&self, collection: &'static Collection, keys: &[String]) -> Result<(), StoreError> {
        let batches: Vec<_> = keys.chunks(MOST_DELETES).map(|keys| self.delete_batch(collection, keys)).collect();
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
    pub(super) async fn write_batch(&self, table: String, mut requests: Vec<WriteRequest>) -> Result<(), StoreError> {
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
