//! The store: documents as items of tables, read by named access patterns only.
//!
//! A table also has items that no index carries and no answer shows: pointers from an identity to a document with
//! another id ([`identity`]), parts of documents that are too long for one item ([`packing`]), and the calendar of the
//! collection ([`calendar`]).

mod attribute;
mod calendar;
mod capabilities;
mod client;
mod collect;
mod condition;
mod deduplicated_task;
mod delete;
mod delivery_state;
mod dynamodb;
pub mod engine;
mod error;
mod gate;
mod get;
mod identity;
mod import;
mod item;
mod item_bytes;
mod item_json;
mod item_text;
mod keys;
mod labs;
mod list;
mod load;
mod memory;
mod packing;
mod page_growth;
mod pages;
mod put;
mod query;
mod read_bound;
mod read_estimate;
mod read_permits;
mod revalidation;
mod staged_import;
mod stream;
mod tables;
mod tasks;
mod tokens;
mod totals;
mod unpacking;
mod update;
mod work;

pub use capabilities::{Accounts, Deleter, Reader, Tasks, Writer};
pub use client::{Store, StoreOptions};
pub use deduplicated_task::DeduplicatedTask;
pub use delete::Removal;
pub use delivery_state::DeliveryState;
pub use error::StoreError;
pub use gate::Gate;
pub use identity::{Identified, Replacement, derived_id};
pub use import::{Import, ImportStrategy, Imported};
pub use item::{ItemError, MAX_DEPTH};
pub use keys::{EXPIRES, ORDER, narrow_members};
pub use list::{DocumentPage, Listed, ListedDocument};
pub use load::Loaded;
pub use memory::Holding;
#[cfg(test)]
pub(crate) use memory::{Answer, Memory};
pub use pages::MAX_PAGE;
pub use put::Change;
pub use read_bound::ReadBound;
pub use revalidation::AnswerVersion;

pub use stream::DocumentStream;
pub use tables::{KeySchema, MadeTable, TableSchema, create_tables, schema};
pub use tasks::{DueTask, TakenTask, TaskEnd};
pub use work::{Work, WorkDone};
