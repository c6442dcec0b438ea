//! The threads of the embedded store: one writes, some read, and one deletes the items whose time is over.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{Builder, JoinHandle, available_parallelism},
    time::Duration,
};

use dynoxide::{Database, DynoxideError};

use super::{
    Asked, Queues, Requests,
    operation::{OperationKind, perform},
};

/// Between two looks for items whose time is over.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);

/// The fewest threads that read: a page of one caller does not wait for that of another.
const MIN_READERS: usize = 2;

/// The threads, until this is dropped: what was asked before is done then.
pub(crate) struct Threads {
    queues: Option<Arc<Queues>>,
    /// Ends the sweeping.
    sweeping: Option<Sender<()>>,
    running: Vec<JoinHandle<()>>,
}

impl Threads {
    /// Opens the connections to a file, and starts the threads. `is_kept` says whether what was written has to survive
    /// a power cut.
    ///
    /// # Errors
    /// The file cannot be opened, or a thread not be started.
    pub(crate) fn start(file: &Path, is_kept: bool) -> dynoxide::Result<Self> {
        let database = open(file)?;
        if !is_kept {
            // Nothing is synced.
            database.enable_bulk_loading()?;
        }
        let readers = available_parallelism().map_or(1, std::num::NonZero::get).max(MIN_READERS);
        let readers = (0..readers).map(|_| open(file)).collect::<dynoxide::Result<Vec<_>>>()?;
        let (reads, asked_reads) = channel();
        let (writes, asked_writes) = channel();
        let (sweeping, stopped) = channel();
        let queues = Arc::new(Queues { reads, writes });
        let mut threads = Self { queues: Some(queues), sweeping: Some(sweeping), running: Vec::new() };

        let (tables, asked_reads) = (Arc::new(AtomicU64::new(0)), Arc::new(Mutex::new(asked_reads)));
        let (swept, changed) = (database.clone(), Arc::clone(&tables));
        threads.run("store", move || write(&database, &asked_writes, &changed))?;
        threads.run("store-sweep", move || sweep(&swept, &stopped))?;
        for database in readers {
            let reader = Reader { database, file: file.to_owned(), seen: 0, tables: Arc::clone(&tables) };
            let asked = Arc::clone(&asked_reads);
            threads.run("store-read", move || reader.read(&asked))?;
        }
        Ok(threads)
    }

    /// Asks them.
    pub(crate) fn requests(&self) -> Requests {
        Requests(self.queues.as_ref().map(Arc::downgrade).unwrap_or_default())
    }

    fn run(&mut self, name: &str, work: impl FnOnce() + Send + 'static) -> dynoxide::Result<()> {
        let started = Builder::new().name(name.to_owned()).spawn(work);
        self.running.push(started.map_err(|error: io::Error| DynoxideError::InternalServerError(error.to_string()))?);
        Ok(())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.queues = None;
        self.sweeping = None;
        for thread in self.running.drain(..) {
            let _ = thread.join();
        }
    }
}

fn open(file: &Path) -> dynoxide::Result<Database> {
    Database::new(&file.to_string_lossy())
}

fn write(database: &Database, asked: &Receiver<Asked>, tables: &AtomicU64) {
    for asked in asked {
        asked.answered(|operation, body| {
            let answer = perform(database, operation, body);
            if OperationKind::of(operation) == OperationKind::Tables {
                tables.fetch_add(1, Ordering::Release);
            }
            answer
        });
    }
}

/// A thread that reads.
struct Reader {
    database: Database,
    file: PathBuf,
    /// The tables that the connection knows.
    seen: u64,
    /// How often tables were changed: a connection keeps what it has read of them.
    tables: Arc<AtomicU64>,
}

impl Reader {
    fn read(mut self, queue: &Mutex<Receiver<Asked>>) {
        loop {
            let asked = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(asked) = asked else { return };
            asked.answered(|operation, body| {
                let tables = self.tables.load(Ordering::Acquire);
                if tables != self.seen {
                    self.database = open(&self.file)?;
                    self.seen = tables;
                }
                perform(&self.database, operation, body)
            });
        }
    }
}

impl Asked {
    /// Does what is asked, unless nobody waits for it any more.
    fn answered(self, perform: impl FnOnce(&str, &[u8]) -> dynoxide::Result<Vec<u8>>) {
        if !self.answer.is_closed() {
            let _ = self.answer.send(perform(&self.operation, &self.body));
        }
    }
}

/// Deletes the items whose time is over, as DynamoDB does. Between its pages others write.
fn sweep(database: &Database, stopped: &Receiver<()>) {
    while stopped.recv_timeout(SWEEP_EVERY) == Err(RecvTimeoutError::Timeout) {
        if let Err(error) = database.sweep_ttl() {
            let error = error.to_string();
            tracing::warn!(error, "items whose time is over cannot be deleted");
        }
    }
}
