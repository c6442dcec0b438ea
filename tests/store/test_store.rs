//! A store for one test. Targets whose names end with `sqlite` use an embedded engine on a file; the others use a
//! DynamoDB stand-in, or new tables in the DynamoDB at `AWS_ENDPOINT_URL_DYNAMODB`.

#![allow(dead_code, reason = "several targets share this file, and none uses all of it")]

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use kernelci::{
    collections::{COLLECTIONS, Collection, TOTAL},
    connection::{DynamoDb, stand_in},
    store::{Store, StoreOptions, create_tables, schema},
};
use kernelci_local::{embedded::Embedded, sqlite::Sqlite};

pub(crate) struct TestStore {
    pub(crate) store: Store,
    pub(crate) options: StoreOptions,
    pub(crate) backend: Backend,
}

/// The engine that stores the items.
pub(crate) enum Backend {
    /// DynamoDB at an endpoint, or the stand-in.
    DynamoDb { dynamodb: DynamoDb, _embedded: Option<Embedded> },
    /// SQLite on a file.
    Sqlite { file: PathBuf, _folder: tempfile::TempDir },
}

impl TestStore {
    /// A store with the tables of all collections.
    pub(crate) async fn start() -> Self {
        Self::with(&COLLECTIONS).await
    }

    /// A store with the tables of the given collections, and that of the totals, which many writes change.
    pub(crate) async fn with(collections: &[&'static Collection]) -> Self {
        match env!("CARGO_CRATE_NAME").ends_with("sqlite") {
            true => Self::sqlite(collections).await,
            false => Self::dynamodb(collections).await,
        }
    }

    /// A store on DynamoDB.
    pub(crate) async fn dynamodb(collections: &[&'static Collection]) -> Self {
        let given = std::env::var("AWS_ENDPOINT_URL_DYNAMODB").ok().filter(|url| !url.is_empty());
        let embedded = given.is_none().then(|| Embedded::start(None).unwrap());
        let dynamodb = match (&embedded, given) {
            (Some(embedded), _) => embedded.dynamodb(),
            (None, given) => DynamoDb::new(&stand_in(&given.unwrap()).await),
        };
        let options = StoreOptions { table_prefix: prefix(), ..StoreOptions::local() };
        let store = Store::new(dynamodb.clone(), options.clone());
        Self::filled(store, options, Backend::DynamoDb { dynamodb, _embedded: embedded }, collections).await
    }

    /// A store on a file.
    pub(crate) async fn sqlite(collections: &[&'static Collection]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.sqlite");
        let store = Store::on(Arc::new(Sqlite::open(&file).unwrap()), StoreOptions::local());
        Self::filled(store, StoreOptions::local(), Backend::Sqlite { file, _folder: folder }, collections).await
    }

    async fn filled(
        store: Store,
        options: StoreOptions,
        backend: Backend,
        collections: &[&'static Collection],
    ) -> Self {
        let others = collections.iter().filter(|collection| **collection != &TOTAL);
        let schemas: Vec<_> = others.chain([&&TOTAL]).map(|collection| schema(collection)).collect();
        create_tables(&store, &schemas).await.unwrap();
        Self { store, options, backend }
    }

    /// The same tables, read with another budget.
    pub(crate) fn with_budget(&self, page_budget: usize) -> Store {
        self.with_options(StoreOptions { page_budget, ..self.options.clone() })
    }

    /// The same tables with another page size, in items.
    pub(crate) fn with_pages(&self, page_items: usize) -> Store {
        self.with_options(StoreOptions { page_items, ..self.options.clone() })
    }

    /// The same tables, read with other options.
    pub(crate) fn with_options(&self, options: StoreOptions) -> Store {
        Store::on(Arc::clone(self.store.engine()), options)
    }
}

fn prefix() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    format!("test{time:x}x{}-", NEXT.fetch_add(1, Ordering::Relaxed))
}
