//! Documents: read; read and written; read, written and deleted.

use std::ops::Deref;

use super::Stored;
use crate::{
    collections::Collection,
    query::{Group, Selection},
    store::{AnswerVersion, Change, Identified, Import, Imported, Listed, Page, Removal, Replacement, Store},
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

/// Reads documents, and can do nothing else.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub(super) store: &'a Store,
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

    /// As [`Store::get_all_now`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn get_all_now(&self, collection: &'static Collection, ids: &[ObjectId]) -> Stored<Vec<Document>> {
        self.store.get_all_now(collection, ids).await
    }

    /// As [`Store::answer_version`].
    pub fn answer_version(&self, collection: &'static Collection, request: u128) -> Option<AnswerVersion> {
        self.store.answer_version(collection, request)
    }

    /// As [`Store::known_tag`].
    pub fn known_tag(&self, answer: &AnswerVersion) -> Option<u128> {
        self.store.known_tag(answer)
    }

    /// As [`Store::list`].
    ///
    /// # Errors
    /// As [`Store::list`].
    pub async fn list(&self, collection: &'static Collection, selection: &Selection) -> Stored<Page> {
        self.store.list(collection, selection).await
    }

    /// As [`Store::list_or_stream`].
    ///
    /// # Errors
    /// As [`Store::list_or_stream`].
    pub async fn list_or_stream(&self, collection: &'static Collection, selection: &Selection) -> Stored<Listed> {
        self.store.list_or_stream(collection, selection).await
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

    /// As [`Store::page`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn page(&self, collection: &'static Collection, id: ObjectId) -> Stored<Option<String>> {
        self.store.page(collection, id).await
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

    /// As [`Store::identified_to_change`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn identified(&self, collection: &'static Collection, derived: ObjectId) -> Stored<Option<Identified>> {
        self.store().identified_to_change(collection, derived).await
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

    /// As [`Store::update`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn update(
        &self,
        collection: &'static Collection,
        id: ObjectId,
        members: &[(&'static str, Value)],
    ) -> Stored<bool> {
        self.store().update(collection, id, members).await
    }

    /// As [`Store::replace`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn replace(&self, replacements: impl IntoIterator<Item = Replacement>) -> Stored<bool> {
        self.store().replace(replacements, None).await
    }

    /// As [`Store::put_page`].
    ///
    /// # Errors
    /// As [`Store::put_page`].
    pub async fn put_page(&self, collection: &'static Collection, id: ObjectId, text: &str) -> Stored<()> {
        self.store().put_page(collection, id, text).await
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
        let (collection, id) = within;
        self.store().replace([replacement], [Change::is_there(collection, id)]).await
    }

    /// As [`Store::replace`], with a task.
    ///
    /// # Errors
    /// The store fails.
    pub async fn replace_with(
        &self,
        replacements: impl IntoIterator<Item = Replacement>,
        task: Change,
    ) -> Stored<bool> {
        self.store().replace(replacements, [task]).await
    }

    /// As [`Store::read_now`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn read_now(&self, collection: &'static Collection, id: ObjectId) -> Stored<Option<Identified>> {
        self.store().read_now(collection, id).await
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

    /// As [`Store::remove_unlisted`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn remove_unlisted(
        &self,
        collection: &'static Collection,
        root: &Identified,
        removals: &[Removal],
    ) -> Stored<bool> {
        self.writer.store().remove_unlisted(collection, root, removals).await
    }

    /// As [`Store::accept`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn accept(
        &self,
        collection: &'static Collection,
        document: &Identified,
        accepted: Timestamp,
    ) -> Stored<bool> {
        self.writer.store().accept(collection, document, accepted).await
    }

    /// As [`Store::import`].
    ///
    /// # Errors
    /// As [`Store::import`].
    pub async fn import(&self, import: Import) -> Stored<Imported> {
        self.writer.store().import(import).await
    }

    /// As [`Store::begin_import`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn begin_import(
        &self,
        collection: &'static Collection,
        import: ObjectId,
        now: Timestamp,
    ) -> Stored<Timestamp> {
        self.writer.store().begin_import(collection, import, now).await
    }

    /// As [`Store::get_all_to_remove`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn get_all_to_remove(&self, collection: &'static Collection, ids: &[ObjectId]) -> Stored<Vec<Document>> {
        self.writer.store().get_all_to_remove(collection, ids).await
    }

    /// As [`Store::remove_abandoned`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn remove_abandoned(
        &self,
        root: &'static Collection,
        collection: &'static Collection,
        created_below: Timestamp,
    ) -> Stored<usize> {
        self.writer.store().remove_abandoned(root, collection, created_below).await
    }

    /// As [`Store::documents_of_a_transaction`].
    pub fn documents_of_a_transaction(&self) -> usize {
        self.writer.store().documents_of_a_transaction()
    }
}

impl<'a> Deref for Deleter<'a> {
    type Target = Writer<'a>;

    fn deref(&self) -> &Self::Target {
        &self.writer
    }
}
