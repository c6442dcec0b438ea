//! The store, cut into what each verb may do with it.

use std::ops::Deref;

use tokio::sync::Notify;

use super::{Change, Identified, Page, Replacement, Store, StoreError, TakenTask, TaskEnd};
use crate::{
    auth::{TokenGrant, TokenHash},
    collections::Collection,
    query::{Group, Selection},
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

type Stored<T> = Result<T, StoreError>;

/// Reads documents, and can do nothing else.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    store: &'a Store,
}

impl<'a> Reader<'a> {
    /// The reading half of a store.
    pub fn new(store: &'a Store) -> Self {
        Self { store }
    }

    /// As [`Store::get`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn get(&self, collection: &'static Collection, id: ObjectId) -> Stored<Option<Document>> {
        self.store.get(collection, id).await
    }

    /// As [`Store::get_now`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn get_now(&self, collection: &'static Collection, id: ObjectId) -> Stored<Option<Document>> {
        self.store.get_now(collection, id).await
    }

    /// As [`Store::list`].
    ///
    /// # Errors
    /// As [`Store::list`].
    pub async fn list(&self, collection: &'static Collection, selection: &Selection) -> Stored<Page> {
        self.store.list(collection, selection).await
    }

    /// As [`Store::groups`].
    ///
    /// # Errors
    /// As [`Store::groups`].
    pub async fn groups(&self, collection: &'static Collection, selection: &Selection) -> Stored<Vec<Group>> {
        self.store.groups(collection, selection).await
    }

    /// As [`Store::distinct`].
    ///
    /// # Errors
    /// As [`Store::distinct`].
    pub async fn distinct(
        &self,
        collection: &'static Collection,
        selection: &Selection,
        member: &str,
    ) -> Stored<Vec<Value>> {
        self.store.distinct(collection, selection, member).await
    }

    /// As [`Store::count`].
    ///
    /// # Errors
    /// As [`Store::count`].
    pub async fn count(&self, collection: &'static Collection, selection: &Selection) -> Stored<usize> {
        self.store.count(collection, selection).await
    }

    /// As [`Store::identified`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn identified(&self, collection: &'static Collection, derived: ObjectId) -> Stored<Option<Identified>> {
        self.store.identified(collection, derived).await
    }
}

/// Reads and writes documents.
#[derive(Clone, Copy)]
pub struct Writer<'a> {
    reader: Reader<'a>,
}

impl<'a> Writer<'a> {
    /// The writing part of a store.
    pub fn new(store: &'a Store) -> Self {
        Self { reader: Reader::new(store) }
    }

    pub(crate) fn store(&self) -> &'a Store {
        self.reader.store
    }

    /// As [`Store::create_identified`].
    ///
    /// # Errors
    /// As [`Store::create_identified`].
    pub async fn create_identified(&self, collection: &'static Collection, document: Document) -> Stored<ObjectId> {
        self.store().create_identified(collection, document).await
    }

    /// As [`Store::update_identified`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn update_identified(
        &self,
        collection: &'static Collection,
        derived: ObjectId,
        members: &[(&'static str, Value)],
        task: Change,
    ) -> Stored<bool> {
        self.store().update_identified(collection, derived, members, task).await
    }

    /// As [`Store::replace`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn replace(&self, replacements: impl IntoIterator<Item = Replacement>) -> Stored<bool> {
        self.store().replace(replacements, None).await
    }

    /// As [`Store::replace`], for one document that belongs to `within`.
    ///
    /// # Errors
    /// The store fails.
    pub async fn replace_within(
        &self,
        collection: &'static Collection,
        before: Option<Identified>,
        after: Document,
        within: (&'static Collection, ObjectId),
    ) -> Stored<bool> {
        let replacement = Replacement { collection, before, after: Some(after) };
        self.store().replace([replacement], Some(within)).await
    }
}

impl<'a> Deref for Writer<'a> {
    type Target = Reader<'a>;

    fn deref(&self) -> &Self::Target {
        &self.reader
    }
}

/// Reads, deletes, and writes what a deletion changes elsewhere.
#[derive(Clone, Copy)]
pub struct Deleter<'a> {
    writer: Writer<'a>,
}

impl<'a> Deleter<'a> {
    /// The deleting part of a store.
    pub fn new(store: &'a Store) -> Self {
        Self { writer: Writer::new(store) }
    }

    /// As [`Store::delete`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn delete(&self, collection: &'static Collection, id: ObjectId) -> Stored<bool> {
        self.writer.store().delete(collection, id).await
    }
}

impl<'a> Deref for Deleter<'a> {
    type Target = Writer<'a>;

    fn deref(&self) -> &Self::Target {
        &self.writer
    }
}

/// Manages tokens.
#[derive(Clone, Copy)]
pub struct Accounts<'a> {
    reader: Reader<'a>,
}

impl<'a> Accounts<'a> {
    /// The tokens of a store.
    pub fn new(store: &'a Store) -> Self {
        Self { reader: Reader::new(store) }
    }

    /// As [`Store::grant`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn grant(&self, hash: &TokenHash) -> Stored<Option<(ObjectId, TokenGrant)>> {
        self.reader.store.grant(hash).await
    }

    /// As [`Store::create_token`].
    ///
    /// # Errors
    /// As [`Store::create_token`].
    pub async fn create(&self, document: &Document, hash: &TokenHash, grant: &TokenGrant) -> Stored<bool> {
        self.reader.store.create_token(document, hash, grant).await
    }

    /// As [`Store::update_token`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn update(&self, document: &Document, grant: &TokenGrant) -> Stored<bool> {
        self.reader.store.update_token(document, grant).await
    }

    /// As [`Store::delete_token`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn delete(&self, id: ObjectId) -> Stored<bool> {
        self.reader.store.delete_token(id).await
    }
}

impl<'a> Deref for Accounts<'a> {
    type Target = Reader<'a>;

    fn deref(&self) -> &Self::Target {
        &self.reader
    }
}

/// Adds, takes and ends tasks.
#[derive(Clone, Copy)]
pub struct Tasks<'a> {
    store: &'a Store,
    bell: Option<&'a Notify>,
}

impl<'a> Tasks<'a> {
    /// The tasks of a store; the bell is rung for each that is added.
    pub fn new(store: &'a Store, bell: Option<&'a Notify>) -> Self {
        Self { store, bell }
    }

    /// As [`Store::add_task`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn add(&self, id: ObjectId, work: Value, now: Timestamp) -> Stored<()> {
        self.store.add_task(id, work, now).await?;
        self.ring();
        Ok(())
    }

    /// As [`Store::prepare_task`]: the task is stored with something else, and the bell rung by the caller then.
    ///
    /// # Errors
    /// The store fails.
    pub async fn prepare(&self, id: ObjectId, work: Value, now: Timestamp) -> Stored<Change> {
        self.store.prepare_task(id, work, now).await
    }

    /// Rings the bell.
    pub fn ring(&self) {
        if let Some(bell) = self.bell {
            bell.notify_one();
        }
    }

    /// As [`Store::due_tasks`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn due(&self, now: Timestamp, most: usize) -> Stored<Vec<ObjectId>> {
        self.store.due_tasks(now, most).await
    }

    /// As [`Store::take_task`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn take(&self, id: ObjectId, now: Timestamp, until: Timestamp) -> Stored<Option<TakenTask>> {
        self.store.take_task(id, now, until).await
    }

    /// As [`Store::end_task`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn end(&self, task: &TakenTask, end: TaskEnd, now: Timestamp) -> Stored<()> {
        self.store.end_task(task, end, now).await
    }
}
