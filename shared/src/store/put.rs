//! Writing: single items under a condition, and several in one transaction.

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::{put_item::PutItemError, transact_write_items::TransactWriteItemsError, update_item::UpdateItemError},
    types::{
        AttributeValue, ConditionCheck, Delete, Put as PutRequest, ReturnConsumedCapacity, ReturnValue,
        ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
    },
};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Store, StoreError,
    expression::{Demand, Emitter, Step},
    get::SIDE_BY_SIDE,
    item::Item,
    keys::{ID, ORDER, month},
    packing::{self, Packed},
};
use crate::{
    collections::{Collection, Partition},
    pause::Pauses,
    value::{Document, Value},
};

/// What a conditional write found.
#[derive(Debug)]
pub(super) enum Put {
    /// The document was written; of an update, this is the item that came of it, where it was asked for.
    Stored(Option<Item>),
    /// The condition does not hold; this is the item that is there, where there is one.
    Refused(Option<Item>),
}

/// One write of a transaction.
#[derive(Debug, Clone)]
pub struct Change {
    pub(super) collection: &'static Collection,
    pub(super) key: String,
    pub(super) action: Action,
    pub(super) demand: Option<Demand>,
}

#[derive(Debug, Clone)]
pub(super) enum Action {
    Put(Item),
    Update(Vec<Step>),
    Delete,
    Check,
}

impl Change {
    pub(super) fn put(collection: &'static Collection, item: Item, demand: Option<Demand>) -> Self {
        let key = item.get(ID).and_then(|id| id.as_s().ok()).cloned().unwrap_or_default();
        Self { collection, key, action: Action::Put(item), demand }
    }

    pub(super) fn update(collection: &'static Collection, key: &str, steps: Vec<Step>, demand: Demand) -> Self {
        Self { collection, key: key.to_owned(), action: Action::Update(steps), demand: Some(demand) }
    }

    pub(super) fn delete(collection: &'static Collection, key: &str, demand: Option<Demand>) -> Self {
        Self { collection, key: key.to_owned(), action: Action::Delete, demand }
    }

    /// Demands that a document is there.
    pub(super) fn is_there(collection: &'static Collection, id: crate::value::ObjectId) -> Self {
        Self::check(collection, &id.to_string(), Demand::Has(ORDER))
    }

    pub(super) fn check(collection: &'static Collection, key: &str, demand: Demand) -> Self {
        Self { collection, key: key.to_owned(), action: Action::Check, demand: Some(demand) }
    }
}

/// How a transaction ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Transaction {
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
        let Packed { item, parts } = packing::pack(collection, document)?;
        if collection.indexes.iter().any(|index| index.partition == Partition::Month) {
            let created_on = document.get("created_on").and_then(Value::as_date);
            self.note_month(collection, &month(created_on)).await?;
        }
        let writes: Vec<_> = parts.into_iter().map(|part| self.put_item(collection, part, None)).collect();
        stream::iter(writes).buffered(SIDE_BY_SIDE).try_collect::<Vec<_>>().await?;
        Ok(item)
    }

    /// Writes one item where `demand` holds.
    pub(super) async fn put_item(
        &self,
        collection: &'static Collection,
        item: Item,
        demand: Option<Demand>,
    ) -> Result<Put, StoreError> {
        let mut emitter = Emitter::default();
        let condition = demand.as_ref().map(|demand| emitter.demand(demand));
        let result = self
            .client()
            .put_item()
            .table_name(self.table(collection))
            .set_item(Some(item))
            .set_condition_expression(condition)
            .set_expression_attribute_names(emitter.names())
            .set_expression_attribute_values(emitter.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match result {
            Ok(answer) => {
                self.work.wrote(answer.consumed_capacity.as_slice());
                Ok(Put::Stored(None))
            }
            Err(error) => self.refused(error, |error| match error {
                PutItemError::ConditionalCheckFailedException(refused) => Some(refused.item.clone()),
                _ => None,
            }),
        }
    }

    /// Updates one item where `demand` holds.
    pub(super) async fn update_item(
        &self,
        collection: &'static Collection,
        key: &str,
        steps: &[Step],
        demand: &Demand,
        returned: ReturnValue,
    ) -> Result<Put, StoreError> {
        let mut emitter = Emitter::default();
        let result = self
            .client()
            .update_item()
            .table_name(self.table(collection))
            .key(ID, AttributeValue::S(key.to_owned()))
            .update_expression(emitter.update(steps))
            .condition_expression(emitter.demand(demand))
            .set_expression_attribute_names(emitter.names())
            .set_expression_attribute_values(emitter.values())
            .return_values(returned)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match result {
            Ok(answer) => {
                self.work.wrote(answer.consumed_capacity.as_slice());
                Ok(Put::Stored(answer.attributes))
            }
            Err(error) => self.refused(error, |error| match error {
                UpdateItemError::ConditionalCheckFailedException(refused) => Some(refused.item.clone()),
                _ => None,
            }),
        }
    }

    /// What became of a write that failed: refused by its condition, with the item that is there, or not done at all.
    fn refused<E>(&self, error: SdkError<E>, found: fn(&E) -> Option<Option<Item>>) -> Result<Put, StoreError>
    where
        StoreError: From<SdkError<E>>,
    {
        match error.as_service_error().and_then(found) {
            Some(item) => {
                self.work.request();
                Ok(Put::Refused(item))
            }
            None => Err(error.into()),
        }
    }

    /// Writes all changes, or none of them. Another transaction on the same items is waited for. All attempts have one
    /// token, by which DynamoDB knows them for one: an attempt whose answer was lost is not refused when it comes again.
    pub(super) async fn transact(&self, changes: &[Change]) -> Result<Transaction, StoreError> {
        let items: Vec<TransactWriteItem> =
            changes.iter().map(|change| self.transaction_item(change)).collect::<Result<_, _>>()?;
        let token = uuid::Uuid::new_v4().to_string();
        let mut pauses = Pauses::default();
        loop {
            let request = self.client().transact_write_items().set_transact_items(Some(items.clone()));
            let request = request.client_request_token(&token);
            let result = request.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await;
            let error = match result {
                Ok(answer) => {
                    self.work.wrote(answer.consumed_capacity.as_deref().unwrap_or_default());
                    return Ok(Transaction::Done);
                }
                Err(error) => error,
            };
            self.work.request();
            let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) = error.as_service_error() else {
                return Err(error.into());
            };
            let codes = canceled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or_default());
            let places = codes.clone().enumerate().filter(|(_, code)| *code == "ConditionalCheckFailed");
            let refused: Vec<usize> = places.map(|(place, _)| place).collect();
            if !refused.is_empty() {
                return Ok(Transaction::Refused(refused));
            }
            let passing = ["None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
            if !codes.clone().all(|code| passing.contains(&code)) {
                return Err(StoreError::Failed(format!(
                    "a transaction was canceled: {}",
                    codes.collect::<Vec<_>>().join(", ")
                )));
            }
            if !pauses.pause().await {
                return Err(StoreError::Busy("a transaction met others again and again".to_owned()));
            }
        }
    }

    fn transaction_item(&self, change: &Change) -> Result<TransactWriteItem, StoreError> {
        let table = self.table(change.collection);
        let key = AttributeValue::S(change.key.clone());
        let mut emitter = Emitter::default();
        let condition = change.demand.as_ref().map(|demand| emitter.demand(demand));
        let invalid = |error: aws_sdk_dynamodb::error::BuildError| StoreError::Failed(error.to_string());
        let item = TransactWriteItem::builder();
        let item = match &change.action {
            Action::Put(content) => item.put(
                PutRequest::builder()
                    .table_name(table)
                    .set_item(Some(content.clone()))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(emitter.names())
                    .set_expression_attribute_values(emitter.values())
                    .build()
                    .map_err(invalid)?,
            ),
            Action::Update(steps) => {
                let update = emitter.update(steps);
                let update = Update::builder().table_name(table).key(ID, key).update_expression(update);
                let update = update.set_condition_expression(condition).set_expression_attribute_names(emitter.names());
                item.update(update.set_expression_attribute_values(emitter.values()).build().map_err(invalid)?)
            }
            Action::Delete => {
                let delete = Delete::builder().table_name(table).key(ID, key).set_condition_expression(condition);
                let delete = delete.set_expression_attribute_names(emitter.names());
                item.delete(delete.set_expression_attribute_values(emitter.values()).build().map_err(invalid)?)
            }
            Action::Check => {
                let check =
                    ConditionCheck::builder().table_name(table).key(ID, key).set_condition_expression(condition);
                let check = check.set_expression_attribute_names(emitter.names());
                item.condition_check(check.set_expression_attribute_values(emitter.values()).build().map_err(invalid)?)
            }
        };
        Ok(item.build())
    }
}
