//! A store: the tables of one deployment, on the engine that keeps their items.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use super::{Work, dynamodb::DynamoDbEngine, engine::Engine};
use crate::connection::DynamoDb;

/// The tables of one deployment.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) engine: Arc<dyn Engine>,
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

impl StoreOptions {
    /// A page holds up to a thousand documents: these are what half a gigabyte of memory holds of them, and well below
    /// what API Gateway waits for.
    const LAMBDA_PAGES: usize = 60;

    /// What a machine of one's own reads in a few seconds.
    const LOCAL_PAGES: usize = 1_000;

    /// The options of a function on Lambda.
    pub fn lambda(table_prefix: String) -> Self {
        Self { table_prefix, page_budget: Self::LAMBDA_PAGES }
    }

    /// The options of one machine.
    pub fn local() -> Self {
        Self { table_prefix: "kernelci-".to_owned(), page_budget: Self::LOCAL_PAGES }
    }
}

impl Store {
    /// The tables of `dynamodb`.
    pub fn new(dynamodb: DynamoDb, options: StoreOptions) -> Self {
        Self::on(Arc::new(DynamoDbEngine::new(dynamodb, options.table_prefix.clone())), options)
    }

    /// The tables of an engine, which has prefixes of its own, if any.
    pub fn on(engine: Arc<dyn Engine>, options: StoreOptions) -> Self {
        Self { engine, options: Arc::new(options), work: Work::default(), known_months: Arc::default() }
    }

    /// The engine.
    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.engine
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
}
