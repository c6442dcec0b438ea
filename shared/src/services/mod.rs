//! The services of a process: store, files, clock, mail, limits. A handler uses those that it needs.

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
    /// The store of documents.
    pub store: Store,
    /// The file storage; `None` in functions that use no files.
    pub files: Option<Arc<dyn FileStorage>>,
    /// The base address of stored files, as it is written into documents.
    pub files_url: String,
    /// The public address of the service, for links in mails, without a slash at its end. Empty when it is not known.
    pub public_url: String,
    /// The clock.
    pub clock: Clock,
    /// The generator of ids and token values.
    pub identifiers: Identifiers,
    /// The source of the master key; `None` in functions that do not need it.
    pub master_key: Option<Arc<dyn MasterKeySource>>,
    /// The mail sender; `None` in functions that send no mail.
    pub mail: Option<Outgoing>,
    /// The limits of requests and answers.
    pub limits: Limits,
    /// Wakes the worker of the same process when a task was added.
    pub wake_worker: Option<Arc<Notify>>,
}

impl Services {
    /// The same services with a store that counts the work of one request.
    #[must_use]
    pub fn counted(&self) -> Self {
        Self { store: self.store.counted(), ..self.clone() }
    }

    /// The same services with a store whose reads pass `gate`.
    #[must_use]
    pub fn behind(&self, gate: &Gate) -> Self {
        Self { store: self.store.behind(gate), ..self.clone() }
    }

    /// The reader of documents.
    pub fn reader(&self) -> Reader<'_> {
        Reader::new(&self.store)
    }

    /// The writer of documents.
    pub fn writer(&self) -> Writer<'_> {
        Writer::new(&self.store)
    }

    /// The deleter of documents.
    pub fn deleter(&self) -> Deleter<'_> {
        Deleter::new(&self.store)
    }

    /// The store of tokens and labs.
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts::new(&self.store)
    }

    /// The task queue.
    pub fn tasks(&self) -> Tasks<'_> {
        Tasks::new(&self.store, self.wake_worker.as_deref())
    }

    /// The file storage.
    ///
    /// # Errors
    /// [`Error::Internal`] when the process was started without file storage.
    pub fn files(&self) -> Result<&dyn FileStorage, Error> {
        self.files.as_deref().ok_or_else(|| Error::Internal("started without file storage".to_owned()))
    }
}
