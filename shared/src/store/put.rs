//! Writing: single items under a condition, and several in one transaction.

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Store, StoreError,
    condition::{UpdateAction, WriteCondition},
    engine::ReturnValue,
    get::CONCURRENCY,
    item::Item,
    keys::{ID, ORDER, month},
    packing::{self, Packed},
};
use crate::{
    collections::{Collection, Partition},
    value::{Document, Value},
};

/// What a conditional write found.
#[derive(Debug)]
pub enum Put {
    /// The item was written; this is what was to be returned, where there is such an item.
    Stored(Option<Item>),
    /// The condition does not hold; this is the item that is there, where there is one.
    Refused(Option<Item>),
}

/// One write of a transaction.
#[derive(Debug, Clone)]
pub struct Change {
    /// The collection whose table the item is in.
    pub collection: &'static Collection,
    /// The key of the item.
    pub key: String,
    /// What is done with it.
    pub action: Action,
    /// The condition; without it the change is made whatever is there.
    pub demand: Option<WriteCondition>,
}

/// What a change does with an item.
#[derive(Debug, Clone)]
pub enum Action {
    /// It is put in the place of what has its key.
    Put(Item),
    /// Steps change it, in no particular order; no two are of one attribute.
    Update(Vec<UpdateAction>),
    /// It is deleted.
    Delete,
    /// Nothing: only the condition has to hold.
    Check,
}

impl Change {
    /// Puts an item.
    pub fn put(collection: &'static Collection, item: Item, demand: Option<WriteCondition>) -> Self {
        let key = item.get(ID).and_then(|id| id.as_s().ok()).cloned().unwrap_or_default();
        Self { collection, key, action: Action::Put(item), demand }
    }

    /// Updates an item.
    pub fn update(
        collection: &'static Collection,
        key: &str,
        steps: Vec<UpdateAction>,
        demand: WriteCondition,
    ) -> Self {
        Self { collection, key: key.to_owned(), action: Action::Update(steps), demand: Some(demand) }
    }

    /// Deletes an item.
    pub fn delete(collection: &'static Collection, key: &str, demand: Option<WriteCondition>) -> Self {
        Self { collection, key: key.to_owned(), action: Action::Delete, demand }
    }

    /// Demands that a document is there.
    pub(super) fn is_there(collection: &'static Collection, id: crate::value::ObjectId) -> Self {
        Self::check(collection, &id.to_string(), WriteCondition::Has(ORDER))
    }

    pub(super) fn check(collection: &'static Collection, key: &str, demand: WriteCondition) -> Self {
        Self { collection, key: key.to_owned(), action: Action::Check, demand: Some(demand) }
    }
}

/// How a transaction ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Transaction {
    /// All of it was written.
    Done,
    /// Nothing was written: the conditions of these changes, by their places, do not hold.
    Refused(Vec<usize>),
}

impl Store {
    /// Prepares a document for writing: its month is noted and the parts of long members are stored. What is left is
    /// the item that makes the document visible.
    pub(super) async fn prepare(
        &self,
        collection: &'static Collection,
        document: &Document,
    ) -> Result<Item, StoreError> {
        self.prepare_packed(collection, document, packing::pack(collection, document)?).await
    }

    /// As [`Store::prepare`], of a document that was packed before.
    pub(super) async fn prepare_packed(
        &self,
        collection: &'static Collection,
        document: &Document,
        Packed { item, parts }: Packed,
    ) -> Result<Item, StoreError> {
        self.note_month_of(collection, document).await?;
        let writes: Vec<_> = parts.into_iter().map(|part| self.put_item(collection, part, None)).collect();
        stream::iter(writes).buffered(CONCURRENCY).try_collect::<Vec<_>>().await?;
        Ok(item)
    }

    /// Notes the month of a document, where its collection is read by months.
    pub(super) async fn note_month_of(
        &self,
        collection: &'static Collection,
        document: &Document,
    ) -> Result<(), StoreError> {
        if collection.indexes.iter().any(|index| index.partition == Partition::Month) {
            let created_on = document.get("created_on").and_then(Value::as_date);
            self.note_month(collection, &month(created_on)).await?;
        }
        Ok(())
    }

    /// Writes one item where `demand` holds.
    pub(super) async fn put_item(
        &self,
        collection: &'static Collection,
        item: Item,
        demand: Option<WriteCondition>,
    ) -> Result<Put, StoreError> {
        self.engine.write(&self.work, &Change::put(collection, item, demand), ReturnValue::None).await
    }

    /// Updates one item where `demand` holds.
    pub(super) async fn update_item(
        &self,
        collection: &'static Collection,
        key: &str,
        steps: &[UpdateAction],
        demand: &WriteCondition,
        returned: ReturnValue,
    ) -> Result<Put, StoreError> {
        let change = Change::update(collection, key, steps.to_vec(), demand.clone());
        self.engine.write(&self.work, &change, returned).await
    }

    /// Writes all changes, or none of them.
    pub(super) async fn transact(&self, changes: &[Change]) -> Result<Transaction, StoreError> {
        self.engine.transact(&self.work, changes).await
    }
}
