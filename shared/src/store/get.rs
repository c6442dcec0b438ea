//! Reading by key.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Store, StoreError,
    engine::MOST_KEYS,
    item::Item,
    keys::{ID, ORDER},
    unpacking,
};
use crate::{
    collections::Collection,
    value::{Document, ObjectId, Value},
};

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

    pub(super) async fn get_item(
        &self,
        collection: &'static Collection,
        key: &str,
    ) -> Result<Option<Item>, StoreError> {
        self.engine.get(&self.work, collection, key, false).await
    }

    /// As [`Store::get_item`], and certain to see every write that has been answered.
    pub(super) async fn get_item_now(
        &self,
        collection: &'static Collection,
        key: &str,
    ) -> Result<Option<Item>, StoreError> {
        self.engine.get(&self.work, collection, key, true).await
    }

    /// The items of these keys, in any order.
    pub(super) async fn get_items(
        &self,
        collection: &'static Collection,
        keys: &[String],
    ) -> Result<Vec<Item>, StoreError> {
        self.read_items(collection, keys, false).await
    }

    /// As [`Store::get_items`], and certain to see every write that has been answered.
    pub(super) async fn get_items_now(
        &self,
        collection: &'static Collection,
        keys: &[String],
    ) -> Result<Vec<Item>, StoreError> {
        self.read_items(collection, keys, true).await
    }

    async fn read_items(
        &self,
        collection: &'static Collection,
        keys: &[String],
        consistent: bool,
    ) -> Result<Vec<Item>, StoreError> {
        let chunks: Vec<_> =
            keys.chunks(MOST_KEYS).map(|keys| self.engine.get_many(&self.work, collection, keys, consistent)).collect();
        let items: Vec<Vec<Item>> = stream::iter(chunks).buffered(SIDE_BY_SIDE).try_collect().await?;
        Ok(items.into_iter().flatten().collect())
    }
}

/// Whether an item is a document, and not one of those that only serve documents.
pub(super) fn is_document(item: &Item) -> bool {
    item.contains_key(ORDER)
}
