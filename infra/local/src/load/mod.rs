//! `load`: documents of another store into this one, with their ids, dates and tokens.
//!
//! A reader thread reads the files ([`source`]) and sends batches over a bounded channel; [`write`] stores them. The
//! memory in use is a few batches, whatever the length of the files.

pub mod json;
mod source;
mod write;

use std::{collections::BTreeMap, path::PathBuf};

use futures_util::{StreamExt, stream};
use kernelci::{services::Services, store::StoreError, value::Document};
use tokio::sync::mpsc;

pub use self::source::Source;
use self::write::Batch;
use crate::start::say;

/// Distinct reasons that are printed for one collection.
const MAX_PRINTED_REASONS: usize = 5;

/// A document as read: of the store's types, or why it cannot be.
pub type Record = Result<Document, Refusal>;

/// Takes the records of a reader: collection and record. `false` stops the reader.
pub type Sink<'a> = dyn FnMut(&str, Record) -> bool + 'a;

/// A document that is not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its id, as text; empty where it has none.
    pub id: String,
    /// Why it is not stored.
    pub reason: String,
}

/// Why nothing, or not all, was loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// The file has none of the formats.
    #[error("{path}: {source}")]
    Json {
        /// The file.
        path: String,
        /// What is wrong, and where.
        source: serde_json::Error,
    },
    /// The store failed.
    #[error("{path}: {stored} documents were stored, then: {source}")]
    Store {
        /// The file or folder.
        path: String,
        /// How many documents were stored.
        stored: u64,
        /// The store's error.
        source: StoreError,
    },
}

/// The result for the documents of one collection.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Documents read.
    pub read: u64,
    /// Documents inserted.
    pub new: u64,
    /// Documents that replaced one of the same id.
    pub updated: u64,
    /// Refused documents, by reason.
    pub refused: BTreeMap<String, u64>,
}

/// Loads a file or folder and prints a summary of each collection.
///
/// # Errors
/// A file cannot be read to its end, or the store fails; the documents before that are stored.
pub async fn run(services: &Services, file: impl Into<Source>) -> Result<(), LoadError> {
    for (collection, summary) in &load(services, file).await? {
        say(&format!("{collection}: {} read, {} new, {} updated", summary.read, summary.new, summary.updated));
        for (reason, count) in summary.refused.iter().take(MAX_PRINTED_REASONS) {
            say(&format!("  {count} refused: {reason}"));
        }
        if summary.refused.len() > MAX_PRINTED_REASONS {
            say(&format!("  .. and for {} more reasons", summary.refused.len() - MAX_PRINTED_REASONS));
        }
    }
    Ok(())
}

/// Loads a file or folder.
///
/// # Errors
/// As [`run`].
pub async fn load(services: &Services, file: impl Into<Source>) -> Result<BTreeMap<String, Summary>, LoadError> {
    let source = file.into();
    let path = source.path.display().to_string();
    let (sender, receiver) = mpsc::channel::<Batch>(1);
    let reading = tokio::task::spawn_blocking(move || {
        let mut batch = Batch::default();
        let read = source.read(&mut |collection, record| {
            let is_sent = match batch.takes(collection) {
                true => true,
                false => sender.blocking_send(std::mem::take(&mut batch)).is_ok(),
            };
            batch.add(collection, record);
            is_sent
        });
        // Also of a file that ends too early.
        let _ = sender.blocking_send(batch);
        read
    });
    let batches =
        stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|next| (next, receiver)) });
    let batches = batches.boxed();
    let mut outcomes = batches.map(|batch| batch.store(services)).buffer_unordered(write::CONCURRENCY);
    let mut summaries: BTreeMap<String, Summary> = BTreeMap::new();
    while let Some(written) = outcomes.next().await {
        let summary = summaries.entry(written.collection).or_default();
        summary.read += written.read;
        summary.new += written.new;
        summary.updated += written.updated;
        for refusal in written.refused {
            *summary.refused.entry(refusal.reason).or_default() += 1;
        }
        if let Some(source) = written.failure {
            let stored = summaries.values().map(|summary| summary.new + summary.updated).sum();
            return Err(LoadError::Store { path, stored, source });
        }
    }
    match reading.await {
        Ok(read) => read.map(|()| summaries),
        Err(error) => Err(LoadError::File { path, source: std::io::Error::other(error) }),
    }
}

impl From<&std::path::Path> for Source {
    fn from(path: &std::path::Path) -> Self {
        Self { path: path.to_owned() }
    }
}

impl From<&PathBuf> for Source {
    fn from(path: &PathBuf) -> Self {
        Self::from(path.as_path())
    }
}
