//! An engine that fails according to a plan. It performs the requests that precede the planned failure.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use kernelci::{
    collections::Collection,
    store::{
        MadeTable, StoreError, TableSchema, Work,
        engine::{Answer, Change, Engine, Item, Opened, Page, Put, Query, ReturnValue, Transaction, TransactionLimits},
    },
};

use crate::proxy::{Fault, Script, strikes};

pub(crate) struct FailingEngine {
    pub(crate) inner: Arc<dyn Engine>,
    pub(crate) script: Arc<Mutex<Script>>,
}

impl fmt::Debug for FailingEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FailingEngine(..)")
    }
}

impl FailingEngine {
    /// Returns the answer of the inner engine, or fails before or after performing the request.
    fn answer_or_fail<'a, T: Send + 'a>(&'a self, operation: &str, answer: Answer<'a, T>) -> Answer<'a, T> {
        let fault = strikes(&mut self.script.lock().unwrap(), operation);
        Box::pin(async move {
            let busy = || Err(StoreError::Busy("planned failure".to_owned()));
            match fault {
                None => answer.await,
                Some(Fault::Throttled) => busy(),
                Some(Fault::Lost) => {
                    let _ = answer.await;
                    busy()
                }
                Some(other) => panic!("an engine cannot simulate the fault {other:?}"),
            }
        })
    }
}

impl Engine for FailingEngine {
    fn transaction_limits(&self) -> TransactionLimits {
        self.inner.transaction_limits()
    }

    fn get<'a>(
        &'a self,
        work: &'a Work,
        collection: &'static Collection,
        key: &'a str,
        consistent: bool,
    ) -> Answer<'a, Option<Item>> {
        self.answer_or_fail("GetItem", self.inner.get(work, collection, key, consistent))
    }

    fn get_many<'a>(
        &'a self,
        work: &'a Work,
        collection: &'static Collection,
        keys: &'a [String],
        consistent: bool,
    ) -> Answer<'a, Vec<Item>> {
        self.answer_or_fail("BatchGetItem", self.inner.get_many(work, collection, keys, consistent))
    }

    fn query<'a>(&'a self, work: &'a Work, query: &'a Query<'a>) -> Answer<'a, Page<Opened>> {
        self.answer_or_fail("Query", self.inner.query(work, query))
    }

    fn query_items<'a>(&'a self, work: &'a Work, query: &'a Query<'a>) -> Answer<'a, Page<Item>> {
        self.answer_or_fail("Query", self.inner.query_items(work, query))
    }

    fn write<'a>(&'a self, work: &'a Work, change: &'a Change, returned: ReturnValue) -> Answer<'a, Put> {
        self.answer_or_fail("Write", self.inner.write(work, change, returned))
    }

    fn transact<'a>(&'a self, work: &'a Work, changes: &'a [Change]) -> Answer<'a, Transaction> {
        self.answer_or_fail("TransactWriteItems", self.inner.transact(work, changes))
    }

    fn delete_many<'a>(
        &'a self,
        work: &'a Work,
        collection: &'static Collection,
        keys: &'a [String],
    ) -> Answer<'a, ()> {
        self.answer_or_fail("BatchWriteItem", self.inner.delete_many(work, collection, keys))
    }

    fn create_tables<'a>(&'a self, schemas: &'a [TableSchema]) -> Answer<'a, Vec<MadeTable>> {
        self.inner.create_tables(schemas)
    }
}
