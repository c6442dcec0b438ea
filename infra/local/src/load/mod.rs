//! `load`: documents of another store into this one, with their ids, dates and tokens.
//!
//! A reader thread reads the files ([`source`]) and sends batches over a bounded channel; [`write`] stores them. The
//! memory in use is a few batches, whatever the length of the files.

pub mod archive;
pub mod bson;
pub mod json;
pub mod schema;
mod source;
mod write;

use std::{collections::BTreeMap, io::Write};

use futures_util::{StreamExt, stream};
use kernelci::{services::Services, store::StoreError, value::Document};
use tokio::sync::mpsc;

use self::write::Batch;
pub use self::{schema::Unmapped, source::Source};
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

/// Why a file cannot be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The system's error.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The text is no JSON of one of the forms.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// The bytes are no BSON documents.
    #[error("it is damaged, or of another format: {0}")]
    Bson(String),
    /// The file ends within a document, or before the end of an archive.
    #[error("it ends too early")]
    Truncated,
    /// The documents of a collection do not have the checksum that the archive has for them.
    #[error("the checksum of the collection {0} is wrong")]
    Checksum(String),
    /// The file holds documents of one collection, and neither its name nor an option says of which.
    #[error("name the collection of its documents with --collection")]
    NoCollection,
    /// There is no file of documents in a folder.
    #[error("there is no file of mongodump in it")]
    EmptyFolder,
}

/// Why nothing, or not all, was loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file cannot be read to its end.
    #[error("{path}: {source}")]
    Format {
        /// The file.
        path: String,
        /// What is wrong.
        source: FormatError,
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

/// The result of a load.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// By collection, as the file names it.
    pub collections: BTreeMap<String, Summary>,
    /// Members of older schemas that have no counterpart.
    pub unmapped: Unmapped,
}

impl Loaded {
    /// Documents that were refused.
    pub fn refused(&self) -> u64 {
        self.collections.values().flat_map(|summary| summary.refused.values()).sum()
    }
}

/// Loads a file or folder, prints a summary of each collection on the standard output and each refused document on the
/// standard error. Returns the count of refused documents.
///
/// # Errors
/// A file cannot be read to its end, or the store fails; the documents before that are stored.
pub async fn run(services: &Services, source: impl Into<Source>) -> Result<u64, LoadError> {
    let print = |collection: &str, refusal: &Refusal| {
        let id = if refusal.id.is_empty() { "(no id)" } else { &refusal.id };
        let _ = writeln!(std::io::stderr(), "refused: {collection} {id}: {}", refusal.reason);
    };
    let loaded = load_with(services, source, &print).await?;
    for (collection, summary) in &loaded.collections {
        say(&format!("{collection}: {} read, {} new, {} updated", summary.read, summary.new, summary.updated));
        for (reason, count) in summary.refused.iter().take(MAX_PRINTED_REASONS) {
            say(&format!("  {count} refused: {reason}"));
        }
        if summary.refused.len() > MAX_PRINTED_REASONS {
            say(&format!("  .. and for {} more reasons", summary.refused.len() - MAX_PRINTED_REASONS));
        }
        let unmapped = loaded.unmapped.0.iter().filter(|((of, _), _)| of == collection);
        for ((_, member), count) in unmapped {
            say(&format!("  {count} with {member}, which has no counterpart and is kept as it is"));
        }
    }
    Ok(loaded.refused())
}

/// Loads a file or folder.
///
/// # Errors
/// As [`run`].
pub async fn load(services: &Services, source: impl Into<Source>) -> Result<BTreeMap<String, Summary>, LoadError> {
    load_with(services, source, &|_, _| {}).await.map(|loaded| loaded.collections)
}

/// Loads a file or folder, and passes the collection and the reason of each document that is refused.
///
/// # Errors
/// As [`run`].
pub async fn load_with(
    services: &Services,
    source: impl Into<Source>,
    refused: &(dyn Fn(&str, &Refusal) + Send + Sync),
) -> Result<Loaded, LoadError> {
    let source = source.into();
    let path = source.path.display().to_string();
    let (sender, receiver) = mpsc::channel::<Batch>(1);
    let size = write::batch_size(services);
    let reading = tokio::task::spawn_blocking(move || {
        let (mut batch, mut unmapped) = (Batch::of(size), Unmapped::default());
        let read = source.read(&mut |collection, record| {
            let record = record.map(|document| schema::convert(collection, document, &mut unmapped));
            let is_sent = match batch.takes(collection) {
                true => true,
                false => sender.blocking_send(std::mem::replace(&mut batch, Batch::of(size))).is_ok(),
            };
            batch.add(collection, record);
            is_sent
        });
        // Also of a file that ends too early.
        let _ = sender.blocking_send(batch);
        read.map(|()| unmapped)
    });
    let batches =
        stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|next| (next, receiver)) });
    let batches = batches.boxed();
    // Tasks of their own: several processors prepare documents.
    let tasks = batches.map(|batch| tokio::spawn(batch.store(services.clone())));
    let mut outcomes = tasks.buffer_unordered(write::CONCURRENCY);
    let mut summaries: BTreeMap<String, Summary> = BTreeMap::new();
    while let Some(written) = outcomes.next().await {
        let written = written
            .map_err(|error| LoadError::Format { path: path.clone(), source: std::io::Error::other(error).into() })?;
        let summary = summaries.entry(written.collection.clone()).or_default();
        summary.read += written.read;
        summary.new += written.new;
        summary.updated += written.updated;
        for refusal in written.refused {
            refused(&written.collection, &refusal);
            *summary.refused.entry(refusal.reason).or_default() += 1;
        }
        if let Some(source) = written.failure {
            let stored = summaries.values().map(|summary| summary.new + summary.updated).sum();
            return Err(LoadError::Store { path, stored, source });
        }
    }
    match reading.await {
        Ok(read) => read.map(|unmapped| Loaded { collections: summaries, unmapped }),
        Err(error) => Err(LoadError::Format { path, source: std::io::Error::other(error).into() }),
    }
}
