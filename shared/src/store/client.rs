//! A store: the tables of one deployment, on the engine that keeps their items.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use super::{
    Gate, StoreError, Work,
    dynamodb::DynamoDbEngine,
    engine::{Engine, PAGE, TransactionLimits},
    memory::{Answer, Holding, Memory},
    read_permits::ReadPermits,
    revalidation::KnownTags,
};
use crate::connection::DynamoDb;

/// The tables of one deployment.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) engine: Arc<dyn Engine>,
    pub(super) options: Arc<StoreOptions>,
    pub(super) work: Work,
    pub(super) known_months: Arc<Mutex<HashSet<(&'static str, String)>>>,
    /// What reads wait for, where their caller is not known yet.
    gate: Option<Gate>,
    pub(super) read_permits: ReadPermits,
    pub(super) known_tags: KnownTags,
    memory: Arc<Memory>,
    /// What the answer of the request holds; `None` where no request is answered.
    answer: Option<Arc<Answer>>,
}

/// What a deployment decides.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// What the tables' names begin with.
    pub table_prefix: String,
    /// The most pages that one request reads before it is refused as too wide.
    pub page_budget: usize,
    /// The most items of a page.
    pub page_items: usize,
    /// The most bytes that the documents and the text of one answer take.
    pub answer_bytes: usize,
    /// The most bytes that all answers of the process take together.
    pub all_answers_bytes: usize,
    /// The most that one transaction holds, where that is to be less than the engine takes.
    pub transaction: Option<TransactionLimits>,
}

impl StoreOptions {
    /// What a function reads well within the time that API Gateway waits for.
    const LAMBDA_PAGES: usize = 60;

    /// What one machine reads in some seconds.
    const LOCAL_PAGES: usize = 1_000;

    /// Some hundred thousand small documents, or the whole page budget of a function; with the pages that are being read
    /// less than the 512 MB that a function has.
    const ANSWER_BYTES: usize = 192 * 1024 * 1024;

    /// Four of the largest answers.
    const LOCAL_ANSWERS_BYTES: usize = 768 * 1024 * 1024;

    /// The options of a function on Lambda, which answers one request at a time.
    pub fn lambda(table_prefix: String) -> Self {
        Self {
            table_prefix,
            page_budget: Self::LAMBDA_PAGES,
            page_items: PAGE,
            answer_bytes: Self::ANSWER_BYTES,
            all_answers_bytes: Self::ANSWER_BYTES,
            transaction: None,
        }
    }

    /// The options of one machine.
    pub fn local() -> Self {
        Self {
            table_prefix: "kernelci-".to_owned(),
            page_budget: Self::LOCAL_PAGES,
            page_items: PAGE,
            answer_bytes: Self::ANSWER_BYTES,
            all_answers_bytes: Self::LOCAL_ANSWERS_BYTES,
            transaction: None,
        }
    }
}

impl Store {
    /// The tables of `dynamodb`.
    pub fn new(dynamodb: DynamoDb, options: StoreOptions) -> Self {
        Self::on(Arc::new(DynamoDbEngine::new(dynamodb, options.table_prefix.clone())), options)
    }

    /// The tables of an engine, which has prefixes of its own, if any.
    pub fn on(engine: Arc<dyn Engine>, options: StoreOptions) -> Self {
        let memory = Memory::new(options.answer_bytes, options.all_answers_bytes);
        Self {
            engine,
            options: Arc::new(options),
            work: Work::default(),
            known_months: Arc::default(),
            gate: None,
            read_permits: ReadPermits::new(),
            known_tags: KnownTags::default(),
            memory: Arc::new(memory),
            answer: None,
        }
    }

    /// The engine.
    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.engine
    }

    /// How much one transaction holds: what the engine takes, or less where the options say so.
    pub fn transaction_limits(&self) -> TransactionLimits {
        let of_engine = self.engine.transaction_limits();
        self.options.transaction.map_or(of_engine, |limits| limits.min(of_engine))
    }

    /// The same tables for one request: with counters, turns and an answer of its own.
    #[must_use]
    pub fn counted(&self) -> Self {
        Self {
            work: Work::default(),
            read_permits: self.read_permits.of_another_request(),
            answer: Some(Answer::of(&self.memory)),
            ..self.clone()
        }
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

    /// A part of what the answer of the request holds; where no request is answered, a holding by itself.
    pub fn holding(&self) -> Holding {
        Holding::of(self.answer.clone().unwrap_or_else(|| Answer::of(&self.memory)))
    }

    /// The same tables, counters and turns for a reading that may hold no more than `limit` bytes.
    pub(super) fn holding_at_most(&self, limit: usize) -> Self {
        Self { answer: Some(Answer::at_most(&self.memory, limit)), ..self.clone() }
    }

    /// The same counters and turns for the items of `engine`, of which any number of pages may be read.
    pub(super) fn reading_all_of(&self, engine: Arc<dyn Engine>) -> Self {
        let options = Arc::new(StoreOptions { page_budget: usize::MAX, ..(*self.options).clone() });
        Self { engine, options, ..self.clone() }
    }

    /// The most bytes that the answer holds.
    pub(super) fn answer_bytes(&self) -> usize {
        self.answer.as_ref().map_or(self.memory.of_one(), |answer| answer.limit())
    }

    /// Waits until a read may be sent.
    pub(super) async fn pass(&self, is_one_item: bool) -> Result<(), StoreError> {
        match &self.gate {
            Some(gate) => gate.pass(is_one_item).await,
            None => Ok(()),
        }
    }
}
