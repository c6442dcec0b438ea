//! `load`: documents from elsewhere into the store, with their ids, dates and tokens.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufReader, Read},
    path::Path,
    sync::Arc,
};

use futures_util::{StreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use kernelci::{
    collections::{COLLECTIONS, Collection, TOKEN},
    domain::token::grant_of,
    services::Services,
    store::{Loaded, StoreError},
    token::TokenHash,
    value::{Document, Value, from_json},
};
use serde_json::Value as Json;
use tokio::sync::mpsc;

use crate::{extended_json, start::say};

/// How many documents of one collection are written together: with the cells that those of one revision and one day
/// change in the totals, what one transaction holds.
const TOGETHER: usize = 80;

/// How many times so many are under way at once: the store writes some while the next are made ready.
const SIDE_BY_SIDE: usize = 3;

/// How many tokens are written side by side.
const TOKENS_SIDE_BY_SIDE: usize = 8;

/// The most reasons that are told apart for one collection.
const MOST_REASONS: usize = 5;

/// Why nothing, or not all, was loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is no extended JSON.
    #[error("{path}: {source}")]
    Json {
        /// The file.
        path: String,
        /// What is wrong, and where.
        source: serde_json::Error,
    },
    /// The store cannot take more.
    #[error("{path}: of what was loaded, {stored} documents are in the store, then: {source}")]
    Store {
        /// The file.
        path: String,
        /// How many documents were stored.
        stored: u64,
        /// What the store says.
        source: StoreError,
    },
}

/// What became of the documents of one collection.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Documents that were read.
    pub read: u64,
    /// Documents that are new in the store.
    pub new: u64,
    /// Documents that took the place of one with the same id.
    pub updated: u64,
    /// Documents that were refused, by reason.
    pub refused: BTreeMap<String, u64>,
}

impl Tally {
    fn refuse(&mut self, reason: String) {
        *self.refused.entry(reason).or_default() += 1;
    }
}

/// Why a document is not loaded.
enum Failure {
    /// Something is wrong with it.
    Refused(String),
    /// The store cannot take it, nor others.
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Item(error) => Self::Refused(error.to_string()),
            error => Self::Store(error),
        }
    }
}

/// Loads a file and tells what became of it.
///
/// # Errors
/// The file cannot be read to its end; what came before is in the store.
pub async fn run(services: &Services, file: &Path) -> Result<(), LoadError> {
    let tallies = load(services, file).await?;
    for (collection, tally) in &tallies {
        say(&format!("{collection}: {} read, {} new, {} updated", tally.read, tally.new, tally.updated));
        for (reason, count) in tally.refused.iter().take(MOST_REASONS) {
            say(&format!("  {count} refused: {reason}"));
        }
        if tally.refused.len() > MOST_REASONS {
            say(&format!("  .. and for {} more reasons", tally.refused.len() - MOST_REASONS));
        }
    }
    Ok(())
}

/// Loads a file.
///
/// # Errors
/// As [`run`].
pub async fn load(services: &Services, file: &Path) -> Result<BTreeMap<String, Tally>, LoadError> {
    let path = file.display().to_string();
    let opened = File::open(file).map_err(|source| LoadError::File { path: path.clone(), source })?;
    let length = opened.metadata().map_or(0, |metadata| metadata.len());
    // Hidden by itself where the standard error is no terminal.
    let progress = Arc::new(ProgressBar::new(length).with_style(style()));
    let source = BufReader::with_capacity(1 << 20, Counted { source: opened, progress: Arc::clone(&progress) });

    let (sender, receiver) = mpsc::channel::<Batch>(1);
    let reading = tokio::task::spawn_blocking(move || {
        let mut batch = Batch::default();
        let read = extended_json::read(source, &mut |collection, document| {
            let is_sent = match batch.takes(collection) {
                true => true,
                false => sender.blocking_send(std::mem::take(&mut batch)).is_ok(),
            };
            batch.add(collection, document);
            is_sent
        });
        // Also of a file that breaks off.
        let _ = sender.blocking_send(batch);
        read
    });
    let batches =
        stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|next| (next, receiver)) });
    let batches = batches.boxed();
    let mut outcomes = batches.map(|batch| load_batch(services, batch)).buffer_unordered(SIDE_BY_SIDE);
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    while let Some((name, outcomes)) = outcomes.next().await {
        let mut failure = None;
        for outcome in outcomes {
            let tally = tallies.entry(name.clone()).or_default();
            tally.read += 1;
            match outcome {
                Ok(Loaded::New) => tally.new += 1,
                Ok(Loaded::Updated) => tally.updated += 1,
                Ok(Loaded::Refused) => tally.refuse("another token has the same value".to_owned()),
                Err(Failure::Refused(reason)) => tally.refuse(reason),
                Err(Failure::Store(source)) => failure = Some(source),
            }
        }
        if let Some(source) = failure {
            let stored = tallies.values().map(|tally| tally.new + tally.updated).sum();
            return Err(LoadError::Store { path, stored, source });
        }
    }
    progress.finish_and_clear();
    match reading.await {
        Ok(Ok(())) => Ok(tallies),
        Ok(Err(source)) => Err(LoadError::Json { path, source }),
        Err(error) => Err(LoadError::File { path, source: std::io::Error::other(error) }),
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

struct Counted {
    source: File,
    progress: Arc<ProgressBar>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.progress.inc(count as u64);
        Ok(count)
    }
}

/// Documents of one collection that follow one another.
#[derive(Default)]
struct Batch {
    collection: String,
    documents: Vec<Json>,
}

impl Batch {
    fn takes(&self, collection: &str) -> bool {
        self.documents.is_empty() || (self.collection == collection && self.documents.len() < TOGETHER)
    }

    fn add(&mut self, collection: &str, document: Json) {
        if self.documents.is_empty() {
            collection.clone_into(&mut self.collection);
        }
        self.documents.push(document);
    }
}

async fn load_batch(services: &Services, batch: Batch) -> (String, Vec<Result<Loaded, Failure>>) {
    let collection = COLLECTIONS.into_iter().find(|collection| collection.loaded_as == batch.collection);
    let outcomes = match collection {
        None => {
            let refused = || Err(Failure::Refused("there is no such collection".to_owned()));
            batch.documents.iter().map(|_| refused()).collect()
        }
        Some(collection) if *collection == TOKEN => {
            let tokens = batch.documents.into_iter().map(|document| load_token(services, document));
            stream::iter(tokens.collect::<Vec<_>>()).buffered(TOKENS_SIDE_BY_SIDE).collect().await
        }
        Some(collection) => load_documents(services, collection, batch.documents).await,
    };
    (batch.collection, outcomes)
}

async fn load_documents(
    services: &Services,
    collection: &'static Collection,
    documents: Vec<Json>,
) -> Vec<Result<Loaded, Failure>> {
    let (mut outcomes, mut readable) = (Vec::new(), Vec::new());
    for document in documents {
        match readable_document(document) {
            Ok(document) => readable.push(document),
            Err(failure) => outcomes.push(Err(failure)),
        }
    }
    let loaded = services.store.load_all(collection, &readable).await;
    outcomes.extend(loaded.into_iter().map(|outcome| outcome.map_err(Failure::from)));
    outcomes
}

async fn load_token(services: &Services, document: Json) -> Result<Loaded, Failure> {
    let mut document = readable_document(document)?;
    let Some(Value::Text(value)) = document.remove("token") else {
        return Err(Failure::Refused("it has no token value".to_owned()));
    };
    Ok(services.store.load_token(&document, &TokenHash::of(&value), &grant_of(&document)).await?)
}

fn readable_document(document: Json) -> Result<Document, Failure> {
    let document = extended_json::plain(document).and_then(from_json);
    let refused = |why: &str| Failure::Refused(why.to_owned());
    match document.map_err(|error| Failure::Refused(error.to_string()))? {
        Value::Map(document) if matches!(document.get("_id"), Some(Value::Id(_))) => Ok(document),
        Value::Map(_) => Err(refused("its _id is no id")),
        _ => Err(refused("it is no object")),
    }
}
