//! Queries of several partitions: more keys than are read concurrently, many ids, many values.

use kernelci::{
    collections::{BUILD, BUILD_LOGS, JOB},
    query::{Keys, MAX_KEYS, MAX_VALUES, Plan, plan},
    value::{Document, Value},
};

use crate::{
    documents::own_id,
    oracle::{difference, loaded, selection},
    queries::{Ask, Query},
};

fn documents(count: u8) -> Vec<Document> {
    let document = |number: u8| {
        let text = |name: &str, text: String| (name.to_owned(), Value::from(text));
        let members = [
            text("job", format!("tree{number}")),
            text("kernel", format!("v{}", number % 3)),
            text("arch", format!("arch{number}")),
        ];
        members.into_iter().chain([("_id".into(), Value::Id(own_id(number)))]).collect()
    };
    (0..count).map(document).collect()
}

fn repeated(name: &str, values: impl Iterator<Item = String>) -> String {
    values.map(|value| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

async fn assert_same(query: &str) {
    let documents = documents(110);
    for collection in [&JOB, &BUILD_LOGS] {
        let fixture = loaded(collection, &documents).await;
        for ask in [Ask::List, Ask::Count] {
            let query = Query { ask, text: query.to_owned() };
            assert_eq!(difference(&fixture.store, collection, &documents, &query).await, None);
        }
    }
}

#[tokio::test]
async fn the_maximum_number_of_keys_is_read_concurrently() {
    let query = repeated("job", (0..MAX_KEYS).map(|number| format!("tree{number}")));
    let Plan::Query(planned) = plan(&JOB, &selection(&JOB, &query)) else { panic!() };
    assert!(matches!(planned.keys, Keys::Listed(keys) if keys.len() == MAX_KEYS));
    assert_same(&query).await;
}

#[tokio::test]
async fn more_keys_than_the_maximum_are_read_by_time_and_filtered() {
    let query = repeated("job", (5..=5 + MAX_KEYS).map(|number| format!("tree{number}")));
    let Plan::Query(planned) = plan(&JOB, &selection(&JOB, &query)) else { panic!() };
    assert_eq!(planned.keys, Keys::Months);
    assert_same(&query).await;
}

#[tokio::test]
async fn too_many_key_combinations_are_read_by_fewer_members() {
    let jobs = repeated("job", (0..60).map(|number| format!("tree{number}")));
    let query = format!("{jobs}&kernel=v0&kernel=v1");
    let Plan::Query(planned) = plan(&JOB, &selection(&JOB, &query)) else { panic!() };
    assert_eq!(planned.index.name, "by_tree");
    assert_same(&query).await;
}

#[tokio::test]
async fn many_ids_are_fetched_in_the_requested_order() {
    let ids = repeated("_id", (0..=255).rev().map(|number| own_id(number).to_string()));
    assert_same(&format!("{ids}&sort=job&limit=60&skip=7")).await;
}

// DynamoDB accepts 4 KB of expression text and 100 operands of `IN`.
#[tokio::test]
async fn the_maximum_number_of_filter_values_is_evaluated() {
    assert_same(&repeated("arch", (0..MAX_VALUES).map(|number| format!("arch{}", number + 60)))).await;
    assert_same(&repeated("kernel", (0..MAX_VALUES).map(|number| format!("v{}", number + 2)))).await;
}

#[tokio::test]
async fn the_maximum_number_of_listed_filter_values_is_evaluated() {
    let documents = documents(3);
    let fixture = loaded(&BUILD, &documents).await;
    let query = repeated("kconfig_fragments", (0..MAX_VALUES / 4).map(|number| format!("f{number}")));
    for ask in [Ask::List, Ask::Count] {
        assert_eq!(difference(&fixture.store, &BUILD, &documents, &Query { ask, text: query.clone() }).await, None);
    }
}
