//! The port between the store and what keeps its items: DynamoDB, or the embedded engine of one machine.
//!
//! An engine reads items by key and by access pattern, and writes them under conditions. It knows nothing of documents
//! that are longer than an item, of identities or of totals: that is written once, above it. Requests are typed; what an
//! engine makes of them, such as the text of expressions, is its own.

use std::{fmt, sync::Arc};

use futures_util::{
    FutureExt,
    future::{BoxFuture, ready},
};

use super::{StoreError, TableSchema, Work, tables::MadeTable};
pub use super::{
    attribute::{AttributeValue, Item},
    condition::{BadUpdateAction, UpdateAction, WriteCondition},
    item::ItemError,
    item_text::DocumentReader,
    packing::size,
    put::{Action, Change, Put, Transaction},
    unpacking::Opened,
};
use crate::{
    collections::{Collection, Index},
    query::Filter,
};

/// The most keys of one [`Engine::get_many`].
pub const MAX_GET_KEYS: usize = 100;

/// The most keys of one [`Engine::delete_many`].
pub const MAX_DELETE_KEYS: usize = 25;

/// The most items that one page of a query reads.
pub const PAGE: usize = 1_000;

/// The most bytes of items that one page of a query reads.
pub const PAGE_BYTES: usize = 1024 * 1024;

/// The most changes that a transaction of DynamoDB takes.
const DYNAMODB_CHANGES: usize = 100;

/// The most bytes of items in one: of the 4 MB that it takes, a quarter is left to keys, conditions and updates.
const DYNAMODB_BYTES: usize = 3 * 1024 * 1024;

/// How much one transaction of an engine takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionLimits {
    /// The most changes, each of another item. Checks count as changes.
    pub changes: usize,
    /// The most bytes of the items that are put, as [`size`] counts them.
    pub bytes: usize,
}

impl TransactionLimits {
    /// DynamoDB's.
    pub const DYNAMODB: Self = Self { changes: DYNAMODB_CHANGES, bytes: DYNAMODB_BYTES };

    /// The lower ones of both.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self { changes: self.changes.min(other.changes), bytes: self.bytes.min(other.bytes) }
    }
}

/// What an engine answers, later.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// What keeps the items of the tables. Each method is one request, whose work is added to the counters that it is given.
///
/// Errors are those of [`StoreError`]: [`StoreError::Busy`] where the same request may succeed later, and it is not known
/// whether a write was done; else [`StoreError::Failed`].
pub trait Engine: fmt::Debug + Send + Sync {
    /// How much one [`Engine::transact`] takes. A larger one is refused.
    fn transaction_limits(&self) -> TransactionLimits;

    /// The item of a key. A consistent read sees every write that has been answered.
    fn get<'a>(
        &'a self,
        work: &'a Work,
        collection: &'static Collection,
        key: &'a str,
        consistent: bool,
    ) -> Answer<'a, Option<Item>>;

    /// The items of up to [`MAX_GET_KEYS`] different keys, in any order; absent ones are left out.
    fn get_many<'a>(
        &'a self,
        work: &'a Work,
        collection: &'static Collection,
        keys: &'a [String],
        consistent: bool,
    ) -> Answer<'a, Vec<Item>>;

    /// One page of an access pattern, its items read as documents.
    fn query<'a>(&'a self, work: &'a Work, query: &'a Query<'a>) -> Answer<'a, Page<Opened>>;

    /// One page of an access pattern, its items as they are.
    fn query_items<'a>(&'a self, work: &'a Work, query: &'a Query<'a>) -> Answer<'a, Page<Item>>;

    /// Makes one change where its condition holds. A check is no change of its own: it needs a transaction.
    fn write<'a>(&'a self, work: &'a Work, change: &'a Change, returned: ReturnValue) -> Answer<'a, Put>;

    /// Makes all changes, each of another item, or none of them: at most as many as [`Engine::transaction_limits`] says.
    fn transact<'a>(&'a self, work: &'a Work, changes: &'a [Change]) -> Answer<'a, Transaction>;

    /// Deletes up to [`MAX_DELETE_KEYS`] items by their keys, whether or not they are there; not all at once.
    fn delete_many<'a>(&'a self, work: &'a Work, collection: &'static Collection, keys: &'a [String])
    -> Answer<'a, ()>;

    /// The version of a collection: a number that every committed change raises before the request that made it is
    /// answered. `None` while a change is being made, and of an engine that does not know of every change.
    fn version(&self, _collection: &'static Collection) -> Option<u64> {
        None
    }

    /// The items as they are now, whatever is written later. It is read, and takes no writes. `None` where the engine has
    /// no such view.
    fn snapshot(&self) -> Answer<'_, Option<Arc<dyn Engine>>> {
        ready(Ok(None)).boxed()
    }

    /// Makes the tables that are not there, with their indexes, and says of each whether it is new.
    fn create_tables<'a>(&'a self, schemas: &'a [TableSchema]) -> Answer<'a, Vec<MadeTable>>;
}

/// One page of an access pattern.
#[derive(Debug, Clone)]
pub struct Query<'a> {
    /// The collection.
    pub collection: &'static Collection,
    /// The access pattern.
    pub index: &'static Index,
    /// The partition key.
    pub key: &'a str,
    /// The range of the sort key: from the first to before the second. No sort key equals the second.
    pub order: Option<(String, String)>,
    /// The conditions on what is read; that on `created_on` is in `order`.
    pub filter: &'a Filter,
    /// The attributes to return; `None` for all that the index carries.
    pub members: Option<Vec<&'a str>>,
    /// Only how many items match.
    pub count_only: bool,
    /// The JSON text of each document will do, where the engine has it sooner than the document.
    pub texts: bool,
    /// From the last to the first.
    pub descending: bool,
    /// The most items to read, whether or not they match: at least one, at most [`PAGE`].
    pub limit: usize,
    /// Where the page before ended.
    pub start: Option<&'a Cursor>,
}

impl<'a> Query<'a> {
    /// The first page of all that an index carries under a key and that matches, in order.
    pub fn of(collection: &'static Collection, index: &'static Index, key: &'a str, filter: &'a Filter) -> Self {
        Self {
            collection,
            index,
            key,
            order: None,
            filter,
            members: None,
            count_only: false,
            texts: false,
            descending: false,
            limit: PAGE,
            start: None,
        }
    }
}

/// Where a page ended, in its engine's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub Box<str>);

/// A page of a query. It may be empty and not the last.
#[derive(Debug)]
pub struct Page<T> {
    /// The items that match; none where only their number was asked for.
    pub items: Vec<T>,
    /// How many items match.
    pub count: usize,
    /// Where the next page begins; `None` after the last.
    pub next: Option<Cursor>,
}

/// What a write returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnValue {
    /// Nothing.
    None,
    /// The item as it was before the write.
    AllOld,
    /// The item as it is after the write.
    AllNew,
}
