//! Writing: single items under a condition, and several in one transaction.

use aws_sdk_dynamodb::{
    error::{BuildError, SdkError},
    operation::{
        delete_item::DeleteItemError, put_item::PutItemError, transact_write_items::TransactWriteItemsError,
        update_item::UpdateItemError,
    },
    types::{
        AttributeValue as SdkValue, ConditionCheck, Delete, DeleteRequest, Put as PutRequest, ReturnConsumedCapacity,
        ReturnValue as SdkReturn, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update, WriteRequest,
    },
};

use super::{
    DynamoDbEngine,
    expression::Emitter,
    failed,
    sdk::{SdkItem, from_sdk, to_sdk, units},
};
use crate::{
    collections::Collection,
    pause::Pauses,
    store::{
        StoreError, Work,
        engine::{Action, Change, Item, Put, ReturnValue, Transaction, UpdateAction},
        keys::ID,
    },
};

impl From<ReturnValue> for SdkReturn {
    fn from(returned: ReturnValue) -> Self {
        match returned {
            ReturnValue::None => Self::None,
            ReturnValue::AllOld => Self::AllOld,
            ReturnValue::AllNew => Self::AllNew,
        }
    }
}

impl DynamoDbEngine {
    pub(super) async fn write_item(
        &self,
        work: &Work,
        change: &Change,
        returned: ReturnValue,
    ) -> Result<Put, StoreError> {
        match &change.action {
            Action::Put(item) => self.put_item(work, change, item, returned).await,
            Action::Update(steps) => self.update_item(work, change, steps, returned).await,
            Action::Delete => self.delete_item(work, change, returned).await,
            Action::Check => Err(StoreError::Failed("a check needs a transaction".to_owned())),
        }
    }

    async fn put_item(
        &self,
        work: &Work,
        change: &Change,
        item: &Item,
        returned: ReturnValue,
    ) -> Result<Put, StoreError> {
        let mut emitter = Emitter::default();
        let condition = change.demand.as_ref().map(|demand| emitter.demand(demand));
        let result = self
            .client()
            .put_item()
            .table_name(self.table(change.collection))
            .set_item(Some(to_sdk(item)))
            .set_condition_expression(condition)
            .set_expression_attribute_names(emitter.names())
            .set_expression_attribute_values(emitter.values())
            // DynamoDB returns of a put what was there, and nothing else.
            .return_values(if returned == ReturnValue::AllOld { SdkReturn::AllOld } else { SdkReturn::None })
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match result {
            Ok(answer) => {
                work.wrote(units(answer.consumed_capacity.as_slice()));
                let new = || (returned == ReturnValue::AllNew).then(|| item.clone());
                Ok(Put::Stored(answer.attributes.map(from_sdk).transpose()?.or_else(new)))
            }
            Err(error) => refused(work, error, |error| match error {
                PutItemError::ConditionalCheckFailedException(refused) => Some(refused.item.clone()),
                _ => None,
            }),
        }
    }

    async fn update_item(
        &self,
        work: &Work,
        change: &Change,
        steps: &[UpdateAction],
        returned: ReturnValue,
    ) -> Result<Put, StoreError> {
        let mut emitter = Emitter::default();
        let update = emitter.update(steps);
        let condition = change.demand.as_ref().map(|demand| emitter.demand(demand));
        let result = self
            .client()
            .update_item()
            .table_name(self.table(change.collection))
            .key(ID, SdkValue::S(change.key.clone()))
            .update_expression(update)
            .set_condition_expression(condition)
            .set_expression_attribute_names(emitter.names())
            .set_expression_attribute_values(emitter.values())
            .return_values(returned.into())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match result {
            Ok(answer) => {
                work.wrote(units(answer.consumed_capacity.as_slice()));
                Ok(Put::Stored(answer.attributes.map(from_sdk).transpose()?))
            }
            Err(error) => refused(work, error, |error| match error {
                UpdateItemError::ConditionalCheckFailedException(refused) => Some(refused.item.clone()),
                _ => None,
            }),
        }
    }

    async fn delete_item(&self, work: &Work, change: &Change, returned: ReturnValue) -> Result<Put, StoreError> {
        let mut emitter = Emitter::default();
        let condition = change.demand.as_ref().map(|demand| emitter.demand(demand));
        let result = self
            .client()
            .delete_item()
            .table_name(self.table(change.collection))
            .key(ID, SdkValue::S(change.key.clone()))
            .set_condition_expression(condition)
            .set_expression_attribute_names(emitter.names())
            .set_expression_attribute_values(emitter.values())
            .return_values(if returned == ReturnValue::AllOld { SdkReturn::AllOld } else { SdkReturn::None })
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match result {
            Ok(answer) => {
                work.wrote(units(answer.consumed_capacity.as_slice()));
                Ok(Put::Stored(answer.attributes.map(from_sdk).transpose()?))
            }
            Err(error) => refused(work, error, |error| match error {
                DeleteItemError::ConditionalCheckFailedException(refused) => Some(refused.item.clone()),
                _ => None,
            }),
        }
    }

    /// Another transaction on the same items is waited for. All attempts have one token, by which DynamoDB knows them for
    /// one: an attempt whose answer was lost is not refused when it comes again.
    pub(super) async fn transact_items(&self, work: &Work, changes: &[Change]) -> Result<Transaction, StoreError> {
        let items: Vec<TransactWriteItem> =
            changes.iter().map(|change| self.transaction_item(change)).collect::<Result<_, _>>().map_err(failed)?;
        let token = uuid::Uuid::new_v4().to_string();
        let mut pauses = Pauses::default();
        loop {
            let request = self.client().transact_write_items().set_transact_items(Some(items.clone()));
            let request = request.client_request_token(&token);
            let result = request.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await;
            let error = match result {
                Ok(answer) => {
                    work.wrote(units(answer.consumed_capacity.as_deref().unwrap_or_default()));
                    return Ok(Transaction::Done);
                }
                Err(error) => error,
            };
            work.request();
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

    fn transaction_item(&self, change: &Change) -> Result<TransactWriteItem, BuildError> {
        let table = self.table(change.collection);
        let key = SdkValue::S(change.key.clone());
        let mut emitter = Emitter::default();
        let condition = change.demand.as_ref().map(|demand| emitter.demand(demand));
        let item = TransactWriteItem::builder();
        let item = match &change.action {
            Action::Put(content) => item.put(
                PutRequest::builder()
                    .table_name(table)
                    .set_item(Some(to_sdk(content)))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(emitter.names())
                    .set_expression_attribute_values(emitter.values())
                    .build()?,
            ),
            Action::Update(steps) => {
                let update = emitter.update(steps);
                let update = Update::builder().table_name(table).key(ID, key).update_expression(update);
                let update = update.set_condition_expression(condition).set_expression_attribute_names(emitter.names());
                item.update(update.set_expression_attribute_values(emitter.values()).build()?)
            }
            Action::Delete => {
                let delete = Delete::builder().table_name(table).key(ID, key).set_condition_expression(condition);
                let delete = delete.set_expression_attribute_names(emitter.names());
                item.delete(delete.set_expression_attribute_values(emitter.values()).build()?)
            }
            Action::Check => {
                let check =
                    ConditionCheck::builder().table_name(table).key(ID, key).set_condition_expression(condition);
                let check = check.set_expression_attribute_names(emitter.names());
                item.condition_check(check.set_expression_attribute_values(emitter.values()).build()?)
            }
        };
        Ok(item.build())
    }

    /// What DynamoDB leaves unprocessed is sent again.
    pub(super) async fn delete_items(
        &self,
        work: &Work,
        collection: &Collection,
        keys: &[String],
    ) -> Result<(), StoreError> {
        let table = self.table(collection);
        let request = |key: &String| {
            let delete = DeleteRequest::builder().key(ID, SdkValue::S(key.clone())).build();
            delete.map(|delete| WriteRequest::builder().delete_request(delete).build())
        };
        let mut requests = keys.iter().map(request).collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let mut pauses = Pauses::default();
        loop {
            let batch = self.client().batch_write_item().request_items(&table, requests);
            let answer = batch.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await?;
            work.wrote(units(answer.consumed_capacity.as_deref().unwrap_or_default()));
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

/// What became of a write that failed: refused by its condition, with the item that is there, or not done at all.
fn refused<E>(work: &Work, error: SdkError<E>, found: fn(&E) -> Option<Option<SdkItem>>) -> Result<Put, StoreError>
where
    StoreError: From<SdkError<E>>,
{
    match error.as_service_error().and_then(found) {
        Some(item) => {
            work.request();
            Ok(Put::Refused(item.map(from_sdk).transpose()?))
        }
        None => Err(error.into()),
    }
}
