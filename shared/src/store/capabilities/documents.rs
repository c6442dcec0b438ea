//! The capabilities to read, to write, and to delete documents.

use std::ops::Deref;

use super::Stored;
use crate::{
    collections::Collection,
    query::{Group, Selection},
    store::{AnswerVersion, Change, DocumentPage, Identified, Import, Imported, Listed, Removal, Replacement, Store},
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

/// The capability to read documents.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub(super) store: &'a Store,
}

impl<'a> Reader<'a> {
    /// The reads of `store`.
    pub fn new(store: &'a Store) -> Self {
        Self { store }
    }

    /// The whole document with that id; `None` when it does not exist. The read is eventually consistent.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    /// [`StoreError::Memory`](crate::store::StoreError::Memory) when the answer would hold too many bytes.
    pub async fn get(&self, collection: &'static Collection, id: ObjectId) -> Stored<Option<Document>> {
        self.store.get(collection, id).await
    }

    /// The whole document with that id, by a consistent read; `None` when it does not exist.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn get_now(&self, collection: &'static Collection, id: ObjectId) -> Stored<Option<Document>> {
        self.store.get_now(collection, id).await
    }

    /// The whole documents with these ids, in their order, by consistent reads. Missing ones are left out.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn get_all_now(&self, collection: &'static Collection, ids: &[ObjectId]) -> Stored<Vec<Document>> {
        self.store.get_all_now(collection, ids).await
    }

    /// The version of the collection at which `request` is answered; see [`Store::answer_version`].
    pub fn answer_version(&self, collection: &'static Collection, request: u128) -> Option<AnswerVersion> {
        self.store.answer_version(collection, request)
    }

    /// The `ETag` of the answer at that version, when it is known.
    pub fn known_tag(&self, answer: &AnswerVersion) -> Option<u128> {
        self.store.known_tag(answer)
    }

    /// The documents that `selection` selects, each with the requested members.
    ///
    /// # Errors
    /// The errors of [`Store::list`].
    pub async fn list(&self, collection: &'static Collection, selection: &Selection) -> Stored<DocumentPage> {
        self.store.list(collection, selection).await
    }

    /// The documents that `selection` selects, as a list or, when it is long, as a stream.
    ///
    /// # Errors
    /// The errors of [`Store::list_or_stream`].
    pub async fn list_or_stream(&self, collection: &'static Collection, selection: &Selection) -> Stored<Listed> {
        self.store.list_or_stream(collection, selection).await
    }

    /// The groups of documents that `selection` selects.
    ///
    /// # Errors
    /// The errors of [`Store::groups`].
    pub async fn groups(&self, collection: &'static Collection, selection: &Selection) -> Stored<Vec<Group>> {
        self.store.groups(collection, selection).await
    }

    /// The distinct values of one member of the selected documents.
    ///
    /// # Errors
    /// The errors of [`Store::distinct`].
    pub async fn distinct(
        &self,
        collection: &'static Collection,
        selection: &Selection,
        member: &str,
    ) -> Stored<Vec<Value>> {
        self.store.distinct(collection, selection, member).await
    }

    /// The number of documents that `selection` selects.
    ///
    /// # Errors
    /// The errors of [`Store::count`].
    pub async fn count(&self, collection: &'static Collection, selection: &Selection) -> Stored<usize> {
        self.store.count(collection, selection).await
    }

    /// The document with that identity, given by its derived id; `None` when it does not exist.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn identified(&self, collection: &'static Collection, derived: ObjectId) -> Stored<Option<Identified>> {
        self.store.identified(collection, derived).await
    }

    /// The HTML page of a document; `None` when it has none.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn page(&self, collection: &'static Collection, id: ObjectId) -> Stored<Option<String>> {
        self.store.page(collection, id).await
    }
}

/// The capability to read and write documents.
#[derive(Clone, Copy)]
pub struct Writer<'a> {
    reader: Reader<'a>,
}

impl<'a> Writer<'a> {
    /// The writes of `store`.
    pub fn new(store: &'a Store) -> Self {
        Self { reader: Reader::new(store) }
    }

    pub(crate) fn store(&self) -> &'a Store {
        self.reader.store
    }

    /// The document with that identity, to be replaced; a dangling pointer is repaired. See
    /// [`Store::identified_to_change`].
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn identified(&self, collection: &'static Collection, derived: ObjectId) -> Stored<Option<Identified>> {
        self.store().identified_to_change(collection, derived).await
    }

    /// Stores a new document under its derived id, or returns the id of the document with the same identity.
    ///
    /// # Errors
    /// The errors of [`Store::create_identified`].
    pub async fn create_identified(&self, collection: &'static Collection, document: Document) -> Stored<ObjectId> {
        self.store().create_identified(collection, document).await
    }

    /// Sets members of the document with that identity and stores a task in one transaction. `false` when the document
    /// does not exist.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn update_identified(
        &self,
        collection: &'static Collection,
        derived: ObjectId,
        members: &[(&'static str, Value)],
        task: Change,
    ) -> Stored<bool> {
        self.store().update_identified(collection, derived, members, task).await
    }

    /// Sets members that no index key and no counter depends on. `false` when the document does not exist.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn update(
        &self,
        collection: &'static Collection,
        id: ObjectId,
        members: &[(&'static str, Value)],
    ) -> Stored<bool> {
        self.store().update(collection, id, members).await
    }

    /// Makes all replacements in one transaction. `false` when one of the documents has changed since it was read.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn replace(&self, replacements: impl IntoIterator<Item = Replacement>) -> Stored<bool> {
        self.store().replace(replacements, None).await
    }

    /// Stores the HTML page of a document and replaces an older page.
    ///
    /// # Errors
    /// The errors of [`Store::put_page`].
    pub async fn put_page(&self, collection: &'static Collection, id: ObjectId, text: &str) -> Stored<()> {
        self.store().put_page(collection, id, text).await
    }

    /// Replaces one document that belongs to `within`; see [`Store::replace`].
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
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

    /// Makes replacements and stores a task in one transaction; see [`Store::replace`].
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn replace_with(
        &self,
        replacements: impl IntoIterator<Item = Replacement>,
        task: Change,
    ) -> Stored<bool> {
        self.store().replace(replacements, [task]).await
    }

    /// The document with that id, to be changed, by a consistent read.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
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

/// The capability to read, write and delete documents.
#[derive(Clone, Copy)]
pub struct Deleter<'a> {
    writer: Writer<'a>,
}

impl<'a> Deleter<'a> {
    /// The deletions of `store`.
    pub fn new(store: &'a Store) -> Self {
        Self { writer: Writer::new(store) }
    }

    /// Deletes a document and then its parts. `false` when the document does not exist.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn delete(&self, collection: &'static Collection, id: ObjectId) -> Stored<bool> {
        self.writer.store().delete(collection, id).await
    }

    /// Deletes documents that `root` does not list. `false` when `root` or one of the documents has changed.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn remove_unlisted(
        &self,
        collection: &'static Collection,
        root: &Identified,
        removals: &[Removal],
    ) -> Stored<bool> {
        self.writer.store().remove_unlisted(collection, root, removals).await
    }

    /// Records that a later request has stored the document unchanged. `false` when the document has changed since it
    /// was read.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn accept(
        &self,
        collection: &'static Collection,
        document: &Identified,
        accepted: Timestamp,
    ) -> Stored<bool> {
        self.writer.store().accept(collection, document, accepted).await
    }

    /// Stores a document and its dependants, visible from one moment on; see [`Store::import`].
    ///
    /// # Errors
    /// The errors of [`Store::import`].
    pub async fn import(&self, import: Import) -> Stored<Imported> {
        self.writer.store().import(import).await
    }

    /// The time at which a staged import began, which all its attempts share.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
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
