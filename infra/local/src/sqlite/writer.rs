//! The thread that writes.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use kernelci::{collections::EXPIRING, store::StoreError};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::{SqliteError, ended, versions::Versions, writes};

/// The most requests that are committed together.
const MAX_COMBINED: usize = 64;

/// Between two looks for items whose time is over.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);

/// What has requests done by the thread.
pub(super) struct Writer {
    jobs: Mutex<Option<Sender<Box<dyn Job>>>>,
    /// Transactions that were committed and changed a row.
    commits: Arc<AtomicU64>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What counts the transactions that end.
struct Counters {
    versions: Versions,
    commits: Arc<AtomicU64>,
}

/// A request, and who waits for its answer.
trait Job: Send {
    /// Does it within a transaction. It may be done again where that transaction fails.
    fn run(&mut self, connection: &Connection) -> Result<(), StoreError>;

    /// Answers it: what was done is committed, or failed.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Request<W, T> {
    work: W,
    outcome: Option<T>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<W, T> Job for Request<W, T>
where
    W: FnMut(&Connection) -> Result<T, StoreError> + Send,
    T: Send,
{
    fn run(&mut self, connection: &Connection) -> Result<(), StoreError> {
        self.outcome = Some((self.work)(connection)?);
        Ok(())
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let Self { outcome, answer, .. } = *self;
        // Nobody may wait any more.
        let _ = answer.send(committed.and_then(|()| outcome.ok_or_else(ended)));
    }
}

impl Writer {
    /// Starts the thread on the connection that writes.
    pub(super) fn start(connection: Arc<Mutex<Connection>>, versions: Versions) -> std::io::Result<Self> {
        let (jobs, asked) = mpsc::channel();
        let commits = Arc::<AtomicU64>::default();
        let counters = Counters { versions, commits: Arc::clone(&commits) };
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || serve(&connection, &counters, &asked))?;
        Ok(Self { jobs: Mutex::new(Some(jobs)), commits, thread: Mutex::new(Some(thread)) })
    }

    /// The number of transactions that changed a row.
    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Has something done within a transaction, alone or with others, and waits until it is committed.
    ///
    /// # Errors
    /// It fails, or the thread has ended.
    pub(super) async fn submit<T: Send + 'static>(
        &self,
        work: impl FnMut(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(Request { work, outcome: None, answer });
        match &*self.jobs.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(jobs) => jobs.send(job).map_err(|_| ended())?,
            None => return Err(ended()),
        }
        answered.await.map_err(|_| ended())?
    }

    /// Ends the thread when all that was asked is done.
    pub(super) fn stop(&self) {
        drop(self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = thread.join();
        }
    }
}

fn serve(connection: &Mutex<Connection>, counters: &Counters, asked: &Receiver<Box<dyn Job>>) {
    let mut sweep_at = Instant::now() + SWEEP_EVERY;
    loop {
        match asked.recv_timeout(sweep_at.saturating_duration_since(Instant::now())) {
            Ok(first) => {
                let group = std::iter::once(first).chain(asked.try_iter()).take(MAX_COMBINED).collect();
                commit(&connection.lock().unwrap_or_else(PoisonError::into_inner), counters, group);
            }
            Err(RecvTimeoutError::Timeout) => {
                sweep(&connection.lock().unwrap_or_else(PoisonError::into_inner));
                counters.versions.end();
                sweep_at = Instant::now() + SWEEP_EVERY;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Does what was asked in one transaction. Where that fails, each is done in one of its own: none fails for another.
fn commit(connection: &Connection, counters: &Counters, mut group: Vec<Box<dyn Job>>) {
    let together = transaction(connection, counters, &mut group);
    match together {
        Err(_) if group.len() > 1 => {
            for job in group {
                let mut alone = vec![job];
                let done = transaction(connection, counters, &mut alone);
                alone.into_iter().for_each(|job| job.answer(done.clone()));
            }
        }
        done => group.into_iter().for_each(|job| job.answer(done.clone())),
    }
}

fn transaction(connection: &Connection, counters: &Counters, group: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    let before = connection.total_changes();
    let committed = run_all(connection, group);
    // Before any of them is answered. What changes nothing is not written to the log, and waits for no disk.
    counters.versions.end();
    if committed.is_ok() && connection.total_changes() != before {
        counters.commits.fetch_add(1, Ordering::Relaxed);
    }
    committed
}

fn run_all(connection: &Connection, group: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    // Rolled back where it is dropped before its end.
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate).map_err(SqliteError)?;
    for job in group {
        job.run(connection)?;
    }
    Ok(transaction.commit().map_err(SqliteError)?)
}

fn sweep(connection: &Connection) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    for collection in EXPIRING {
        if let Err(error) = writes::sweep(connection, collection, i64::try_from(now).unwrap_or(i64::MAX)) {
            tracing::warn!(%error, "items whose time is over cannot be deleted");
        }
    }
}
