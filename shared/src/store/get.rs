//! Reading by key.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnConsumedCapacity};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Store, StoreError,
    item::Item,
    keys::{ID, ORDER},
    unpacking,
};
use crate::{
    collections::Collection,
    pause::Pauses,
    value::{Document, ObjectId, Value},
};

/// The most keys of one request.
const MOST_KEYS: usize = 100;

/// The most requests of one reading that are under way at once.
pub(super) const SIDE_BY_SIDE: usize = 8;

impl Store {
    /// The document of that id, whole.
    ///
    /// # Errors
    /// The store fails.
    pub async fn get(&self, collection: &'static Collection, id: ObjectId) -> Result<Option<Document>, StoreError> {
        let found = self.get_item(collection, &id.to_string()).await?;
        self.document(collection, found).await
    }

    /// As [`Store::get`], and certain to see every write that has been answered.
    ///
    /// # Errors
    /// The store fails.
    pub async fn get_now(&self, collection: &'static Collection, id: ObjectId) -> Result<Option<Document>, StoreError> {
        let found = self.get_item_now(collection, &id.to_string()).await?;
        self.document(collection, found).await
    }

    /// The document of an item that was got, where it is one that can be seen.
    async fn document(
        &self,
        collection: &'static Collection,
        found: Option<Item>,
    ) -> Result<Option<Document>, StoreError> {
        match self.visible(collection, found.into_iter().collect()).await?.pop() {
            Some(item) => unpacking::unpack(self, collection, item).await.map(Some),
            None => Ok(None),
        }
    }

    /// The documents of these ids, whole, in the order of the ids; absent ones are left out.
    ///
    /// # Errors
    /// The store fails.
    pub async fn get_all(
        &self,
        collection: &'static Collection,
        ids: &[ObjectId],
    ) -> Result<Vec<Document>, StoreError> {
        let keys: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let items = self.get_items(collection, &keys).await?;
        self.in_order(collection, ids, items).await
    }

    /// As [`Store::get_all`], and certain to see every write that has been answered.
    ///
    /// # Errors
    /// The store fails.
    pub async fn get_all_now(
        &self,
        collection: &'static Collection,
        ids: &[ObjectId],
    ) -> Result<Vec<Document>, StoreError> {
        let keys: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let items = self.get_items_now(collection, &keys).await?;
        self.in_order(collection, ids, items).await
    }

    async fn in_order(
        &self,
        collection: &'static Collection,
        ids: &[ObjectId],
        items: Vec<Item>,
    ) -> Result<Vec<Document>, StoreError> {
        let items = self.visible(collection, items).await?;
        let documents: Vec<_> = items.into_iter().map(|item| unpacking::unpack(self, collection, item)).collect();
        let documents: Vec<Document> = stream::iter(documents).buffered(SIDE_BY_SIDE).try_collect().await?;
        let mut by_id: HashMap<ObjectId, Document> = documents
            .into_iter()
            .filter_map(|document| Some((document.get(ID).and_then(Value::as_id)?, document)))
            .collect();
        Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
    }

    pub(super) async fn get_item(&self, collection: &Collection, key: &str) -> Result<Option<Item>, StoreError> {
        self.read_item(collection, key, false).await
    }

    /// As [`Store::get_item`], and certain to see every write that has been answered.
    pub(super) async fn get_item_now(&self, collection: &Collection, key: &str) -> Result<Option<Item>, StoreError> {
        self.read_item(collection, key, true).await
    }

    async fn read_item(
        &self,
        collection: &Collection,
        key: &str,
        consistent: bool,
    ) -> Result<Option<Item>, StoreError> {
        let request =
            self.client.get_item().table_name(self.table(collection)).key(ID, AttributeValue::S(key.to_owned()));
        let request = request.consistent_read(consistent).return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = request.send().await?;
        self.work.read(usize::from(answer.item.is_some()), answer.consumed_capacity.as_slice());
        Ok(answer.item)
    }

    /// The items of these keys, in any order; what DynamoDB leaves unprocessed is asked for again.
    pub(super) async fn get_items(&self, collection: &Collection, keys: &[String]) -> Result<Vec<Item>, StoreError> {
        self.read_items(collection, keys, false).await
    }

    /// As [`Store::get_items`], and certain to see every write that has been answered.
    pub(super) async fn get_items_now(
        &self,
        collection: &Collection,
        keys: &[String],
    ) -> Result<Vec<Item>, StoreError> {
        self.read_items(collection, keys, true).await
    }

    async fn read_items(
        &self,
        collection: &Collection,
        keys: &[String],
        consistent: bool,
    ) -> Result<Vec<Item>, StoreError> {
        let table = self.table(collection);
        let chunks: Vec<_> = keys.chunks(MOST_KEYS).map(|keys| self.get_chunk(&table, keys, consistent)).collect();
        let items: Vec<Vec<Item>> = stream::iter(chunks).buffered(SIDE_BY_SIDE).try_collect().await?;
        Ok(items.into_iter().flatten().collect())
    }

    async fn get_chunk(&self, table: &str, keys: &[String], consistent: bool) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::with_capacity(keys.len());
        let keys = keys.iter().map(|key| [(ID.to_owned(), AttributeValue::S(key.clone()))].into()).collect();
        let wanted = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(consistent).build();
        let mut wanted = wanted.map_err(|error| StoreError::Failed(error.to_string()))?;
        let mut pauses = Pauses::default();
        loop {
            let request = self.client.batch_get_item().request_items(table, wanted);
            let answer = request.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await?;
            let found = answer.responses.unwrap_or_default().remove(table).unwrap_or_default();
            self.work.read(found.len(), answer.consumed_capacity.as_deref().unwrap_or_default());
            items.extend(found);
            match answer.unprocessed_keys.unwrap_or_default().remove(table) {
                None => return Ok(items),
                Some(rest) => wanted = rest,
            }
            if !pauses.pause().await {
                return Err(StoreError::Busy("keys are left unprocessed again and again".to_owned()));
            }
        }
    }
}

/// Whether an item is a document, and not one of those that only serve documents.
pub(super) fn is_document(item: &Item) -> bool {
    item.contains_key(ORDER)
}
