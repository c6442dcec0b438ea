//! Reading an access pattern: page after page, until the answer is complete or the budget is used up.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Store, StoreError,
    engine::{Cursor, PAGE, Query},
    get::SIDE_BY_SIDE,
    imports::{Decided, IMPORT, may_be_hidden},
    item::Item,
    keys::{null_order_bounds, order_bounds},
    unpacking::Opened,
};
use crate::{
    collections::{Collection, Projection},
    query::{Created, Filter, Keys, QueryPlan},
};

/// How often a reading is repeated because an import has ended meanwhile.
const MOST_READINGS: usize = 5;

/// What is read of an access pattern.
pub(super) struct Reading<'a> {
    pub(super) collection: &'static Collection,
    pub(super) plan: &'a QueryPlan,
    /// The number of matching items after which reading may end, where the plan's order is the answer's.
    pub(super) needed: Option<usize>,
    /// The members to return; `None` for all that the index carries.
    pub(super) members: Option<Vec<String>>,
    /// Only how many there are.
    pub(super) count_only: bool,
}

/// The items that were read, or only their number.
#[derive(Default)]
pub(super) struct Found {
    pub(super) items: Vec<Opened>,
    pub(super) count: usize,
}

impl Reading<'_> {
    /// Whether items come with the names of the imports that may not have ended. An index that does not carry these has
    /// no such items.
    fn shows_imports(&self) -> bool {
        may_be_hidden(self.collection) && self.plan.index.projection == Projection::All
    }

    /// The attributes to return; `None` for all that the index carries.
    fn attributes(&self) -> Option<Vec<&str>> {
        let of_imports = self.shows_imports().then_some(IMPORT);
        let members = match &self.members {
            _ if self.count_only => Vec::new(),
            Some(members) => members.iter().map(String::as_str).collect(),
            None => return None,
        };
        Some(members.into_iter().chain(of_imports).collect())
    }
}

impl Store {
    /// Reads the items of a plan. With `needed`, the keys' items are each in order, and no key has fewer than it
    /// needs to; the caller merges.
    pub(super) async fn read(&self, reading: &Reading<'_>) -> Result<Found, StoreError> {
        for _ in 0..MOST_READINGS {
            let decided = Decided::default();
            let found = self.read_once(reading, &decided).await?;
            if !self.saw_a_part(reading.collection, &decided).await? {
                return Ok(found);
            }
        }
        Err(StoreError::Busy("imports end again and again while their documents are read".to_owned()))
    }

    async fn read_once(&self, reading: &Reading<'_>, decided: &Decided) -> Result<Found, StoreError> {
        let budget = AtomicUsize::new(self.options.page_budget);
        let needed = reading.needed.filter(|_| reading.plan.ordered);
        let mut keys = match &reading.plan.keys {
            Keys::Listed(keys) => keys.clone(),
            Keys::Months => self.months(reading.collection, reading.plan.created).await?,
        };
        if reading.plan.ordered && reading.plan.descending {
            keys.reverse();
        }
        if needed.is_some() && reading.plan.keys == Keys::Months {
            return self.read_in_turn(reading, &keys, needed, (&budget, decided)).await;
        }
        // Collected first: a stream that borrows its closure is not `Send` in every lifetime.
        let parts: Vec<_> = keys.iter().map(|key| self.read_key(reading, key, needed, (&budget, decided))).collect();
        let parts: Vec<Found> = stream::iter(parts).buffered(SIDE_BY_SIDE).try_collect().await?;
        let count = parts.iter().map(|part| part.count).sum();
        Ok(Found { items: parts.into_iter().flat_map(|part| part.items).collect(), count })
    }

    // Months follow one another in time, so the next is only read when the one before did not suffice.
    async fn read_in_turn(
        &self,
        reading: &Reading<'_>,
        keys: &[String],
        needed: Option<usize>,
        shared: (&AtomicUsize, &Decided),
    ) -> Result<Found, StoreError> {
        let mut all = Found::default();
        for key in keys {
            let rest = needed.map(|needed| needed.saturating_sub(all.count));
            if rest == Some(0) {
                break;
            }
            let found = self.read_key(reading, key, rest, shared).await?;
            all.items.extend(found.items);
            all.count += found.count;
        }
        Ok(all)
    }

    /// The items of one partition of an index, as they are.
    pub(super) async fn items_of(
        &self,
        collection: &'static Collection,
        (index, attribute): (&str, &str),
        key: &str,
    ) -> Result<Vec<Item>, StoreError> {
        let index = collection.indexes.iter().find(|of| (of.name, of.attribute) == (index, attribute));
        let index = index.ok_or_else(|| StoreError::Failed(format!("{} has no such index", collection.name)))?;
        let filter = Filter::default();
        let (mut items, mut next): (_, Option<Cursor>) = (Vec::new(), None);
        for _ in 0..self.options.page_budget {
            let query = Query { start: next.as_ref(), ..Query::of(collection, index, key, &filter) };
            let page = self.engine.query_items(&self.work, &query).await?;
            items.extend(page.items);
            next = page.next;
            if next.is_none() {
                return Ok(items);
            }
        }
        Err(StoreError::Budget { pages: self.options.page_budget })
    }

    async fn read_key(
        &self,
        reading: &Reading<'_>,
        key: &str,
        needed: Option<usize>,
        (budget, decided): (&AtomicUsize, &Decided),
    ) -> Result<Found, StoreError> {
        let Reading { collection, plan, .. } = reading;
        let order = match plan.created {
            Created::Any => None,
            Created::Null => Some(null_order_bounds()),
            Created::Within { from, below } => Some(order_bounds(from, below)),
        };
        let filter = &plan.residual;
        let count_only = reading.count_only && !reading.shows_imports();
        let first = Query {
            order,
            members: reading.attributes().filter(|_| !count_only),
            count_only,
            descending: plan.ordered && plan.descending,
            ..Query::of(collection, plan.index, key, filter)
        };
        let mut found = Found::default();
        let mut next: Option<Cursor> = None;
        loop {
            if budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err() {
                return Err(StoreError::Budget { pages: self.options.page_budget });
            }
            let rest = needed.map(|needed| needed.saturating_sub(found.count));
            // What a filter may drop cannot be told from the number still needed.
            let limit = rest.filter(|_| filter.conditions.is_empty()).map_or(PAGE, |rest| rest.min(PAGE));
            let query = Query { limit, start: next.as_ref(), ..first.clone() };
            let page = self.engine.query(&self.work, &query).await?;
            let mut items = page.items;
            if reading.shows_imports() {
                self.retain_visible(collection, decided, &mut items, |opened| opened.import.as_deref()).await?;
                found.count += items.len();
            } else {
                found.count += page.count;
            }
            if !reading.count_only {
                found.items.extend(items);
            }
            next = page.next;
            if next.is_none() || needed.is_some_and(|needed| found.count >= needed) {
                return Ok(found);
            }
        }
    }
}
