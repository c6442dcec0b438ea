//! The embedded engine: SQLite in this process. A collection is a table, an access pattern one of its indexes.
//!
//! One thread writes. It takes the requests in the order in which they come and commits those that are waiting together,
//! so that a request costs one write to the disk at most; it is answered when that is done. Reads have connections of
//! their own, see what was committed when they begin, and wait for no write.

mod convert;
mod quick;
mod reads;
mod row;
mod schema;
mod snapshot;
mod units;
mod versions;
mod writer;
mod writes;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread::available_parallelism,
};

use futures_util::FutureExt;
use kernelci::{
    collections::Collection,
    storage::private,
    store::{
        MadeTable, StoreError, TableSchema, Work,
        engine::{Answer, Change, Engine, Item, Opened, Page, Put, Query, ReturnValue, Transaction, TransactionLimits},
    },
};
use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};
use tokio::sync::{Semaphore, TryAcquireError};

use self::{
    quick::{MAX_ROWS, Quickness},
    reads::{Counted, OwnedQuery},
    schema::Content,
    snapshot::{MAX_SNAPSHOTS, Snapshot},
    versions::Versions,
    writer::Writer,
    writes::{Done, Prepared},
};

/// Statements that a connection keeps prepared: some of each table.
const STATEMENTS: usize = 512;

/// The bytes of a page of the file. Most items are shorter than a fourth of it, which is what a page holds without waste.
const PAGE_SIZE: u32 = 8 * 1024;

/// The pages of the log after which what they hold is written to the file itself.
const CHECKPOINT: u32 = 2_000;

/// The most changes of one transaction: those of the largest test group, and some that its totals take. The thread that
/// writes makes them without a pause, at some 50,000 a second.
const TRANSACTION_CHANGES: usize = 25_000;

/// The most bytes of items that one transaction puts. They are held in memory until it is committed.
const TRANSACTION_BYTES: usize = 64 * 1024 * 1024;

/// The fewest and the most connections that read.
const READERS: (usize, usize) = (2, 8);

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be opened or is no store.
    #[error("the store {path} cannot be opened: {reason}")]
    Unusable {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no thread.
    #[error("the store cannot be served: {0}")]
    Thread(#[from] std::io::Error),
}

/// The embedded engine, until it is closed or dropped.
pub struct Sqlite {
    readers: Arc<Readers>,
    writer: Writer,
    versions: Versions,
    quickness: Quickness,
    /// Where snapshots are read; `None` where all of the store has one connection.
    file: Option<PathBuf>,
    snapshots: Arc<Semaphore>,
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sqlite(..)")
    }
}

#[derive(Debug)]
struct Readers {
    /// As many as there are connections; who waits for one gets it in turn.
    permits: Arc<Semaphore>,
    free: Mutex<Vec<Arc<Mutex<Connection>>>>,
}

/// A failure of SQLite, as the store knows failures.
struct SqliteError(rusqlite::Error);

impl From<SqliteError> for StoreError {
    fn from(SqliteError(error): SqliteError) -> Self {
        match error.sqlite_error_code() {
            // A full or broken disk may be put right; a statement that is wrong is wrong again.
            Some(ErrorCode::Unknown | ErrorCode::ApiMisuse | ErrorCode::TypeMismatch | ErrorCode::TooBig) | None => {
                Self::Failed(error.to_string())
            }
            Some(_) => Self::Busy(error.to_string()),
        }
    }
}

impl Sqlite {
    /// Opens the store of a file, which is made where it is not there. What an emulator of DynamoDB has written there is
    /// converted first, whole or not at all.
    ///
    /// # Errors
    /// The file cannot be opened, or is no store of this version.
    pub fn open(file: &Path) -> Result<Self, OpenError> {
        let unusable = |reason: String| OpenError::Unusable { path: file.display().to_string(), reason };
        let cannot = |error: rusqlite::Error| unusable(reason(&error));
        private_file(file).map_err(|error| unusable(error.to_string()))?;
        let before = Connection::open(file).map_err(cannot)?;
        let content = schema::content(&before).map_err(cannot)?;
        let is_emulators = content == Content::Other && convert::is_emulators(&before).map_err(cannot)?;
        before.close().map_err(|(_, error)| cannot(error))?;
        if is_emulators {
            convert::convert(file)?;
        }
        let content = if is_emulators { Content::Store } else { content };
        if let Content::Newer(version) = content {
            return Err(unusable(format!("it was written by a newer version of this program ({version})")));
        }
        if content == Content::Other {
            return Err(unusable("it is another program's database".to_owned()));
        }
        let writer = connect(file).map_err(cannot)?;
        if content == Content::Nothing {
            schema::mark(&writer).map_err(cannot)?;
        }
        let count = available_parallelism().map_or(1, usize::from).clamp(READERS.0, READERS.1);
        let readers = (0..count).map(|_| {
            let reader = connect(file)?;
            reader.pragma_update(None, "query_only", true)?;
            Ok(Arc::new(Mutex::new(reader)))
        });
        let readers = readers.collect::<rusqlite::Result<Vec<_>>>().map_err(cannot)?;
        Self::of(Arc::new(Mutex::new(writer)), readers, Some(file.to_owned()))
    }

    /// An empty store that is kept nowhere. All of it has one connection.
    ///
    /// # Errors
    /// There is no thread.
    pub fn in_memory() -> Result<Self, OpenError> {
        let failed =
            |error: rusqlite::Error| OpenError::Unusable { path: "in memory".to_owned(), reason: reason(&error) };
        let connection = Connection::open_in_memory().map_err(failed)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let connection = Arc::new(Mutex::new(connection));
        Self::of(Arc::clone(&connection), vec![connection], None)
    }

    fn of(
        writer: Arc<Mutex<Connection>>,
        readers: Vec<Arc<Mutex<Connection>>>,
        file: Option<PathBuf>,
    ) -> Result<Self, OpenError> {
        let permits = Arc::new(Semaphore::new(readers.len()));
        let readers = Arc::new(Readers { permits, free: Mutex::new(readers) });
        let versions = Versions::of(&writer.lock().unwrap_or_else(PoisonError::into_inner));
        let writer = Writer::start(writer, versions.clone())?;
        let quickness = Quickness::new();
        Ok(Self { readers, writer, versions, quickness, file, snapshots: Arc::new(Semaphore::new(MAX_SNAPSHOTS)) })
    }

    /// The number of transactions that changed something since the store was opened. Each waits once for the disk.
    pub fn commits(&self) -> u64 {
        self.writer.commits()
    }

    /// Ends what has begun, and lets go of the file. What is asked later is refused.
    pub fn close(&self) {
        self.readers.permits.close();
        self.snapshots.close();
        self.writer.stop();
        self.readers.lock().clear();
    }

    /// The items of a collection whose keys are behind `key`, in the order of the keys, up to `most`: for a copy of all
    /// that is stored. Nothing that a request asks reads so.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn items_behind(
        &self,
        collection: &'static Collection,
        key: &str,
        most: usize,
    ) -> Result<Vec<Item>, StoreError> {
        let key = key.to_owned();
        self.read(move |connection| reads::behind(connection, collection, &key, most)).await
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = Arc::clone(&self.readers.permits).acquire_owned().await.map_err(|_| ended())?;
        let readers = Arc::clone(&self.readers);
        let done = tokio::task::spawn_blocking(move || {
            let connection = readers.lock().pop().ok_or_else(ended)?;
            let answer = read(&connection.lock().unwrap_or_else(PoisonError::into_inner));
            readers.give_back(connection);
            drop(permit);
            answer
        });
        done.await.map_err(|error| StoreError::Failed(error.to_string()))?
    }

    /// A reading of few rows, on this thread where that is expected to be quick and a connection is free.
    async fn read_few<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = self.readers.permits.try_acquire().ok().filter(|_| self.quickness.is_expected());
        let Some(_permit) = permit else { return self.read(read).await };
        let connection = self.readers.lock().pop().ok_or_else(ended)?;
        let answer = self.quickness.measure(|| read(&connection.lock().unwrap_or_else(PoisonError::into_inner)));
        self.readers.give_back(connection);
        answer
    }

    async fn counted<T: Send + 'static>(
        &self,
        work: &Work,
        rows: usize,
        read: impl FnOnce(&Connection) -> Result<Counted<T>, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let read = if rows <= MAX_ROWS { self.read_few(read).await } else { self.read(read).await };
        let Counted { answer, items, units } = read?;
        work.read(items, units);
        Ok(answer)
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.close();
    }
}

impl Readers {
    /// Takes a connection back, for the next reading; none once the store is closed.
    fn give_back(&self, connection: Arc<Mutex<Connection>>) {
        if !self.permits.is_closed() {
            self.lock().push(connection);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Mutex<Connection>>>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ended() -> StoreError {
    StoreError::Busy("the embedded store has ended".to_owned())
}

fn connect(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Else a statement is planned anew each time other values are bound to it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.pragma_update(None, "page_size", PAGE_SIZE)?;
    let _: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    // Each commit is on the disk before it is answered.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

/// Makes a file, its owner's alone, where it is not there. SQLite gives the files beside it the same mode.
fn private_file(file: &Path) -> std::io::Result<()> {
    private::options().create(true).truncate(false).write(true).open(file).map(drop)
}

fn reason(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "it is not a valid SQLite database".to_owned(),
        _ => error.to_string(),
    }
}

impl Engine for Sqlite {
    fn transaction_limits(&self) -> TransactionLimits {
        TransactionLimits { changes: TRANSACTION_CHANGES, bytes: TRANSACTION_BYTES }
    }

    fn get<'a>(
        &'a self,
        work: &'a Work,
        collection: &'static Collection,
        key: &'a str,
        consistent: bool,
    ) -> Answer<'a, Option<Item>> {
        let key = key.to_owned();
        self.counted(work, 1, move |connection| reads::get(connection, collection, &key, consistent)).boxed()
    }

    fn get_many<'a>(
        &'a self,
        work: &'a Work,
        collection: &'static Collection,
        keys: &'a [String],
        consistent: bool,
    ) -> Answer<'a, Vec<Item>> {
        let keys = keys.to_vec();
        self.counted(work, keys.len(), move |connection| reads::get_many(connection, collection, &keys, consistent))
            .boxed()
    }

    fn query<'a>(&'a self, work: &'a Work, query: &'a Query<'a>) -> Answer<'a, Page<Opened>> {
        async move {
            let query = OwnedQuery::of(query)?;
            self.counted(work, query.limit(), move |connection| reads::query(connection, &query)).await
        }
        .boxed()
    }

    fn query_items<'a>(&'a self, work: &'a Work, query: &'a Query<'a>) -> Answer<'a, Page<Item>> {
        async move {
            let query = OwnedQuery::of(query)?;
            self.counted(work, query.limit(), move |connection| reads::query_items(connection, &query)).await
        }
        .boxed()
    }

    fn write<'a>(&'a self, work: &'a Work, change: &'a Change, returned: ReturnValue) -> Answer<'a, Put> {
        async move {
            if matches!(change.action, kernelci::store::engine::Action::Check) {
                return Err(StoreError::Failed("a check needs a transaction".to_owned()));
            }
            let change = Prepared::of(change)?;
            let done = self.writer.submit(move |connection| writes::write(connection, &change, returned)).await?;
            match &done.outcome {
                Put::Stored(_) => work.wrote(done.units),
                Put::Refused(_) => work.request(),
            }
            Ok(done.outcome)
        }
        .boxed()
    }

    fn transact<'a>(&'a self, work: &'a Work, changes: &'a [Change]) -> Answer<'a, Transaction> {
        async move {
            let changes: Vec<Prepared> = changes.iter().map(Prepared::of).collect::<Result<_, _>>()?;
            let done = self.writer.submit(move |connection| writes::transact(connection, &changes)).await?;
            match &done.outcome {
                Transaction::Done => work.wrote(done.units),
                Transaction::Refused(_) => work.request(),
            }
            Ok(done.outcome)
        }
        .boxed()
    }

    fn delete_many<'a>(
        &'a self,
        work: &'a Work,
        collection: &'static Collection,
        keys: &'a [String],
    ) -> Answer<'a, ()> {
        async move {
            let changes: Vec<Prepared> = keys.iter().map(|key| Prepared::delete(collection, key)).collect();
            let Done { outcome, units } =
                self.writer.submit(move |connection| writes::delete_all(connection, &changes)).await?;
            work.wrote(units);
            Ok(outcome)
        }
        .boxed()
    }

    fn snapshot(&self) -> Answer<'_, Option<Arc<dyn Engine>>> {
        async move {
            let Some(file) = self.file.clone() else { return Ok(None) };
            let permit = match Arc::clone(&self.snapshots).try_acquire_owned() {
                Ok(permit) => permit,
                Err(TryAcquireError::Closed) => return Err(ended()),
                Err(TryAcquireError::NoPermits) => {
                    return Err(StoreError::Busy("as many long lists are being sent as may be".to_owned()));
                }
            };
            let opened = tokio::task::spawn_blocking(move || Snapshot::open(&file, permit)).await;
            let snapshot = opened.map_err(|error| StoreError::Failed(error.to_string()))??;
            Ok(Some(Arc::new(snapshot) as Arc<dyn Engine>))
        }
        .boxed()
    }

    fn version(&self, collection: &'static Collection) -> Option<u64> {
        self.versions.current(collection)
    }

    fn create_tables<'a>(&'a self, schemas: &'a [TableSchema]) -> Answer<'a, Vec<MadeTable>> {
        let schemas = schemas.to_vec();
        let create = move |connection: &Connection| {
            schema::create_tables(connection, &schemas).map_err(|error| SqliteError(error).into())
        };
        self.writer.submit(create).boxed()
    }
}
