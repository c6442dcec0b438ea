//! Single cases that differed, or could easily differ, from the evaluator.

use kernelci::{
    collections::{BUILD, BUILD_LOGS, Collection, JOB},
    value::Document,
};
use kernelci_tests::document;
use serde_json::json;

use crate::{
    oracle::{difference, loaded},
    queries::{Ask, Query},
};

const DIGITS: &str = "5e79f370f870c5da21eece01";

fn with_id(number: u8, members: serde_json::Value) -> Document {
    let mut members = members;
    members["_id"] = json!({"$oid": format!("{number:024x}")});
    document(members)
}

async fn assert_same(collection: &'static Collection, documents: &[Document], asks: &[(Ask, &str)]) {
    let fixture = loaded(collection, documents).await;
    for (ask, text) in asks {
        let query = Query { ask: ask.clone(), text: (*text).to_owned() };
        if let Some(difference) = difference(&fixture.store, collection, documents, &query).await {
            panic!("{difference}");
        }
    }
}

#[tokio::test]
async fn a_text_of_an_ids_digits_is_not_the_id() {
    let documents = [with_id(1, json!({"job_id": {"$oid": DIGITS}})), with_id(2, json!({"job_id": DIGITS}))];
    assert_same(
        &BUILD,
        &documents,
        &[(Ask::List, &format!("job_id={DIGITS}")), (Ask::Count, &format!("job_id={DIGITS}"))],
    )
    .await;
    let documents = [with_id(1, json!({"job": DIGITS})), with_id(2, json!({"job": {"$oid": DIGITS}}))];
    assert_same(&JOB, &documents, &[(Ask::List, &format!("job={DIGITS}")), (Ask::Count, &format!("job={DIGITS}"))])
        .await;
}

#[tokio::test]
async fn the_first_and_last_dates_are_sorted_correctly() {
    let documents = [
        with_id(1, json!({"created_on": {"$date": 253_402_300_799_999_i64}})),
        with_id(2, json!({"created_on": {"$date": 1_581_638_400_000_i64}})),
        with_id(3, json!({"created_on": {"$date": -62_167_219_200_000_i64}})),
        with_id(4, json!({})),
    ];
    let asks = [
        "limit=1",
        "limit=2",
        "limit=3",
        "sort=created_on&limit=1",
        "sort=created_on&limit=2",
        "gte=created_on,2000-01-01&limit=1",
        "created_on=null",
    ];
    assert_same(&JOB, &documents, &asks.map(|text| (Ask::List, text))).await;
}

#[tokio::test]
async fn results_can_be_sorted_and_grouped_by_compressed_members() {
    let documents = [
        with_id(1, json!({"job": "next", "extra": "b".repeat(5_000)})),
        with_id(2, json!({"job": "next", "extra": "c"})),
        with_id(3, json!({"job": "next", "extra": "a".repeat(5_000)})),
        with_id(4, json!({"job": "next", "extra": "a".repeat(5_000)})),
    ];
    for collection in [&JOB, &BUILD_LOGS] {
        let asks = [
            (Ask::List, "sort=extra&limit=2"),
            (Ask::List, "sort=extra&field=job"),
            (Ask::Groups, "aggregate=extra"),
            (Ask::Distinct("extra"), ""),
        ];
        for ask in asks {
            assert_same(collection, &documents, &[ask]).await;
        }
    }
}

#[tokio::test]
async fn a_long_value_in_place_of_a_count_is_kept() {
    let documents = [with_id(1, json!({"errors_count": "a".repeat(5_000)})), with_id(2, json!({"errors_count": 1}))];
    let asks = [(Ask::Count, "errors=null"), (Ask::List, "errors=null"), (Ask::List, "sort=errors_count&limit=1")];
    assert_same(&BUILD_LOGS, &documents, &asks).await;
}

#[tokio::test]
async fn a_member_name_with_a_dot_precedes_a_path() {
    let documents = [
        with_id(1, json!({"a.b": 1, "a": {"b": 2}})),
        with_id(2, json!({"a.b": 3})),
        with_id(3, json!({"a": {"b": 0}})),
    ];
    for collection in [&JOB, &BUILD_LOGS] {
        let asks = [
            (Ask::List, "field=a.b"),
            (Ask::List, "sort=a.b&field=_id"),
            (Ask::Groups, "aggregate=a.b"),
            (Ask::List, "nfield=a.b"),
            (Ask::Distinct("a.b"), ""),
        ];
        for ask in asks {
            assert_same(collection, &documents, &[ask]).await;
        }
    }
}

#[tokio::test]
async fn projections_of_reserved_and_unknown_names_are_empty() {
    let documents = [with_id(1, json!({"job": "next"}))];
    for name in
        ["_order", "_month", "_tree", "_packed", "_chunks", "nosuch", "a..b", ".", "%23n0", "%3Av0", "job%20", "_id.x"]
    {
        for collection in [&JOB, &BUILD_LOGS] {
            let texts = ["field", "nfield", "sort", "aggregate"].map(|argument| format!("{argument}={name}"));
            let [field, nfield, sort, aggregate] = texts.each_ref().map(String::as_str);
            assert_same(
                collection,
                &documents,
                &[(Ask::List, field), (Ask::List, nfield), (Ask::List, sort), (Ask::Groups, aggregate)],
            )
            .await;
        }
    }
}

#[tokio::test]
async fn the_maximum_number_of_fields_is_projected() {
    let documents = [with_id(1, json!({"job": "next", "f998": 1}))];
    let fields: Vec<_> = (0..999).map(|number| format!("field=f{number}")).collect();
    for collection in [&JOB, &BUILD_LOGS] {
        assert_same(collection, &documents, &[(Ask::List, &fields.join("&"))]).await;
    }
}
