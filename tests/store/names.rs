//! Member names: reserved ones are refused, all others are stored.

use kernelci::{
    collections::{BUILD, BUILD_LOGS},
    query::Selection,
    store::{ItemError, StoreError},
    value::{Document, Value},
};
use kernelci_tests::{document, id};
use serde_json::json;

use crate::{test_store::TestStore, raw};

const OWN: &str = "5e79f370f870c5da21eece01";

fn with(name: &str, value: Value) -> Document {
    [("_id".to_owned(), Value::Id(id(OWN))), (name.to_owned(), value)].into()
}

fn map(name: &str, value: Value) -> Value {
    Value::Map([(name.to_owned(), value)].into())
}

fn long() -> Value {
    Value::from("x".repeat(10_000))
}

async fn refused(fixture: &TestStore, document: Document, what: &str) {
    let outcome = fixture.store.load(&BUILD, document).await;
    assert!(matches!(&outcome, Err(StoreError::Item(ItemError::Reserved(_)))), "{what}: {outcome:?}");
}

#[tokio::test]
async fn reserved_name_prefixes_are_refused_with_any_value() {
    let fixture = TestStore::with(&[&BUILD]).await;
    for name in
        ["_order", "_month", "_revision", "_packed", "_chunks", "_version", "_hash", "_", "__", "_x", "$", "$oid", "$x"]
    {
        for value in [Value::Null, Value::Integer(1), long(), Value::List(vec![long()])] {
            refused(&fixture, with(name, value), name).await;
        }
    }
    assert!(raw::part_keys(&fixture, &BUILD).await.is_empty());
    assert_eq!(fixture.store.count(&BUILD, &Selection::default()).await.unwrap(), 0);
}

#[tokio::test]
async fn inner_names_with_a_dollar_are_refused_in_short_and_long_members() {
    let fixture = TestStore::with(&[&BUILD]).await;
    for name in ["$", "$oid", "$date", "$text", "$set"] {
        let inner = map(name, Value::from("x"));
        refused(&fixture, with("metadata", inner.clone()), name).await;
        refused(&fixture, with("metadata", Value::List(vec![map("a", inner.clone())])), name).await;
        refused(&fixture, with("metadata", Value::List(vec![long(), map("a", inner)])), name).await;
    }
}

#[tokio::test]
async fn the_maximum_depth_is_equal_for_short_and_long_members() {
    let fixture = TestStore::with(&[&BUILD]).await;
    let deep = || (0..40).fold(Value::Null, |inner, _| Value::List(vec![inner]));
    for value in [deep(), Value::List(vec![long(), deep()])] {
        let outcome = fixture.store.load(&BUILD, with("metadata", value)).await;
        assert!(matches!(outcome, Err(StoreError::Item(ItemError::TooDeep))), "{outcome:?}");
    }
}

#[tokio::test]
async fn unusual_names_and_values_are_stored() {
    let odd = document(json!({
        "_id": {"$oid": OWN},
        "a.b": 1, "a": {"b": 2, ".": 3, "_x": 4}, ".": 1, "a b": 1, "#n0": 1, ":v0": 1, "é\u{1f600}": "\u{0}\u{1f}",
        "part": "x", "points_to": "y", "months": ["z"], "S": {"S": "x"}, "M": {"M": {}}, "NULL": null, "size": true,
        "job": 5, "job_id": "5e79f370f870c5da21eece01", "errors": {"$oid": OWN},
        "warnings": {"$date": 5}, "kernel": ["a"], "big": i64::MAX, "small": i64::MIN, "fraction": 0.1,
        "empty": ["", {}, []], "list": [{"$date": -1}, {"$oid": OWN}, null, false, [[1.5]]],
        "x".repeat(255): "long name",
    }));
    for collection in [&BUILD, &BUILD_LOGS] {
        let fixture = TestStore::with(&[collection]).await;
        fixture.store.load(collection, odd.clone()).await.unwrap();
        assert_eq!(fixture.store.get(collection, id(OWN)).await.unwrap(), Some(odd.clone()));
        assert_eq!(fixture.store.list(collection, &Selection::default()).await.unwrap(), std::slice::from_ref(&odd));
        assert!(fixture.store.delete(collection, id(OWN)).await.unwrap());
    }
}

// DynamoDB refuses an empty name.
#[tokio::test]
async fn an_empty_name_is_stored_or_refused_as_a_client_error() {
    let fixture = TestStore::with(&[&BUILD]).await;
    for document in [with("", Value::from("x")), with("metadata", map("", Value::from("x")))] {
        match fixture.store.load(&BUILD, document.clone()).await {
            Ok(_) => assert_eq!(fixture.store.get(&BUILD, id(OWN)).await.unwrap(), Some(document)),
            Err(StoreError::Item(error)) if error.is_callers() => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn a_document_with_the_member_names_of_a_pointer_is_a_document() {
    let fixture = TestStore::with(&[&BUILD]).await;
    let document = document(json!({"_id": {"$oid": OWN}, "points_to": "5e79f370f870c5da21eece02", "job": "next"}));
    fixture.store.load(&BUILD, document.clone()).await.unwrap();
    let derived = kernelci::store::derived_id(&BUILD, &document).unwrap();
    let found = fixture.store.identified(&BUILD, derived).await.unwrap().map(|found| found.id);
    assert_eq!(found, Some(id(OWN)));
    let made = document.into_iter().filter(|(name, _)| name != "_id");
    let made: Document = made.chain([("kernel".into(), Value::from("v5.6"))]).collect();
    let own = fixture.store.create_identified(&BUILD, made.clone()).await.unwrap();
    assert_eq!(fixture.store.create_identified(&BUILD, made).await.unwrap(), own);
    assert_eq!(fixture.store.identified(&BUILD, own).await.unwrap().map(|found| found.id), Some(own));
}

#[tokio::test]
async fn a_created_on_outside_the_calendar_is_refused() {
    let fixture = TestStore::with(&[&BUILD]).await;
    for created_on in [
        json!("2020-02-14"),
        json!(5),
        json!([]),
        json!({"$date": 253_402_300_800_000_i64}),
        json!({"$date": i64::MIN}),
    ] {
        let document = document(json!({"_id": {"$oid": OWN}, "created_on": created_on}));
        let outcome = fixture.store.load(&BUILD, document).await;
        assert!(matches!(outcome, Err(StoreError::Item(ItemError::CreatedOn))), "{outcome:?}");
    }
}
