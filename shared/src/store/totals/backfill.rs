//! Counting the documents that are in no total.

use super::counter_deltas::{CounterDeltas, MARK, PriorCount, Write, transactions};
use crate::{
    collections::{COUNTED, Collection, Partition, TOTAL},
    pause::Pauses,
    query::{Created, Filter, Keys, QueryPlan},
    store::{
        Store, StoreError,
        attribute::AttributeValue,
        collect::{Collector, Shape},
        condition::WriteCondition,
        get::{MAX_GET_KEYS, is_document},
        item::Item,
        keys::{ID, ORDER},
        put::{Change, Transaction},
        query::Reading,
    },
    value::ObjectId,
};

/// The item that says that every document is in the totals.
const WHOLE: &str = "whole";

impl Store {
    /// Counts what was stored before there were totals: once, and whatever of it was counted before is not counted again.
    ///
    /// # Errors
    /// The store fails.
    pub async fn count_what_is_there(&self) -> Result<(), StoreError> {
        if self.get_item_now(&TOTAL, WHOLE).await?.is_some() {
            return Ok(());
        }
        for collection in COUNTED {
            for month in self.months(collection, Created::Any).await? {
                self.count_month(collection, month).await?;
            }
        }
        let whole: Item = [(ID.to_owned(), AttributeValue::S(WHOLE.to_owned()))].into();
        self.put_item(&TOTAL, whole, None).await?;
        Ok(())
    }

    async fn count_month(&self, collection: &'static Collection, month: String) -> Result<(), StoreError> {
        let Some(index) = collection.indexes.iter().find(|index| index.partition == Partition::Month) else {
            return Ok(());
        };
        let plan = QueryPlan {
            index,
            keys: Keys::Listed(vec![month]),
            created: Created::Any,
            served: None,
            residual: Filter::default(),
            ordered: true,
            descending: false,
        };
        let members = Some(vec![ID.to_owned()]);
        let mut ids: Vec<ObjectId> = Vec::new();
        let shape = Shape { is_whole: true, completes: false };
        let collector = Collector::new(self, collection, shape, &mut ids);
        let reading = Reading { members, ..Reading::of(collection, &plan) };
        self.read(&reading, Some(&collector)).await?;
        let keys: Vec<String> = ids.iter().map(ToString::to_string).collect();
        for keys in keys.chunks(MAX_GET_KEYS) {
            let mut pauses = Pauses::default();
            // Refused where one of them changes meanwhile, which counts it.
            while !self.count_some(collection, keys).await? {
                if !pauses.pause().await {
                    return Err(StoreError::Busy("documents change again and again while they are counted".to_owned()));
                }
            }
        }
        Ok(())
    }

    async fn count_some(&self, collection: &'static Collection, keys: &[String]) -> Result<bool, StoreError> {
        let mut items = self.get_items_now(collection, keys).await?;
        items.retain(|item| is_document(item) && PriorCount::of(collection, item).is_none());
        let write = |item: Item| {
            let mut counter_deltas = CounterDeltas::default();
            let step = counter_deltas.update(collection, &item, &item)?;
            let key = item.get(ID)?.as_s().ok()?;
            let uncounted = WriteCondition::All(vec![WriteCondition::Has(ORDER), WriteCondition::HasNot(MARK)]);
            Some(Write { change: Change::update(collection, key, vec![step], uncounted), counter_deltas })
        };
        for changes in transactions(self.transaction_limits(), items.into_iter().filter_map(write)) {
            if !changes.is_empty() && self.transact(&changes).await? != Transaction::Done {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
