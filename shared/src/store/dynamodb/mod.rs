//! The engine that is DynamoDB, or a stand-in at another endpoint.

mod error;
mod expression;
mod reads;
mod sdk;
mod tables;
mod writes;

use futures_util::FutureExt;

use super::{
    MadeTable, StoreError, TableSchema, Work,
    engine::{Answer, Change, Engine, Item, Opened, Page, Put, Query, ReturnValue, Transaction, TransactionLimits},
};
use crate::{collections::Collection, connection::DynamoDb};

/// The tables of one account and region whose names begin with a prefix.
#[derive(Debug)]
pub(super) struct DynamoDbEngine {
    dynamodb: DynamoDb,
    prefix: String,
}

impl DynamoDbEngine {
    pub(super) fn new(dynamodb: DynamoDb, prefix: String) -> Self {
        Self { dynamodb, prefix }
    }

    fn client(&self) -> &aws_sdk_dynamodb::Client {
        self.dynamodb.client()
    }

    /// The name of a collection's table.
    fn table(&self, collection: &Collection) -> String {
        format!("{}{}", self.prefix, collection.name)
    }
}

impl Engine for DynamoDbEngine {
    fn transaction_limits(&self) -> TransactionLimits {
        TransactionLimits::DYNAMODB
    }

    fn get<'a>(
        &'a self,
        work: &'a Work,
        collection: &'static Collection,
        key: &'a str,
        consistent: bool,
    ) -> Answer<'a, Option<Item>> {
        self.get_item(work, collection, key, consistent).boxed()
    }

    fn get_many<'a>(
        &'a self,
        work: &'a Work,
        collection: &'static Collection,
        keys: &'a [String],
        consistent: bool,
    ) -> Answer<'a, Vec<Item>> {
        self.get_items(work, collection, keys, consistent).boxed()
    }

    fn query<'a>(&'a self, work: &'a Work, query: &'a Query<'a>) -> Answer<'a, Page<Opened>> {
        self.query_documents(work, query).boxed()
    }

    fn query_items<'a>(&'a self, work: &'a Work, query: &'a Query<'a>) -> Answer<'a, Page<Item>> {
        self.query_as_stored(work, query).boxed()
    }

    fn write<'a>(&'a self, work: &'a Work, change: &'a Change, returned: ReturnValue) -> Answer<'a, Put> {
        self.write_item(work, change, returned).boxed()
    }

    fn transact<'a>(&'a self, work: &'a Work, changes: &'a [Change]) -> Answer<'a, Transaction> {
        self.transact_items(work, changes).boxed()
    }

    fn delete_many<'a>(
        &'a self,
        work: &'a Work,
        collection: &'static Collection,
        keys: &'a [String],
    ) -> Answer<'a, ()> {
        self.delete_items(work, collection, keys).boxed()
    }

    fn create_tables<'a>(&'a self, schemas: &'a [TableSchema]) -> Answer<'a, Vec<MadeTable>> {
        tables::create_tables(self.client(), &self.prefix, schemas).boxed()
    }
}

fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError::Failed(error.to_string())
}
