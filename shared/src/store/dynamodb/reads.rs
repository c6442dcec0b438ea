//! Reading items by key and by access pattern.

use serde_json::value::RawValue;

use super::{
    DynamoDbEngine,
    answers::{Got, GotTogether, ReadPage},
    expression::Emitter,
    failed,
    requests::{self, BatchGetItem, Capacity, GetItem, Reads, Select, Wanted},
};
use crate::{
    collections::Collection,
    pause::Pauses,
    store::{
        StoreError, Work,
        engine::{Cursor, Item, ItemError, Opened, Page, Query},
        keys::ORDER,
    },
};

impl DynamoDbEngine {
    /// The answer to a request that reads.
    async fn ask<R: Reads, A>(
        &self,
        request: &R,
        read: impl FnOnce(&str) -> serde_json::Result<A>,
    ) -> Result<A, StoreError> {
        let body = serde_json::to_vec(request).map_err(failed)?;
        let answer = self.dynamodb.reads().ask(R::OPERATION, body).await?;
        // The texts of parsers could show what is stored.
        let unreadable =
            |place: usize| StoreError::Failed(format!("an answer to {} is damaged at {place}", R::OPERATION));
        // Checked at once: as bytes, each of the thousands of names and texts in it would be checked by itself.
        let text = std::str::from_utf8(&answer).map_err(|error| unreadable(error.valid_up_to()))?;
        read(text).map_err(|error| unreadable(error.column()))
    }

    pub(super) async fn get_item(
        &self,
        work: &Work,
        collection: &Collection,
        key: &str,
        consistent: bool,
    ) -> Result<Option<Item>, StoreError> {
        let request = GetItem {
            table_name: &self.table(collection),
            key: key.into(),
            consistent_read: consistent,
            return_consumed_capacity: Capacity::Total,
        };
        let Got { item, units } = self.ask(&request, Got::read).await?;
        work.read(usize::from(item.is_some()), units);
        Ok(item)
    }

    /// What DynamoDB leaves unprocessed is asked for again.
    pub(super) async fn get_items(
        &self,
        work: &Work,
        collection: &Collection,
        keys: &[String],
        consistent_read: bool,
    ) -> Result<Vec<Item>, StoreError> {
        let table = self.table(collection);
        let mut items = Vec::with_capacity(keys.len());
        let mut left: Option<Box<RawValue>> = None;
        let mut pauses = Pauses::default();
        loop {
            let wanted = match &left {
                None => Wanted::Keys { keys: keys.iter().map(|key| key.as_str().into()).collect(), consistent_read },
                Some(left) => Wanted::Unprocessed(left),
            };
            let request = BatchGetItem { request_items: (&table, wanted), return_consumed_capacity: Capacity::Total };
            let got = self.ask(&request, |text| GotTogether::read(text, &table)).await?;
            work.read(got.items.len(), got.units);
            items.extend(got.items);
            left = got.unprocessed;
            if left.is_none() {
                return Ok(items);
            }
            if !pauses.pause().await {
                return Err(StoreError::Busy("keys are left unprocessed again and again".to_owned()));
            }
        }
    }

    pub(super) async fn query_documents(&self, work: &Work, query: &Query<'_>) -> Result<Page<Opened>, StoreError> {
        let page = self.page(work, query, |text| ReadPage::of_documents(query.collection, text)).await?;
        let items = page.items.into_iter().collect::<Result<Vec<Opened>, ItemError>>()?;
        Ok(Page { items, count: page.count, next: page.next })
    }

    pub(super) async fn query_as_stored(&self, work: &Work, query: &Query<'_>) -> Result<Page<Item>, StoreError> {
        self.page(work, query, ReadPage::of_items).await
    }

    async fn page<T>(
        &self,
        work: &Work,
        query: &Query<'_>,
        read: impl FnOnce(&str) -> serde_json::Result<ReadPage<T>>,
    ) -> Result<Page<T>, StoreError> {
        let mut emitter = Emitter::default();
        let order = query.order.clone().map(|bounds| (ORDER, bounds));
        let key_condition = emitter.key((query.index.attribute, query.key), order);
        let filter = emitter.filter(query.collection, query.filter);
        let projection = query.members.as_ref().map(|members| emitter.projection(members.iter().copied()));
        let start = query.start.map(|Cursor(text)| serde_json::from_str(text)).transpose().map_err(failed)?;
        let table = self.table(query.collection);
        let request = requests::Query {
            filter_expression: filter.as_deref(),
            projection_expression: projection.as_deref(),
            scan_index_forward: !query.descending,
            select: query.count_only.then_some(Select::Count),
            limit: query.limit,
            exclusive_start_key: start,
            ..requests::Query::of(&table, query.index.name, &key_condition, emitter.placeholders())
        };
        let page = self.ask(&request, read).await?;
        work.read(page.scanned_count, page.units);
        let next = page.next.map(|next| Cursor(next.get().into()));
        Ok(Page { items: page.items, count: page.count, next })
    }
}
