//! The raw items of a table: documents and auxiliary items.

use std::collections::BTreeSet;

use kernelci::{
    collections::Collection,
    connection::DynamoDb,
    store::{EXPIRES, engine::Item},
};

use crate::test_store::{TestStore, Backend};

/// The keys of all items of a table.
pub(crate) async fn keys(fixture: &TestStore, collection: &Collection) -> BTreeSet<String> {
    match &fixture.backend {
        Backend::DynamoDb { dynamodb, .. } => {
            scanned(dynamodb, &format!("{}{}", fixture.options.table_prefix, collection.name)).await
        }
        Backend::Sqlite { file, .. } => {
            let connection = rusqlite::Connection::open(file).unwrap();
            let mut statement = connection.prepare(&format!("SELECT key FROM \"{}\"", collection.name)).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "whether anything is left behind cannot be told by an access pattern")]
async fn scanned(dynamodb: &DynamoDb, table: &str) -> BTreeSet<String> {
    let (mut keys, mut start) = (BTreeSet::new(), None);
    loop {
        let request = dynamodb.client().scan().table_name(table).consistent_read(true).limit(20);
        let page = request.set_exclusive_start_key(start).send().await.unwrap();
        keys.extend(page.items().iter().map(|item| item["_id"].as_s().unwrap().clone()));
        start = page.last_evaluated_key;
        if start.is_none() {
            return keys;
        }
    }
}

/// The keys of the parts of long documents.
pub(crate) async fn part_keys(fixture: &TestStore, collection: &Collection) -> Vec<String> {
    keys(fixture, collection).await.into_iter().filter(|key| key.contains('/')).collect()
}

/// One item of a table.
pub(crate) async fn item(fixture: &TestStore, collection: &'static Collection, key: &str) -> Option<Item> {
    fixture.store.engine().get(fixture.store.work(), collection, key, true).await.unwrap()
}

/// Deletes one item of a table.
pub(crate) async fn delete(fixture: &TestStore, collection: &'static Collection, key: &str) {
    let keys = [key.to_owned()];
    fixture.store.engine().delete_many(fixture.store.work(), collection, &keys).await.unwrap();
}

/// The expiry time of an item, in seconds since the epoch.
pub(crate) async fn expiry(fixture: &TestStore, collection: &'static Collection, key: &str) -> Option<i64> {
    let item = item(fixture, collection, key).await.unwrap();
    item.get(EXPIRES).map(|expires| expires.as_n().unwrap().parse().unwrap())
}
