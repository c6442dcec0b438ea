//! Lists that are sent while they are read: the number of documents is known first, and never more than a page of them is
//! in memory.
//!
//! All of a list is read from one snapshot, which an engine of one machine has. So the number that was counted is the
//! number that comes, and what is written meanwhile changes nothing.

use std::collections::VecDeque;

use futures_util::stream::{self, BoxStream, StreamExt};

use super::{
    Store, StoreError,
    collect::Row,
    engine::{Cursor, Query},
    list::{Listed, ListedDocument, members, shows_whole_documents},
    query::Reading,
    staged_import::Decided,
};
use crate::{
    collections::{Collection, Projection},
    query::{Keys, Plan, QueryPlan, Selection, plan, project},
};

/// The bytes of documents up to which a list is built in memory before it is sent.
const STREAMED_FROM: usize = 8 * 1024 * 1024;

/// A list that is read while it is taken.
pub struct DocumentStream {
    /// How many documents come.
    pub count: usize,
    /// The documents, page by page. After an error nothing comes any more; without one all that were counted have come.
    pub pages: BoxStream<'static, Result<Vec<ListedDocument>, StoreError>>,
}

impl Store {
    /// As [`Store::list`], where a long list may also come as a stream. A stream is not bounded by the budget of pages or
    /// the memory of an answer.
    ///
    /// # Errors
    /// As [`Store::list`]; [`StoreError::Busy`] where as many lists are being read as may be.
    pub async fn list_or_stream(
        &self,
        collection: &'static Collection,
        selection: &Selection,
    ) -> Result<Listed, StoreError> {
        let Some(plan) = streamable(collection, selection) else {
            return self.list_for_writing(collection, selection).await.map(Listed::Documents);
        };
        match self.holding_at_most(STREAMED_FROM).list_for_writing(collection, selection).await {
            Err(StoreError::Memory { .. } | StoreError::Budget { .. }) => {}
            listed => return listed.map(Listed::Documents),
        }
        match self.snapshot().await? {
            Some(snapshot) => snapshot.stream(collection, selection, plan).await.map(Listed::Stream),
            None => self.list_for_writing(collection, selection).await.map(Listed::Documents),
        }
    }

    /// The store as it is now, whatever is written later; `None` where the engine has no snapshots.
    async fn snapshot(&self) -> Result<Option<Self>, StoreError> {
        let Some(engine) = self.engine.snapshot().await? else { return Ok(None) };
        Ok(Some(self.reading_all_of(engine)))
    }

    async fn stream(
        self,
        collection: &'static Collection,
        selection: &Selection,
        plan: QueryPlan,
    ) -> Result<DocumentStream, StoreError> {
        let counted = Selection { filter: selection.filter.clone(), ..Selection::default() };
        let found = self.count(collection, &counted).await?.saturating_sub(selection.skip);
        let count = if selection.limit == 0 { found } else { found.min(selection.limit) };
        let mut keys = match &plan.keys {
            Keys::Listed(keys) => keys.clone(),
            Keys::Months => self.months(collection, plan.created).await?,
        };
        if plan.descending {
            keys.reverse();
        }
        let rest = Rest {
            store: self,
            collection,
            selection: selection.clone(),
            plan,
            keys: keys.into(),
            next: None,
            decided: Decided::default(),
            skipped: selection.skip,
            left: count,
        };
        Ok(DocumentStream { count, pages: stream::try_unfold(rest, Rest::page).boxed() })
    }
}

/// The plan of a list that can be sent while it is read: its documents come in order, one after another.
fn streamable(collection: &'static Collection, selection: &Selection) -> Option<QueryPlan> {
    match plan(collection, selection) {
        Plan::Query(plan) if plan.is_one_stream() && selection.aggregate.is_empty() => Some(plan),
        _ => None,
    }
}

/// What of a list has not been read yet.
struct Rest {
    /// Of the snapshot.
    store: Store,
    collection: &'static Collection,
    selection: Selection,
    plan: QueryPlan,
    /// The partitions that are left, in order; the first may have been begun.
    keys: VecDeque<String>,
    /// Where the first partition goes on.
    next: Option<Cursor>,
    decided: Decided,
    /// The documents to be left out before the first that is answered.
    skipped: usize,
    /// The documents to come.
    left: usize,
}

impl Rest {
    /// The next documents; `None` after the last.
    async fn page(mut self) -> Result<Option<(Vec<ListedDocument>, Self)>, StoreError> {
        while self.left > 0 {
            let missing = || StoreError::Failed(format!("{} documents of a list are missing", self.left));
            let key = self.keys.front().cloned().ok_or_else(missing)?;
            let documents = self.documents(&key).await?;
            if self.next.is_none() {
                self.keys.pop_front();
            }
            self.left = self.left.saturating_sub(documents.len());
            if !documents.is_empty() {
                return Ok(Some((documents, self)));
            }
        }
        Ok(None)
    }

    /// The documents of the next page of a partition.
    async fn documents(&mut self, key: &str) -> Result<Vec<ListedDocument>, StoreError> {
        let (collection, plan, selection) = (self.collection, &self.plan, &self.selection);
        let output = (!selection.fields.is_empty()).then_some(selection.fields.as_slice());
        let members = members(collection, plan, &[], output, false);
        let texts = shows_whole_documents(plan, selection);
        let reading = Reading { members, texts, ..Reading::of(collection, plan) };
        let limit = self.store.options.page_items;
        let query = Query { limit, start: self.next.as_ref(), ..reading.query(key, false) };
        let page = self.store.next_page(&query).await?;
        let mut items = page.items;
        if reading.shows_imports() {
            let decided = &self.decided;
            self.store.retain_visible(collection, decided, &mut items, |opened| opened.import.as_deref()).await?;
        }
        let left_out = self.skipped.min(items.len());
        self.skipped -= left_out;
        let is_whole = plan.index.projection != Projection::Narrow;
        let rows: Vec<Row> =
            items.into_iter().skip(left_out).take(self.left).map(|opened| Row::of(opened, is_whole)).collect();
        let holding = self.store.holding();
        holding.grow(rows.iter().map(|row| row.bytes).sum())?;
        self.next = page.next;
        if texts {
            return self.store.complete_for_writing(collection, rows, &holding).await;
        }
        let documents = self.store.complete(collection, rows, output, &holding).await?;
        Ok(documents.into_iter().map(|document| ListedDocument::Document(project(selection, document))).collect())
    }
}
