//! The items as they were at one moment: a connection of its own in a transaction that reads.
//!
//! While it is open, the log of the file is kept from there on. So there are few at a time, and none outlives the answer
//! that it was opened for.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::{FutureExt, future::ready};
use kernelci::{
    collections::Collection,
    store::{
        MadeTable, StoreError, TableSchema, Work,
        engine::{Answer, Change, Engine, Item, Opened, Page, Put, Query, ReturnValue, Transaction, TransactionLimits},
    },
};
use rusqlite::Connection;
use tokio::sync::OwnedSemaphorePermit;

use super::{
    SqliteError, connect,
    reads::{self, Counted, OwnedQuery},
};

/// The most snapshots at once.
pub(super) const MAX_SNAPSHOTS: usize = 8;

/// A snapshot, until it is dropped.
pub(super) struct Snapshot {
    connection: Arc<Mutex<Connection>>,
    _permit: OwnedSemaphorePermit,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Snapshot(..)")
    }
}

impl Snapshot {
    /// Opens one of what is committed now.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn open(file: &Path, permit: OwnedSemaphorePermit) -> Result<Self, StoreError> {
        let connection = connect(file).map_err(SqliteError)?;
        connection.pragma_update(None, "query_only", true).map_err(SqliteError)?;
        // The first read decides what the transaction sees.
        connection.execute_batch("BEGIN").map_err(SqliteError)?;
        let _: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(SqliteError)?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)), _permit: permit })
    }

    async fn read<T: Send + 'static>(
        &self,
        work: &Work,
        read: impl FnOnce(&Connection) -> Result<Counted<T>, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connection = Arc::clone(&self.connection);
        let read = move || read(&connection.lock().unwrap_or_else(PoisonError::into_inner));
        let done = tokio::task::spawn_blocking(read).await;
        let Counted { answer, items, units } = done.map_err(|error| StoreError::Failed(error.to_string()))??;
        work.read(items, units);
        Ok(answer)
    }
}

fn refused<'a, T: Send + 'a>() -> Answer<'a, T> {
    ready(Err(StoreError::Failed("a snapshot cannot be written".to_owned()))).boxed()
}

impl Engine for Snapshot {
    fn transaction_limits(&self) -> TransactionLimits {
        TransactionLimits { changes: 0, bytes: 0 }
    }

    fn get<'a>(
        &'a self,
        work: &'a Work,
        collection: &'static Collection,
        key: &'a str,
        consistent: bool,
    ) -> Answer<'a, Option<Item>> {
        let key = key.to_owned();
        self.read(work, move |connection| reads::get(connection, collection, &key, consistent)).boxed()
    }

    fn get_many<'a>(
        &'a self,
        work: &'a Work,
        collection: &'static Collection,
        keys: &'a [String],
        consistent: bool,
    ) -> Answer<'a, Vec<Item>> {
        let keys = keys.to_vec();
        self.read(work, move |connection| reads::get_many(connection, collection, &keys, consistent)).boxed()
    }

    fn query<'a>(&'a self, work: &'a Work, query: &'a Query<'a>) -> Answer<'a, Page<Opened>> {
        async move {
            let query = OwnedQuery::of(query)?;
            self.read(work, move |connection| reads::query(connection, &query)).await
        }
        .boxed()
    }

    fn query_items<'a>(&'a self, work: &'a Work, query: &'a Query<'a>) -> Answer<'a, Page<Item>> {
        async move {
            let query = OwnedQuery::of(query)?;
            self.read(work, move |connection| reads::query_items(connection, &query)).await
        }
        .boxed()
    }

    fn write<'a>(&'a self, _: &'a Work, _: &'a Change, _: ReturnValue) -> Answer<'a, Put> {
        refused()
    }

    fn transact<'a>(&'a self, _: &'a Work, _: &'a [Change]) -> Answer<'a, Transaction> {
        refused()
    }

    fn delete_many<'a>(&'a self, _: &'a Work, _: &'static Collection, _: &'a [String]) -> Answer<'a, ()> {
        refused()
    }

    fn create_tables<'a>(&'a self, _: &'a [TableSchema]) -> Answer<'a, Vec<MadeTable>> {
        refused()
    }
}
