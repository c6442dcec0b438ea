//! What a process has to offer its handlers: each takes of it what it needs.

mod limits;

use std::sync::Arc;

pub use limits::Limits;
use tokio::sync::Notify;

use crate::{
    auth::MasterKeySource,
    clock::Clock,
    error::Error,
    identifiers::Identifiers,
    mail::Outgoing,
    storage::FileStorage,
    store::{Accounts, Deleter, Gate, Reader, Store, Tasks, Writer},
};

/// The services of a process.
#[derive(Clone)]
pub struct Services {
    /// The documents.
    pub store: Store,
    /// The files; `None` in functions that have nothing to do with them.
    pub files: Option<Arc<dyn FileStorage>>,
    /// Where stored files are read, as clients are told.
    pub files_url: String,
    /// The address at which people reach the service, for the links in mails: no slash at its end. Empty where it is not
    /// known.
    pub public_url: String,
    /// The time.
    pub clock: Clock,
    /// New ids and token values.
    pub identifiers: Identifiers,
    /// Where the key is that may manage tokens; `None` in functions that have nothing to do with them.
    pub master_key: Option<Arc<dyn MasterKeySource>>,
    /// What sends mail; `None` in functions that send none.
    pub mail: Option<Outgoing>,
    /// What requests and answers may measure.
    pub limits: Limits,
    /// Rung when a task was added, where the worker is in the same process.
    pub wake_worker: Option<Arc<Notify>>,
}

impl Services {
    /// The same services, with a store that counts the work of one request.
    #[must_use]
    pub fn counted(&self) -> Self {
        Self { store: self.store.counted(), ..self.clone() }
    }

    /// The same services, whose store is read as `gate` allows.
    #[must_use]
    pub fn behind(&self, gate: &Gate) -> Self {
        Self { store: self.store.behind(gate), ..self.clone() }
    }

    /// Reads documents.
    pub fn reader(&self) -> Reader<'_> {
        Reader::new(&self.store)
    }

    /// Writes documents.
    pub fn writer(&self) -> Writer<'_> {
        Writer::new(&self.store)
    }

    /// Deletes documents.
    pub fn deleter(&self) -> Deleter<'_> {
        Deleter::new(&self.store)
    }

    /// Manages tokens.
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts::new(&self.store)
    }

    /// Adds, takes and ends tasks.
    pub fn tasks(&self) -> Tasks<'_> {
        Tasks::new(&self.store, self.wake_worker.as_deref())
    }

    /// The files.
    ///
    /// # Errors
    /// The process was started without them.
    pub fn files(&self) -> Result<&dyn FileStorage, Error> {
        self.files.as_deref().ok_or_else(|| Error::Internal("started without file storage".to_owned()))
    }
}
