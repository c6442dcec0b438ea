//! What is kept of the documents that a reading meets, page by page: no more of them than the answer needs.

mod best;
mod firsts;

use std::sync::{Mutex, PoisonError};

use futures_util::{StreamExt, stream};

use super::{
    Store, StoreError,
    get::{CONCURRENCY, MAX_GET_KEYS},
    keys::ID,
    memory::Holding,
    unpacking::Opened,
};
use crate::{
    collections::Collection,
    query::DistinctValues,
    value::{Document, ObjectId, Value},
};

pub(super) use best::Best;
pub(super) use firsts::{First, Firsts};

/// A document as an index gave it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) opened: Opened,
    /// Whether the index carries every member.
    pub(super) is_whole: bool,
    /// The memory that it takes.
    pub(super) bytes: usize,
}

impl Row {
    /// The least bytes that a row of any document takes: it has an `_id`.
    pub(super) const MIN_BYTES: usize = size_of::<Self>() + size_of::<(crate::value::Name, Value)>();

    pub(super) fn of(opened: Opened, is_whole: bool) -> Self {
        let bytes = size_of::<Self>() + opened.heap_size();
        Self { opened, is_whole, bytes }
    }

    pub(super) fn whole(document: Document) -> Self {
        Self::of(Opened { document, packed: None, import: None, text: None }, true)
    }

    pub(super) fn document(&self) -> &Document {
        &self.opened.document
    }
}

/// What an answer keeps of the rows that a reading meets.
pub(super) trait Keep: Send {
    /// Takes a row; what is kept of it is counted in `holding`.
    ///
    /// # Errors
    /// As [`Holding::grow`].
    fn keep(&mut self, row: Row, holding: &Holding) -> Result<(), StoreError>;

    /// Drops everything.
    fn clear(&mut self);
}

impl Keep for DistinctValues {
    fn keep(&mut self, row: Row, holding: &Holding) -> Result<(), StoreError> {
        holding.grow(self.add(row.document()))
    }

    fn clear(&mut self) {
        self.clear();
    }
}

/// Every row, in the order in which they are read.
impl Keep for Vec<Row> {
    fn keep(&mut self, row: Row, holding: &Holding) -> Result<(), StoreError> {
        holding.grow(row.bytes)?;
        self.push(row);
        Ok(())
    }

    fn clear(&mut self) {
        self.clear();
    }
}

/// Ids alone: what a process that counts its documents keeps of them. No answer holds them, so they are not counted.
impl Keep for Vec<ObjectId> {
    fn keep(&mut self, row: Row, _: &Holding) -> Result<(), StoreError> {
        self.extend(row.document().get(ID).and_then(Value::as_id));
        Ok(())
    }

    fn clear(&mut self) {
        self.clear();
    }
}

/// Takes the documents of a reading, from several pages at once.
pub(super) struct Collector<'a> {
    store: &'a Store,
    collection: &'static Collection,
    shape: Shape,
    holding: Holding,
    kept: Mutex<&'a mut dyn Keep>,
}

/// How items of an index become rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Whether the index carries every member.
    pub(super) is_whole: bool,
    /// Whether members that decide what is kept may be missing in an item, because the index does not carry them or because
    /// they are packed. Then documents are completed first.
    pub(super) completes: bool,
}

impl<'a> Collector<'a> {
    pub(super) fn new(store: &'a Store, collection: &'static Collection, shape: Shape, kept: &'a mut dyn Keep) -> Self {
        Self { store, collection, shape, holding: store.holding(), kept: Mutex::new(kept) }
    }

    /// Forgets everything: the reading begins again.
    pub(super) fn clear(&self) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.holding.shrink(usize::MAX);
    }

    /// Takes a page.
    ///
    /// # Errors
    /// The store fails, or the answer would hold more than it may.
    pub(super) async fn take(&self, page: Vec<Opened>) -> Result<(), StoreError> {
        let Shape { is_whole, completes } = self.shape;
        let is_complete = |opened: &Opened| is_whole && opened.packed.is_none();
        if !completes || page.iter().all(is_complete) {
            return self.keep(page.into_iter().map(|opened| Row::of(opened, is_whole)));
        }
        let mut some = Vec::new();
        let mut page = page.into_iter().map(|opened| Row::of(opened, is_whole)).peekable();
        while page.peek().is_some() {
            some.push(page.by_ref().take(MAX_GET_KEYS).collect::<Vec<_>>());
        }
        let completed: Vec<_> = some.into_iter().map(|rows| self.completed(rows)).collect();
        let mut completed = stream::iter(completed).buffered(CONCURRENCY);
        while let Some(outcome) = completed.next().await {
            let (documents, transient) = outcome?;
            drop(transient);
            self.keep(documents.into_iter().map(Row::whole))?;
        }
        Ok(())
    }

    async fn completed(&self, rows: Vec<Row>) -> Result<(Vec<Document>, Holding), StoreError> {
        let transient = self.store.holding();
        transient.grow(rows.iter().map(|row| row.bytes).sum())?;
        let documents = self.store.complete(self.collection, rows, None, &transient).await?;
        Ok((documents, transient))
    }

    fn keep(&self, rows: impl IntoIterator<Item = Row>) -> Result<(), StoreError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        rows.into_iter().try_for_each(|row| kept.keep(row, &self.holding))
    }

    /// The memory of what was kept.
    pub(super) fn into_holding(self) -> Holding {
        self.holding
    }
}
