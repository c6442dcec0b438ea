//! What lies in a table, documents and all that serves them.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use kernelci::{collections::Collection, store::EXPIRES};

use crate::bench::Bench;

/// The keys of all items of a table.
#[allow(clippy::disallowed_methods, reason = "whether anything is left behind cannot be told by an access pattern")]
pub(crate) async fn keys(bench: &Bench, collection: &Collection) -> BTreeSet<String> {
    let table = table(bench, collection);
    let (mut keys, mut start) = (BTreeSet::new(), None);
    loop {
        let request = bench.dynamodb.client().scan().table_name(&table).consistent_read(true).limit(20);
        let page = request.set_exclusive_start_key(start).send().await.unwrap();
        keys.extend(page.items().iter().map(|item| item["_id"].as_s().unwrap().clone()));
        start = page.last_evaluated_key;
        if start.is_none() {
            return keys;
        }
    }
}

/// The keys of the parts of long documents.
pub(crate) async fn part_keys(bench: &Bench, collection: &Collection) -> Vec<String> {
    keys(bench, collection).await.into_iter().filter(|key| key.contains('/')).collect()
}

/// One item of a table.
pub(crate) async fn item(bench: &Bench, collection: &Collection, key: &str) -> Option<HashMap<String, AttributeValue>> {
    let get = bench.dynamodb.client().get_item().table_name(table(bench, collection)).consistent_read(true);
    get.key("_id", AttributeValue::S(key.to_owned())).send().await.unwrap().item
}

/// Deletes one item of a table.
pub(crate) async fn delete(bench: &Bench, collection: &Collection, key: &str) {
    let delete = bench.dynamodb.client().delete_item().table_name(table(bench, collection));
    delete.key("_id", AttributeValue::S(key.to_owned())).send().await.unwrap();
}

/// When an item goes by itself, in seconds since the epoch.
pub(crate) async fn expiry(bench: &Bench, collection: &Collection, key: &str) -> Option<i64> {
    let item = item(bench, collection, key).await.unwrap();
    item.get(EXPIRES).map(|expires| expires.as_n().unwrap().parse().unwrap())
}

fn table(bench: &Bench, collection: &Collection) -> String {
    format!("{}{}", bench.options.table_prefix, collection.name)
}
