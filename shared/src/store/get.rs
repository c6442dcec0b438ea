//! Reading by key.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};

pub(super) use super::engine::MAX_GET_KEYS;
use super::{
    Store, StoreError,
    item::Item,
    keys::{ID, ORDER},
    memory::Holding,
    unpacking,
};
use crate::{
    collections::Collection,
    value::{Document, ObjectId, Value},
};

/// The most requests of one reading that are under way at once.
pub(super) const CONCURRENCY: usize = 8;

impl Store {
    /// The document of that id, whole. It is a part of the answer, where a request is answered.
    ///
    /// # Errors
    /// The store fails, or the answer would hold more than it may.
    pub async fn get(&self, collection: &'static Collection, id: ObjectId) -> Result<Option<Document>, StoreError> {
        let found = self.get_item(collection, &id.to_string()).await?;
        let holding = self.holding();
        let document = self.document(collection, found, Some(&holding)).await?;
        holding.grow(document.as_ref().map_or(0, Document::heap_size))?;
        holding.leave();
        Ok(document)
    }

    /// As [`Store::get`], and certain to see every write that has been answered.
    ///
    /// # Errors
    /// The store fails.
    pub async fn get_now(&self, collection: &'static Collection, id: ObjectId) -> Result<Option<Document>, StoreError> {
        let found = self.get_item_now(collection, &id.to_string()).await?;
        self.document(collection, found, None).await
    }

    /// The document of an item that was got, where it is one that can be seen.
    async fn document(
        &self,
        collection: &'static Collection,
        found: Option<Item>,
        holding: Option<&Holding>,
    ) -> Result<Option<Document>, StoreError> {
        match self.visible(collection, found.into_iter().collect()).await?.pop() {
            Some(item) => unpacking::complete(self, unpacking::open(collection, item)?, holding).await.map(Some),
            None => Ok(None),
        }
    }

    /// The documents of these ids, whole, in the order of the ids; absent ones are left out. They are a part of the answer,
    /// where a request is answered.
    ///
    /// # Errors
    /// The store fails, or the answer would hold more than it may.
    pub async fn get_all(
        &self,
        collection: &'static Collection,
        ids: &[ObjectId],
    ) -> Result<Vec<Document>, StoreError> {
        let holding = self.holding();
        let documents = self.get_all_within(collection, ids, &holding).await?;
        holding.leave();
        Ok(documents)
    }

    /// As [`Store::get_all`], counted in `holding`.
    pub(super) async fn get_all_within(
        &self,
        collection: &'static Collection,
        ids: &[ObjectId],
        holding: &Holding,
    ) -> Result<Vec<Document>, StoreError> {
        let some = |ids: &[ObjectId]| {
            let keys: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let ids = ids.to_vec();
            async move {
                let items = self.get_items(collection, &keys).await?;
                let documents = self.in_order(collection, &ids, items, Some(holding)).await?;
                holding.grow(documents.iter().map(|document| size_of::<Document>() + document.heap_size()).sum())?;
                Ok::<_, StoreError>(documents)
            }
        };
        let some: Vec<_> = ids.chunks(MAX_GET_KEYS).map(some).collect();
        let documents: Vec<Vec<Document>> = stream::iter(some).buffered(CONCURRENCY).try_collect().await?;
        Ok(documents.into_iter().flatten().collect())
    }

    /// The documents of these ids, whole, in the order of the ids; absent ones are left out. Every write that has been
    /// answered is seen.
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
        self.in_order(collection, ids, items, None).await
    }

    async fn in_order(
        &self,
        collection: &'static Collection,
        ids: &[ObjectId],
        items: Vec<Item>,
        holding: Option<&Holding>,
    ) -> Result<Vec<Document>, StoreError> {
        let items = self.visible(collection, items).await?;
        let whole = |item| async { unpacking::complete(self, unpacking::open(collection, item)?, holding).await };
        let documents: Vec<_> = items.into_iter().map(whole).collect();
        let documents: Vec<Document> = stream::iter(documents).buffered(CONCURRENCY).try_collect().await?;
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
        self.pass(true).await?;
        self.engine.get(&self.work, collection, key, false).await
    }

    /// As [`Store::get_item`], and certain to see every write that has been answered.
    pub(super) async fn get_item_now(
        &self,
        collection: &'static Collection,
        key: &str,
    ) -> Result<Option<Item>, StoreError> {
        self.pass(true).await?;
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
        let chunk = |keys| async move {
            self.pass(false).await?;
            self.engine.get_many(&self.work, collection, keys, consistent).await
        };
        let chunks: Vec<_> = keys.chunks(MAX_GET_KEYS).map(chunk).collect();
        let items: Vec<Vec<Item>> = stream::iter(chunks).buffered(CONCURRENCY).try_collect().await?;
        Ok(items.into_iter().flatten().collect())
    }
}

/// Whether an item is a document, and not one of those that only serve documents.
pub(super) fn is_document(item: &Item) -> bool {
    item.contains_key(ORDER)
}
