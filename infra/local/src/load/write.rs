//! Storing what `load` reads, in batches of one collection.

use futures_util::{StreamExt, stream};
use kernelci::{
    collections::{Collection, TOKEN},
    domain::token::grant_of,
    services::Services,
    store::{Loaded, StoreError},
    token::TokenHash,
    value::{Document, Value},
};

use super::{Record, Refusal, schema};

/// The most documents of one collection that are stored together.
const MAX_BATCH: usize = 2_000;

/// Batches that are stored at the same time: the store writes some while the next are prepared.
pub(super) const CONCURRENCY: usize = 3;

/// Tokens that are stored at the same time.
const TOKEN_CONCURRENCY: usize = 8;

/// The documents of a batch: what one transaction holds beside the totals that documents of one revision and one day
/// change, up to [`MAX_BATCH`].
pub(super) fn batch_size(services: &Services) -> usize {
    (services.store.transaction_limits().changes * 4 / 5).min(MAX_BATCH)
}

/// Consecutive documents of one collection.
pub(super) struct Batch {
    collection: String,
    records: Vec<Record>,
    size: usize,
}

/// The result of a batch.
#[derive(Default)]
pub(super) struct Written {
    /// The collection, as the file names it.
    pub(super) collection: String,
    /// Documents read.
    pub(super) read: u64,
    /// Documents inserted.
    pub(super) new: u64,
    /// Documents that replaced one of the same id.
    pub(super) updated: u64,
    /// Documents that were not stored.
    pub(super) refused: Vec<Refusal>,
    /// The error of the store that ended the batch.
    pub(super) failure: Option<StoreError>,
}

impl Batch {
    /// An empty batch of up to `size` documents.
    pub(super) fn of(size: usize) -> Self {
        Self { collection: String::new(), records: Vec::new(), size }
    }

    /// Whether another document of this collection belongs to this batch.
    pub(super) fn takes(&self, collection: &str) -> bool {
        self.records.is_empty() || (self.collection == collection && self.records.len() < self.size)
    }

    /// Adds a document that [`Batch::takes`].
    pub(super) fn add(&mut self, collection: &str, record: Record) {
        if self.records.is_empty() {
            collection.clone_into(&mut self.collection);
        }
        self.records.push(record);
    }

    /// Stores the documents.
    pub(super) async fn store(self, services: Services) -> Written {
        let services = &services;
        let collection = schema::collection(&self.collection);
        let mut written =
            Written { collection: self.collection, read: self.records.len() as u64, ..Written::default() };
        let mut documents = Vec::with_capacity(self.records.len());
        for record in self.records {
            match record {
                Ok(document) => documents.push(document),
                Err(refusal) => written.refused.push(refusal),
            }
        }
        let Some(collection) = collection else {
            let reason = || "there is no such collection".to_owned();
            written.refused.extend(documents.iter().map(|document| Refusal { id: id_of(document), reason: reason() }));
            return written;
        };
        let ids: Vec<String> = documents.iter().map(id_of).collect();
        let outcomes = match *collection == TOKEN {
            true => {
                let tokens: Vec<_> = documents.into_iter().map(|document| load_token(services, document)).collect();
                stream::iter(tokens).buffered(TOKEN_CONCURRENCY).collect().await
            }
            false => load_documents(services, collection, &documents).await,
        };
        for (id, outcome) in ids.into_iter().zip(outcomes) {
            match outcome {
                Ok(Loaded::New) => written.new += 1,
                Ok(Loaded::Updated) => written.updated += 1,
                Ok(Loaded::Refused) => {
                    written.refused.push(Refusal { id, reason: "another token has the same value".to_owned() });
                }
                Err(Failure::Refused(reason)) => written.refused.push(Refusal { id, reason }),
                Err(Failure::Store(error)) => written.failure = Some(error),
            }
        }
        written
    }
}

/// Why a document is not stored.
enum Failure {
    /// The document is wrong.
    Refused(String),
    /// The store failed.
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

async fn load_documents(
    services: &Services,
    collection: &'static Collection,
    documents: &[Document],
) -> Vec<Result<Loaded, Failure>> {
    let loaded = services.store.load_all(collection, documents).await;
    loaded.into_iter().map(|outcome| outcome.map_err(Failure::from)).collect()
}

async fn load_token(services: &Services, mut document: Document) -> Result<Loaded, Failure> {
    let Some(Value::Text(value)) = document.remove("token") else {
        return Err(Failure::Refused("it has no token value".to_owned()));
    };
    Ok(services.store.load_token(&document, &TokenHash::of(&value), &grant_of(&document)).await?)
}

fn id_of(document: &Document) -> String {
    document.get("_id").and_then(Value::as_id).map(|id| id.to_string()).unwrap_or_default()
}
