//! The connection to DynamoDB, or to what stands in for it.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use aws_sdk_dynamodb::Client;

use super::Work;
use crate::collections::Collection;

/// The tables of one deployment.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) client: Client,
    pub(super) options: Arc<StoreOptions>,
    pub(super) work: Work,
    pub(super) known_months: Arc<Mutex<HashSet<(&'static str, String)>>>,
}

/// What a deployment decides.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// What the tables' names begin with.
    pub table_prefix: String,
    /// The most pages that one request reads before it is refused as too wide.
    pub page_budget: usize,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { table_prefix: "kernelci-".to_owned(), page_budget: 500 }
    }
}

impl Store {
    /// The tables that `client` reaches.
    pub fn new(client: Client, options: StoreOptions) -> Self {
        Self { client, options: Arc::new(options), work: Work::default(), known_months: Arc::default() }
    }

    /// The same tables, with counters of their own.
    #[must_use]
    pub fn counted(&self) -> Self {
        Self { work: Work::default(), ..self.clone() }
    }

    /// The counters.
    pub fn work(&self) -> &Work {
        &self.work
    }

    /// The name of a collection's table.
    pub(super) fn table(&self, collection: &Collection) -> String {
        format!("{}{}", self.options.table_prefix, collection.name)
    }
}
