//! The embedded store: dynoxide in a thread of its own, reached over a loopback port by the same client as DynamoDB. Reads
//! of this process take no port ([`direct`]), and those of whole documents not even the thread.

use std::{net::SocketAddr, path::Path, sync::Arc, thread::JoinHandle, time::Duration};

use dynoxide::{Database, DynoxideError};
use kernelci::connection::{DynamoDb, Patience};
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
};

use crate::direct::{self, Rows};

/// Why the store cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// The file cannot be opened or is no store.
    #[error("the store {path} cannot be opened: {reason}")]
    Open {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no port, or no thread.
    #[error("the store cannot be served: {0}")]
    Serve(#[from] std::io::Error),
}

/// Between two looks for items whose time is over.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);

/// A store that runs until this is dropped.
pub struct Embedded {
    address: SocketAddr,
    reads: mpsc::UnboundedSender<direct::Asked>,
    rows: Option<Arc<Rows>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Embedded {
    /// Starts a store on a file, or in memory where there is none, on a free port.
    ///
    /// # Errors
    /// The file cannot be opened, or there is no port.
    pub fn start(file: Option<&Path>) -> Result<Self, EmbeddedError> {
        Self::start_at(file, SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// Starts a store on a file, or in memory where there is none, at an address.
    ///
    /// # Errors
    /// The file cannot be opened, or the address not be listened on.
    pub fn start_at(file: Option<&Path>, address: SocketAddr) -> Result<Self, EmbeddedError> {
        let shown = file.map_or_else(|| "in memory".to_owned(), |file| file.display().to_string());
        let cannot = |error: DynoxideError| EmbeddedError::Open { path: shown.clone(), reason: error.to_string() };
        let opened = match file {
            Some(file) => Database::new(&file.to_string_lossy()),
            None => Database::memory(),
        };
        let database = opened.map_err(cannot)?;
        let rows = file.map(Rows::open).transpose().map_err(cannot)?;
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        // One mutex guards the whole store, so one thread serves it as well as many would.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (reads, asked) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new().name("store".to_owned()).spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                let stopped = async move {
                    let _ = stopped.await;
                };
                tokio::spawn(sweep(database.clone()));
                tokio::spawn(direct::read(database.clone(), asked));
                if let Err(error) = dynoxide::server::serve_with_shutdown(listener, database, stopped).await {
                    tracing::error!(error, "the embedded store ended");
                }
            });
        })?;
        let rows = rows.map(Arc::new);
        Ok(Self { address, reads, rows, stop: Some(stop), thread: Some(thread) })
    }

    /// It, for this process, whose reads take no port.
    pub fn dynamodb(&self) -> DynamoDb {
        let http = direct::connector(self.rows.as_ref(), self.reads.clone(), Patience::EMBEDDED);
        DynamoDb::through(http, &self.endpoint(), Patience::EMBEDDED).unsigned()
    }

    /// Where other clients reach it.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

// Deletes the items whose time is over, as DynamoDB does.
async fn sweep(database: Database) {
    let mut times = tokio::time::interval_at(tokio::time::Instant::now() + SWEEP_EVERY, SWEEP_EVERY);
    loop {
        times.tick().await;
        let database = database.clone();
        let swept = tokio::task::spawn_blocking(move || database.sweep_ttl().map_err(|error| error.to_string())).await;
        if let Ok(Err(error)) = swept {
            tracing::warn!(error, "items whose time is over cannot be deleted");
        }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
