//! Whether an answer is still the one that was given, told without reading it again.
//!
//! An engine that knows of every write gives each collection a version. The tag of an answer is kept with the version of
//! the collection that it was read from; while the version is the same, the same request has the same answer.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::Store;
use crate::collections::Collection;

/// The most answers whose tags are kept: some 200 KB. Past it all are forgotten, and those that are asked for again are
/// kept again.
const MAX_KNOWN: usize = 4_096;

/// A request for documents of a collection, and the version of the collection at which it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerVersion {
    collection: &'static str,
    request: u128,
    version: u64,
}

impl AnswerVersion {
    /// The version of the collection.
    pub fn number(&self) -> u64 {
        self.version
    }
}

/// By collection and request: the version that the answer was read at, and its tag.
type TagsByRequest = HashMap<(&'static str, u128), (u64, u128)>;

/// The tags of answers.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownTags(Arc<Mutex<TagsByRequest>>);

impl KnownTags {
    fn lock(&self) -> MutexGuard<'_, TagsByRequest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// The version at which a request is answered from now on. `request` is a hash of all that the answer depends on beside
    /// the documents. `None` where the engine does not know of every write, or while it is writing.
    pub fn answer_version(&self, collection: &'static Collection, request: u128) -> Option<AnswerVersion> {
        let version = self.engine.version(collection)?;
        Some(AnswerVersion { collection: collection.name, request, version })
    }

    /// The tag of the answer at that version, where it is known.
    pub fn known_tag(&self, answer: &AnswerVersion) -> Option<u128> {
        let known = self.known_tags.lock();
        let (version, tag) = known.get(&(answer.collection, answer.request))?;
        (*version == answer.version).then_some(*tag)
    }

    /// Keeps the tag of an answer. The collection must have had that version before the answer was read and after it.
    pub fn keep_tag(&self, answer: &AnswerVersion, tag: u128) {
        let mut known = self.known_tags.lock();
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        known.insert((answer.collection, answer.request), (answer.version, tag));
    }
}
