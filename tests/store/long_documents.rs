//! Documents that are much larger than an item.

use kernelci::{
    collections::{BUILD, BUILD_LOGS, Collection},
    query::{Arguments, Selection},
    time::Timestamp,
    value::{Document, Value},
};
use kernelci_tests::{document, id};
use serde_json::json;

use crate::{test_store::TestStore, parts, raw};

const LONG: &str = "5e79f370f870c5da21eece01";
const SHORT: &str = "5e79f370f870c5da21eece02";

/// Lines that compress badly.
pub(crate) fn lines(count: usize, seed: u64) -> Value {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut line = || Value::from(format!("{:016x}{:016x}{:016x} é", next(), next(), next()));
    Value::List((0..count).map(|_| line()).collect())
}

pub(crate) fn long_document(own: &str, seed: u64) -> Document {
    let mut long = document(json!({
        "_id": {"$oid": own}, "job": "next", "kernel": "v5.6", "build_id": {"$oid": own}, "status": "PASS",
        "created_on": {"$date": 1_581_638_400_000_i64}, "git_branch": "master",
    }));
    // Three megabytes of text in parts, and a member that fits into the item when compressed.
    long.insert("lines", lines(60_000, seed));
    long.insert("few", lines(200, seed));
    long
}

pub(crate) fn selection(collection: &'static Collection, query: &str) -> Selection {
    Selection::read(collection, &Arguments::parse(query).unwrap(), Timestamp::from_milliseconds(0)).unwrap()
}

#[tokio::test]
async fn long_documents_are_read_back_whole_by_every_read() {
    let long = long_document(LONG, 7);
    let short = document(json!({"_id": {"$oid": SHORT}, "job": "next", "kernel": "v5.6"}));
    for collection in [&BUILD, &BUILD_LOGS] {
        let fixture = TestStore::with(&[collection]).await;
        let store = &fixture.store;
        for document in [&long, &short] {
            store.load(collection, document.clone()).await.unwrap();
        }
        assert!(parts::count(&fixture, collection).await > 3);
        assert!(store.get(collection, id(LONG)).await.unwrap().as_ref() == Some(&long));
        assert!(store.get_all(collection, &[id(LONG), id(SHORT)]).await.unwrap() == [long.clone(), short.clone()]);
        for query in [
            "",
            "job=next&kernel=v5.6",
            "job=next",
            &format!("_id={LONG}&_id={SHORT}"),
            "limit=2",
            "sort=job&sort_order=1",
        ] {
            let page = store.list(collection, &selection(collection, query)).await.unwrap();
            assert_eq!(page.len(), 2, "{query}");
            assert!(page.contains(&long) && page.contains(&short), "{query}");
        }
    }
}

#[tokio::test]
async fn a_projection_finds_members_in_the_item_and_in_parts() {
    let long = long_document(LONG, 7);
    for collection in [&BUILD, &BUILD_LOGS] {
        let fixture = TestStore::with(&[collection]).await;
        fixture.store.load(collection, long.clone()).await.unwrap();
        for fields in
            [vec!["lines"], vec!["few", "job"], vec!["lines", "few", "status"], vec!["git_branch"], vec!["nosuch"]]
        {
            let query = fields.iter().map(|field| format!("field={field}")).collect::<Vec<_>>().join("&");
            let expected: Document =
                long.clone().into_iter().filter(|(name, _)| name == "_id" || fields.contains(&name.as_str())).collect();
            assert!(
                fixture.store.list(collection, &selection(collection, &query)).await.unwrap() == [expected],
                "{query}"
            );
        }
        let page = fixture.store.list(collection, &selection(collection, "nfield=lines")).await.unwrap();
        assert!(!page[0].contains_key("lines") && page[0].contains_key("few"));
    }
}

#[tokio::test]
async fn parts_are_not_listed_as_documents() {
    for collection in [&BUILD, &BUILD_LOGS] {
        let fixture = TestStore::with(&[collection]).await;
        fixture.store.load(collection, long_document(LONG, 7)).await.unwrap();
        for query in [
            "",
            "job=next",
            "job=next&kernel=v5.6",
            "status=PASS",
            "status=null",
            "created_on=null",
            "gte=created_on,2020-01-01",
        ] {
            let selection = selection(collection, query);
            let expected = usize::from(!query.ends_with("null"));
            assert_eq!(fixture.store.count(collection, &selection).await.unwrap(), expected, "{query}");
            assert_eq!(fixture.store.list(collection, &selection).await.unwrap().len(), expected, "{query}");
        }
    }
}

#[tokio::test]
async fn fractions_are_read_back_exactly_from_the_item_and_from_parts() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut fraction = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let parts = (state >> 11) as f64 / (1_u64 << 53) as f64;
        Value::Float(parts * 1000.0 + 1e-9)
    };
    for count in [10, 2_000] {
        let fixture = TestStore::with(&[&BUILD]).await;
        let list = Value::List((0..count).map(|_| fraction()).collect());
        let measured: Document = [("_id".to_owned(), Value::Id(id(LONG))), ("metadata".to_owned(), list)].into();
        fixture.store.load(&BUILD, measured.clone()).await.unwrap();
        let (Value::List(before), back) =
            (measured["metadata"].clone(), fixture.store.get(&BUILD, id(LONG)).await.unwrap())
        else {
            panic!()
        };
        let back = back.unwrap()["metadata"].as_list().unwrap().to_vec();
        let changed: Vec<_> = before.iter().zip(&back).filter(|(before, back)| before != back).collect();
        assert!(changed.is_empty(), "{} of {count} changed, the first is {:?}", changed.len(), changed[0]);
    }
}

#[tokio::test]
async fn two_documents_with_equal_content_have_separate_parts() {
    let fixture = TestStore::with(&[&BUILD_LOGS]).await;
    fixture.store.load(&BUILD_LOGS, long_document(LONG, 7)).await.unwrap();
    fixture.store.load(&BUILD_LOGS, long_document(SHORT, 7)).await.unwrap();
    assert!(fixture.store.delete(&BUILD_LOGS, id(LONG)).await.unwrap());
    assert!(fixture.store.get(&BUILD_LOGS, id(SHORT)).await.unwrap() == Some(long_document(SHORT, 7)));
    assert!(raw::part_keys(&fixture, &BUILD_LOGS).await.iter().all(|key| key.starts_with(SHORT)));
}
