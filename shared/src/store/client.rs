//! The connection to DynamoDB, or to what stands in for it.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use super::{Gate, StoreError, Work, requests::Reads};
use crate::{collections::Collection, connection::DynamoDb};

/// The tables of one deployment.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) dynamodb: DynamoDb,
    pub(super) options: Arc<StoreOptions>,
    pub(super) work: Work,
    pub(super) known_months: Arc<Mutex<HashSet<(&'static str, String)>>>,
    /// What reads wait for, where their caller is not known yet.
    gate: Option<Gate>,
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
        Self { dynamodb, options: Arc::new(options), work: Work::default(), known_months: Arc::default(), gate: None }
    }

    /// The same tables, with counters of their own.
    #[must_use]
    pub fn counted(&self) -> Self {
        Self { work: Work::default(), ..self.clone() }
    }

    /// The same tables and counters, read as `gate` allows. Writes do not wait.
    #[must_use]
    pub fn behind(&self, gate: &Gate) -> Self {
        Self { gate: Some(gate.clone()), ..self.clone() }
    }

    /// The counters.
    pub fn work(&self) -> &Work {
        &self.work
    }

    /// The answer to a request that reads.
    pub(super) async fn ask<R: Reads, A>(
        &self,
        request: &R,
        read: impl FnOnce(&str) -> serde_json::Result<A>,
    ) -> Result<A, StoreError> {
        if let Some(gate) = &self.gate {
            gate.pass(R::IS_ONE_ITEM).await?;
        }
        let body = serde_json::to_vec(request).map_err(|error| StoreError::Failed(error.to_string()))?;
        let answer = self.dynamodb.reads().ask(R::OPERATION, body).await?;
        // The texts of parsers could show what is stored.
        let unreadable =
            |place: usize| StoreError::Failed(format!("an answer to {} is damaged at {place}", R::OPERATION));
        // Checked at once: as bytes, each of the thousands of names and texts in it would be checked by itself.
        let text = std::str::from_utf8(&answer).map_err(|error| unreadable(error.valid_up_to()))?;
        read(text).map_err(|error| unreadable(error.column()))
    }

    /// What writes.
    pub(super) fn client(&self) -> &aws_sdk_dynamodb::Client {
        self.dynamodb.client()
    }

    /// The name of a collection's table.
    pub(super) fn table(&self, collection: &Collection) -> String {
        format!("{}{}", self.options.table_prefix, collection.name)
    }
}
