//! Readings and writes of the embedded store at the same time.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use kernelci::store::{Store, StoreOptions, create_tables};
use kernelci_local::{
    embedded::Embedded,
    template::{TEMPLATE, Template},
};

const TABLE: &str = "kernelci-job";
const ITEMS: usize = 400;
const READINGS: usize = 8;
const WRITES: usize = 10;

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

async fn put(client: &Client, id: &str, length: usize) {
    let item = client.put_item().table_name(TABLE).item("_id", text(id)).item("_month", text("2020-02"));
    item.item("_order", text(id)).item("kernel", text(&"x".repeat(length))).send().await.unwrap();
}

/// Reads all pages by a filter that fits nothing.
async fn read(client: Client) {
    let mut start = None;
    loop {
        let query = client.query().table_name(TABLE).index_name("by_time").limit(50).filter_expression("#k = :k");
        let query = query.key_condition_expression("#m = :m").expression_attribute_names("#m", "_month");
        let query = query.expression_attribute_values(":m", text("2020-02")).expression_attribute_names("#k", "kernel");
        let query = query.expression_attribute_values(":k", text("y")).set_exclusive_start_key(start);
        start = query.send().await.unwrap().last_evaluated_key;
        if start.is_none() {
            return;
        }
    }
}

async fn filled(file: Option<&std::path::Path>) -> (Embedded, Client) {
    let embedded = Embedded::start(file).unwrap();
    let store = Store::new(embedded.dynamodb(), StoreOptions::local());
    create_tables(&store, &Template::read(TEMPLATE).unwrap().tables).await.unwrap();
    let client = embedded.dynamodb().client().clone();
    for number in 0..ITEMS {
        put(&client, &format!("{number:05}"), 20_000).await;
    }
    (embedded, client)
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_do_not_wait_for_filtered_readings() {
    let folder = tempfile::tempdir().unwrap();
    for file in [Some(folder.path().join("store.sqlite")), None] {
        let (_embedded, client) = filled(file.as_deref()).await;
        let began = Instant::now();
        let readings: Vec<_> = (0..READINGS).map(|_| tokio::spawn(read(client.clone()))).collect();
        let written = {
            let client = client.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                for number in 0..WRITES {
                    put(&client, &format!("w{number}"), 10).await;
                    let get = client.get_item().table_name(TABLE).key("_id", text(&format!("w{number}")));
                    assert!(get.projection_expression("kernel").send().await.unwrap().item.is_some(), "{number}");
                }
                began.elapsed()
            })
        };
        for reading in readings {
            reading.await.unwrap();
        }
        let (read, written) = (began.elapsed(), written.await.unwrap());
        println!("read {read:?}, written {written:?}");
        assert!(written < read, "{WRITES} writes took {written:?}, {READINGS} readings {read:?}");
    }
}
