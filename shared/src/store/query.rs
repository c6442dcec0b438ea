//! Reading an access pattern: page after page, until the answer is complete or the budget is used up.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::OnceCell;

use super::{
    Store, StoreError,
    collect::Collector,
    engine::{Cursor, Page, Query},
    get::CONCURRENCY,
    item::Item,
    keys::{null_order_bounds, order_bounds},
    memory::Holding,
    page_growth::PageGrowth,
    staged_import::{Decided, IMPORT, may_be_hidden},
    unpacking::{Opened, item_size},
};
use crate::{
    collections::{Collection, Projection},
    query::{Created, Filter, Keys, QueryPlan},
};

/// How often a reading is repeated because an import has ended meanwhile.
const MAX_READINGS: usize = 5;

/// What is read of an access pattern.
pub(super) struct Reading<'a> {
    pub(super) collection: &'static Collection,
    pub(super) plan: &'a QueryPlan,
    /// The number of matching items after which reading may end, where the plan's order is the answer's.
    pub(super) needed: Option<usize>,
    /// The number of matching items at the start that are only counted. Only a plan of one stream has such.
    pub(super) skipped: usize,
    /// The members to return; `None` for all that the index carries.
    pub(super) members: Option<Vec<String>>,
    /// Whether the texts of documents will do.
    pub(super) texts: bool,
    /// Whether every item that matches is kept.
    pub(super) keeps_all: bool,
}

/// What the partitions of one reading have in common.
struct Shared<'a> {
    decided: &'a Decided,
    /// The pages that are left.
    budget: AtomicUsize,
    /// Set once the totals were asked what is ahead: no partition reads on before.
    foreseen: OnceCell<()>,
}

impl<'a> Reading<'a> {
    /// All items of a plan.
    pub(super) fn of(collection: &'static Collection, plan: &'a QueryPlan) -> Self {
        Self { collection, plan, needed: None, skipped: 0, members: None, texts: false, keeps_all: false }
    }

    /// Whether items come with the names of the imports that may not have ended. An index that does not carry these has
    /// no such items.
    pub(super) fn shows_imports(&self) -> bool {
        may_be_hidden(self.collection) && self.plan.index.projection == Projection::All
    }

    /// The attributes to return; `None` for all that the index carries.
    fn attributes(&self, is_counted: bool) -> Option<Vec<&str>> {
        let of_imports = self.shows_imports().then_some(IMPORT);
        let members = match &self.members {
            _ if is_counted => Vec::new(),
            Some(members) => members.iter().map(String::as_str).collect(),
            None => return None,
        };
        Some(members.into_iter().chain(of_imports).collect())
    }
}

impl<'a> Reading<'a> {
    /// The first page of one partition, with whole items or with their number alone.
    pub(super) fn query(&'a self, key: &'a str, is_counted: bool) -> Query<'a> {
        let Reading { collection, plan, .. } = self;
        let order = match plan.created {
            Created::Any => None,
            Created::Null => Some(null_order_bounds()),
            Created::Within { from, below } => Some(order_bounds(from, below)),
        };
        let count_only = is_counted && !self.shows_imports();
        Query {
            order,
            members: self.attributes(is_counted).filter(|_| !count_only),
            count_only,
            texts: self.texts,
            descending: plan.ordered && plan.descending,
            ..Query::of(collection, plan.index, key, &plan.residual)
        }
    }
}

impl Store {
    /// Reads the items of a plan, and returns how many match. `collector` takes them; without one they are only counted.
    /// With `needed`, the items of each partition come in order, and of each the first so many.
    pub(super) async fn read(
        &self,
        reading: &Reading<'_>,
        collector: Option<&Collector<'_>>,
    ) -> Result<usize, StoreError> {
        for _ in 0..MAX_READINGS {
            let decided = Decided::default();
            if let Some(collector) = collector {
                collector.clear();
            }
            let count = self.read_once(reading, collector, &decided).await?;
            if !self.saw_a_part(reading.collection, &decided).await? {
                return Ok(count);
            }
        }
        Err(StoreError::Busy("imports end again and again while their documents are read".to_owned()))
    }

    async fn read_once(
        &self,
        reading: &Reading<'_>,
        collector: Option<&Collector<'_>>,
        decided: &Decided,
    ) -> Result<usize, StoreError> {
        let shared = Shared { decided, budget: AtomicUsize::new(self.options.page_budget), foreseen: OnceCell::new() };
        let needed = reading.needed.filter(|_| reading.plan.ordered);
        let mut keys = match &reading.plan.keys {
            Keys::Listed(keys) => keys.clone(),
            Keys::Months => self.months_of(reading, &shared).await?,
        };
        if reading.plan.ordered && reading.plan.descending {
            keys.reverse();
        }
        // Months follow one another in time, so the next is only read when the one before did not suffice.
        let in_turn = reading.plan.is_one_stream() && (needed.is_some() || reading.skipped > 0);
        let mut page_growth = PageGrowth::of(needed, self.options.page_items);
        if in_turn {
            let mut count = 0;
            for key in &keys {
                if needed.is_some_and(|needed| count >= needed) {
                    break;
                }
                count = self.read_key(reading, key, (needed, count), collector, &shared, &mut page_growth).await?;
            }
            return Ok(count);
        }
        // Each of them takes a page.
        if keys.len() > self.options.page_budget {
            return Err(StoreError::Budget { pages: self.options.page_budget });
        }
        let shared = &shared;
        // Collected first: a stream that borrows its closure is not `Send` in every lifetime.
        let parts: Vec<_> = keys
            .iter()
            .map(|key| {
                let mut page_growth = page_growth;
                async move { self.read_key(reading, key, (needed, 0), collector, shared, &mut page_growth).await }
            })
            .collect();
        stream::iter(parts).buffered(CONCURRENCY).try_fold(0, |sum, count| async move { Ok(sum + count) }).await
    }

    /// The months to be read. Where they were looked up and there are some, the totals are asked whether a reading of them
    /// can come to an end.
    async fn months_of(&self, reading: &Reading<'_>, shared: &Shared<'_>) -> Result<Vec<String>, StoreError> {
        let Reading { collection, plan, .. } = reading;
        let months = self.months(collection, plan.created).await?;
        if Self::asks_calendar(plan.created) && !months.is_empty() {
            shared.foreseen.get_or_try_init(|| self.foresee(reading)).await?;
        }
        Ok(months)
    }

    /// The items of one partition of an index, as they are, counted in `holding`.
    pub(super) async fn items_of(
        &self,
        collection: &'static Collection,
        (index, attribute): (&str, &str),
        key: &str,
        holding: &Holding,
    ) -> Result<Vec<Item>, StoreError> {
        let index = collection.indexes.iter().find(|of| (of.name, of.attribute) == (index, attribute));
        let index = index.ok_or_else(|| StoreError::Failed(format!("{} has no such index", collection.name)))?;
        let filter = Filter::default();
        let (mut items, mut next): (_, Option<Cursor>) = (Vec::new(), None);
        for _ in 0..self.options.page_budget {
            let query = Query { start: next.as_ref(), ..Query::of(collection, index, key, &filter) };
            let _turn = self.read_permits.next().await?;
            self.pass(false).await?;
            let page = self.engine.query_items(&self.work, &query).await?;
            holding.grow(page.items.iter().map(item_size).sum())?;
            items.extend(page.items);
            next = page.next;
            if next.is_none() {
                return Ok(items);
            }
        }
        Err(StoreError::Budget { pages: self.options.page_budget })
    }

    /// Reads one partition; `count` matching items were found in those before it. Returns how many there are with its own.
    async fn read_key(
        &self,
        reading: &Reading<'_>,
        key: &str,
        (needed, mut count): (Option<usize>, usize),
        collector: Option<&Collector<'_>>,
        shared: &Shared<'_>,
        page_growth: &mut PageGrowth,
    ) -> Result<usize, StoreError> {
        let Reading { collection, .. } = reading;
        let whole = reading.query(key, collector.is_none());
        let counted = (reading.skipped >= self.options.page_items).then(|| reading.query(key, true));
        let mut next: Option<Cursor> = None;
        loop {
            if shared.budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err() {
                return Err(StoreError::Budget { pages: self.options.page_budget });
            }
            let skipped = reading.skipped.saturating_sub(count);
            // A page that is skipped as a whole is not fetched.
            let first = counted.as_ref().filter(|_| skipped >= self.options.page_items).unwrap_or(&whole);
            // What a filter may drop cannot be told from the number still needed.
            let limit = match reading.plan.residual.conditions.is_empty() {
                false if skipped < self.options.page_items => page_growth.filtered(),
                false => self.options.page_items,
                true => page_growth.exact(needed.map(|needed| needed.saturating_sub(count))),
            };
            let query = Query { limit, start: next.as_ref(), ..first.clone() };
            let page = self.next_page(&query).await?;
            let mut items = page.items;
            let found = if reading.shows_imports() {
                self.retain_visible(collection, shared.decided, &mut items, |opened| opened.import.as_deref()).await?;
                items.len()
            } else {
                page.count
            };
            if let Some(collector) = collector {
                items.drain(..skipped.min(items.len()));
                collector.take(items).await?;
            }
            count += found;
            next = page.next;
            if next.is_none() || needed.is_some_and(|needed| count >= needed) {
                return Ok(count);
            }
            shared.foreseen.get_or_try_init(|| self.foresee(reading)).await?;
        }
    }

    /// One page, in its turn.
    pub(super) async fn next_page(&self, query: &Query<'_>) -> Result<Page<Opened>, StoreError> {
        let _turn = self.read_permits.next().await?;
        self.pass(false).await?;
        self.engine.query(&self.work, query).await
    }
}
