//! A store of a test's own: an embedded one, or new tables in the one that `AWS_ENDPOINT_URL_DYNAMODB` names.

#![allow(dead_code, reason = "two targets share this file, and neither needs all of it")]

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use kernelci::{
    collections::{COLLECTIONS, Collection, TOTAL},
    connection::DynamoDb,
    store::{Store, StoreOptions, create_tables, schema},
};
use kernelci_local::embedded::Embedded;

pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) dynamodb: DynamoDb,
    pub(crate) options: StoreOptions,
    _embedded: Option<Embedded>,
}

impl Bench {
    /// A store with the tables of all collections.
    pub(crate) async fn start() -> Self {
        Self::with(&COLLECTIONS).await
    }

    /// A store with the tables of some collections, and that of the totals, which many writes change.
    pub(crate) async fn with(collections: &[&'static Collection]) -> Self {
        let given = std::env::var("AWS_ENDPOINT_URL_DYNAMODB").ok().filter(|url| !url.is_empty());
        let embedded = given.is_none().then(|| Embedded::start(None).unwrap());
        let given = given.map(|endpoint| DynamoDb::at(&endpoint));
        let dynamodb = embedded.as_ref().map(Embedded::dynamodb).or(given).unwrap();
        let options = StoreOptions { table_prefix: prefix(), ..StoreOptions::local() };
        let store = Store::new(dynamodb.clone(), options.clone());
        let others = collections.iter().filter(|collection| **collection != &TOTAL);
        let schemas: Vec<_> = others.chain([&&TOTAL]).map(|collection| schema(collection)).collect();
        create_tables(&store, &schemas).await.unwrap();
        Self { store, dynamodb, options, _embedded: embedded }
    }

    /// The same tables, read with another budget.
    pub(crate) fn with_budget(&self, page_budget: usize) -> Store {
        self.with_options(StoreOptions { page_budget, ..self.options.clone() })
    }

    /// The same tables, read in pages of so many items.
    pub(crate) fn with_pages(&self, page_items: usize) -> Store {
        self.with_options(StoreOptions { page_items, ..self.options.clone() })
    }

    /// The same tables, read with other options.
    pub(crate) fn with_options(&self, options: StoreOptions) -> Store {
        Store::new(self.dynamodb.clone(), options)
    }
}

fn prefix() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    format!("test{time:x}x{}-", NEXT.fetch_add(1, Ordering::Relaxed))
}
