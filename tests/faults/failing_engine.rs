//! An engine that fails as it is told to. Requests that it was to do before it fails are done.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use kernelci::{
    collections::Collection,
    store::{
        MadeTable, StoreError, TableSchema, Work,
        engine::{Answer, Change, Engine, Item, Opened, Page, Put, Query, ReturnValue, Transaction},
    },
};

use crate::proxy::{Fault, Script, strikes};

pub(crate) struct Failing {
    pub(crate) inner: Arc<dyn Engine>,
    pub(crate) script: Arc<Mutex<Script>>,
}

impl fmt::Debug for Failing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Failing(..)")
    }
}

impl Failing {
    /// The answer, or a failure before or after it.
    fn told<'a, T: Send + 'a>(&'a self, operation: &str, answer: Answer<'a, T>) -> Answer<'a, T> {
        let fault = strikes(&mut self.script.lock().unwrap(), operation);
        Box::pin(async move {
            let busy = || Err(StoreError::Busy("as planned".to_owned()));
            match fault {
                None => answer.await,
                Some(Fault::Throttled) => busy(),
                Some(Fault::Lost) => {
                    let _ = answer.await;
                    busy()
                }
                Some(other) => panic!("no engine has the fault {other:?}"),
            }
        })
    }
}

impl Engine for Failing {
    fn get<'a>(
        &'a self,
        work: &'a Work,
        collection: &'static Collection,
        key: &'a str,
        consistent: bool,
    ) -> Answer<'a, Option<Item>> {
        self.told("GetItem", self.inner.get(work, collection, key, consistent))
    }

    fn get_many<'a>(
        &'a self,
        work: &'a Work,
        collection: &'static Collection,
        keys: &'a [String],
        consistent: bool,
    ) -> Answer<'a, Vec<Item>> {
        self.told("BatchGetItem", self.inner.get_many(work, collection, keys, consistent))
    }

    fn query<'a>(&'a self, work: &'a Work, query: &'a Query<'a>) -> Answer<'a, Page<Opened>> {
        self.told("Query", self.inner.query(work, query))
    }

    fn query_items<'a>(&'a self, work: &'a Work, query: &'a Query<'a>) -> Answer<'a, Page<Item>> {
        self.told("Query", self.inner.query_items(work, query))
    }

    fn write<'a>(&'a self, work: &'a Work, change: &'a Change, returned: ReturnValue) -> Answer<'a, Put> {
        self.told("Write", self.inner.write(work, change, returned))
    }

    fn transact<'a>(&'a self, work: &'a Work, changes: &'a [Change]) -> Answer<'a, Transaction> {
        self.told("TransactWriteItems", self.inner.transact(work, changes))
    }

    fn delete_many<'a>(
        &'a self,
        work: &'a Work,
        collection: &'static Collection,
        keys: &'a [String],
    ) -> Answer<'a, ()> {
        self.told("BatchWriteItem", self.inner.delete_many(work, collection, keys))
    }

    fn create_tables<'a>(&'a self, schemas: &'a [TableSchema]) -> Answer<'a, Vec<MadeTable>> {
        self.inner.create_tables(schemas)
    }
}
