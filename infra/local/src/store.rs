//! Tools of the store: the DynamoDB stand-in served on a port, and the creation of tables at an endpoint.

use std::{path::Path, sync::Arc};

use kernelci::{
    collections::COLLECTIONS,
    connection::{DynamoDb, stand_in},
    store::{
        MadeTable, Store, StoreOptions, TableSchema, create_tables,
        engine::{Change, Engine},
    },
};

use crate::{
    data::DataFolder,
    embedded::Embedded,
    options::Options,
    port::Port,
    signature::StoreKey,
    sqlite::Sqlite,
    start::{Failure, interrupted, say},
    template::{TEMPLATE, Template},
};

/// The maximum number of items in one transaction of a copy. Even items of maximum size then fit.
const MAX_COPIED: usize = 10;

/// Serves the DynamoDB stand-in on a port until Ctrl-C, with the tables of the template, to clients that sign with its
/// key. When the data folder has no stand-in yet, it is created as a copy of the embedded store.
///
/// # Errors
/// The data cannot be opened, or the address cannot be bound.
pub async fn serve(options: &Options) -> Result<(), Failure> {
    let folder = options.data_folder().map(DataFolder::take).transpose()?;
    let given = options.store_key.as_deref().and_then(StoreKey::new);
    let (key, shown) = match (given, &folder) {
        (Some(key), _) => (Some(key), "$KERNELCI_STORE_KEY".to_owned()),
        (None, Some(folder)) => (folder.store_key()?, format!("$(cat {})", folder.store_key_file().display())),
        (None, None) => {
            let key = StoreKey::random();
            let shown = key.secret().to_owned();
            (Some(key), shown)
        }
    };
    let key = key.ok_or("the key of the store is empty")?;
    let tables = Template::read(TEMPLATE)?.tables;
    if let Some(folder) = folder.as_ref().filter(|folder| !folder.stand_in().exists() && folder.store().exists()) {
        copy(&folder.store(), &folder.stand_in(), &tables).await?;
    }
    let embedded = Embedded::start(folder.as_ref().map(DataFolder::stand_in).as_deref())?;
    let store = Store::new(embedded.dynamodb(), StoreOptions::local());
    create_tables(&store, &tables).await?;
    store.count_what_is_there().await?;
    let cannot = |error| format!("{} cannot be listened on: {error}", options.listen);
    let port = Port::open(options.listen, key, embedded.requests()).await.map_err(cannot)?;
    say(&format!("DynamoDB on {}   (Ctrl-C stops it)", port.endpoint()));
    say("\nWho has its key reads and writes everything. Clients sign with it:");
    say(&format!("  export AWS_ENDPOINT_URL_DYNAMODB={} AWS_REGION=local", port.endpoint()));
    say(&format!("  export AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY=\"{shown}\"", StoreKey::ID));
    interrupted().await
}

/// Copies all items of the embedded store to a new file of the stand-in. The file gets its name when the copy is
/// complete.
///
/// # Errors
/// A file cannot be read or written.
pub async fn copy(from: &Path, to: &Path, tables: &[TableSchema]) -> Result<(), Failure> {
    let begun = to.with_extension("begun");
    if begun.exists() {
        std::fs::remove_file(&begun)?;
    }
    let engine = Arc::new(Sqlite::open(from)?);
    create_tables(&Store::on(Arc::clone(&engine) as Arc<dyn Engine>, StoreOptions::local()), tables).await?;
    let embedded = Embedded::start(Some(&begun))?;
    let store = Store::new(embedded.dynamodb(), StoreOptions::local());
    create_tables(&store, tables).await?;
    for collection in COLLECTIONS {
        let mut last = String::new();
        loop {
            let items = engine.items_behind(collection, &last, MAX_COPIED).await?;
            let changes: Vec<Change> = items.into_iter().map(|item| Change::put(collection, item, None)).collect();
            let Some(change) = changes.last() else { break };
            last = change.key.clone();
            store.engine().transact(store.work(), &changes).await?;
        }
    }
    drop((store, embedded));
    Ok(std::fs::rename(&begun, to)?)
}

/// Creates the tables of the template at an endpoint and prints which of them are new.
///
/// # Errors
/// The endpoint cannot be reached or refuses a request.
pub async fn make_tables(endpoint: &str, prefix: &str) -> Result<(), Failure> {
    let options = StoreOptions { table_prefix: prefix.to_owned(), ..StoreOptions::local() };
    let store = Store::new(DynamoDb::new(&stand_in(endpoint).await), options);
    let made = create_tables(&store, &Template::read(TEMPLATE)?.tables).await?;
    store.count_what_is_there().await?;
    for MadeTable { name, is_new } in made {
        say(&if is_new { format!("{name} made") } else { format!("{name} was there") });
    }
    Ok(())
}
