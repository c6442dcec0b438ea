use std::sync::Arc;

use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector},
    orchestrator::HttpRequest,
};
use dynoxide::Database;
use kernelci::{
    collections::JOB,
    connection::{DynamoDb, Patience},
    query::{Arguments, Selection},
    store::{Store, StoreOptions, create_tables},
    time::Timestamp,
    value::{Document, Value},
};
use serde_json::{Value as Json, json};

use super::*;
use crate::{
    direct::{TARGET, operation::perform},
    embedded::Embedded,
    template::{TEMPLATE, Template},
};

struct Both {
    _folder: tempfile::TempDir,
    embedded: Embedded,
    database: Database,
    rows: Rows,
}

impl Both {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.sqlite");
        let embedded = Embedded::start(Some(&file)).unwrap();
        let store = Store::new(embedded.dynamodb(), StoreOptions::local());
        create_tables(&store, &Template::read(TEMPLATE).unwrap().tables).await.unwrap();
        for number in 0..40_i64 {
            store.load(&JOB, job(number)).await.unwrap();
        }
        let database = Database::new(&file.to_string_lossy()).unwrap();
        Self { _folder: folder, embedded, database, rows: Rows::open(&file).unwrap() }
    }

    /// What both answer.
    fn ask(&self, operation: &str, body: &Json) -> Json {
        let body = body.to_string();
        let of_rows = self.rows.answer(operation, body.as_bytes()).unwrap();
        let of_rows: Json = serde_json::from_slice(&of_rows).unwrap();
        let expected = perform(&self.database, operation, body.as_bytes()).unwrap();
        let expected: Json = serde_json::from_slice(&expected).unwrap();
        for member in ["Item", "Items", "Count", "LastEvaluatedKey", "ConsumedCapacity"] {
            assert!(of_rows[member] == expected[member], "{member} of {body}: {}", of_rows[member]);
        }
        // dynoxide counts the item that did not fit on the page, too; it is counted again with the next one.
        let scanned = of_rows["ScannedCount"].as_u64();
        let is_cut = !of_rows["LastEvaluatedKey"].is_null();
        let more = scanned.map(|scanned| scanned + 1).filter(|_| is_cut);
        assert!([scanned, more].contains(&expected["ScannedCount"].as_u64()), "{body}: {scanned:?}");
        of_rows
    }
}

/// Forty of them are two pages by their length.
fn job(number: i64) -> Document {
    let created = Timestamp::parse_day("2020-02-03").unwrap().plus(number / 3);
    let other = Value::List(vec![Value::Integer(number), Value::from("ü\"\n"), Value::Float(1.5), Value::Null]);
    [
        ("_id", Value::Id(format!("{number:024x}").parse().unwrap())),
        ("job", Value::from("next")),
        ("kernel", Value::from(format!("v5.{number}"))),
        ("created_on", Value::Date(created)),
        ("private", Value::Bool(number % 2 == 0)),
        ("status", Value::from("PASS".repeat(10_000))),
        ("other", other),
    ]
    .into()
}

fn get(id: &str, consistent: bool) -> Json {
    json!({
        "TableName": "kernelci-job", "Key": {"_id": {"S": id}}, "ConsistentRead": consistent,
        "ReturnConsumedCapacity": "TOTAL",
    })
}

fn query(limit: usize, forward: bool, bounds: Option<[&str; 2]>) -> Json {
    let mut query = json!({
        "TableName": "kernelci-job", "IndexName": "by_tree", "KeyConditionExpression": "#n0 = :v0",
        "ExpressionAttributeNames": {"#n0": "_tree"}, "ExpressionAttributeValues": {":v0": {"S": "next"}},
        "ScanIndexForward": forward, "Limit": limit, "ReturnConsumedCapacity": "TOTAL",
    });
    if let Some(bounds) = bounds {
        query["KeyConditionExpression"] = "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2".into();
        query["ExpressionAttributeNames"]["#n1"] = "_order".into();
        for (name, bound) in [":v1", ":v2"].into_iter().zip(bounds) {
            query["ExpressionAttributeValues"][name] = json!({ "S": bound });
        }
    }
    query
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_answered_as_dynoxide_does() {
    let both = Both::start().await;
    for consistent in [true, false] {
        let there = both.ask("GetItem", &get("000000000000000000000003", consistent));
        assert_eq!(there["Item"]["kernel"]["S"], "v5.3");
        assert!(both.ask("GetItem", &get("nowhere", consistent))["Item"].is_null());
    }
    let first = both.ask("Query", &query(7, true, None))["Items"][6]["_order"]["S"].as_str().unwrap().to_owned();
    for forward in [true, false] {
        for bounds in [None, Some([first.as_str(), "~"]), Some(["", first.as_str()]), Some(["~", "~~"])] {
            for limit in [1, 3, 39, 40, 41, 1_000] {
                let (mut asked, mut read, mut pages) = (query(limit, forward, bounds), 0, 0);
                loop {
                    let page = both.ask("Query", &asked);
                    read += page["Items"].as_array().unwrap().len();
                    pages += 1;
                    match page.get("LastEvaluatedKey") {
                        Some(last) => asked["ExclusiveStartKey"] = last.clone(),
                        None => break,
                    }
                }
                let expected = match bounds {
                    None => 40,
                    Some(["", _]) => 7,
                    Some([_, "~"]) => 34,
                    Some(_) => 0,
                };
                assert_eq!(read, expected, "{limit} {forward} {bounds:?}");
                assert!(limit < 1_000 || expected < 34 || pages > 1, "a page of {expected} is too long");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_more_than_rows_is_left_to_dynoxide() {
    let both = Both::start().await;
    let with = |mut body: Json, member: &str, value: Json| {
        body[member] = value;
        body
    };
    for body in [
        with(query(1, true, None), "FilterExpression", "#n1 = :v1".into()),
        with(query(1, true, None), "ProjectionExpression", "#n0".into()),
        with(query(1, true, None), "Select", "COUNT".into()),
        with(query(1, true, None), "KeyConditionExpression", "#n0 = :v0 AND #n1 > :v1".into()),
        with(query(1, true, None), "ReturnConsumedCapacity", "INDEXES".into()),
        with(query(1, true, None), "IndexName", "by_nothing".into()),
        with(query(1, true, None), "TableName", "kernelci-nothing".into()),
        with(query(1, true, None), "ExpressionAttributeValues", json!({":v0": {"N": "1"}})),
    ] {
        assert!(both.rows.answer("Query", body.to_string().as_bytes()).is_none(), "{body}");
    }
    let body = with(get("x", false), "ProjectionExpression", "job".into());
    assert!(both.rows.answer("GetItem", body.to_string().as_bytes()).is_none(), "{body}");
}

/// Operations and bodies.
type Noted = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// Notes what it passes on.
#[derive(Debug)]
struct Noting {
    asked: Noted,
    store: SharedHttpConnector,
}

impl HttpConnector for Noting {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap().to_vec();
        let operation = request.headers().get(TARGET).unwrap().rsplit('.').next().unwrap().to_owned();
        self.asked.lock().unwrap().push((operation, body));
        self.store.call(request)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_and_lists_are_answered_from_rows() {
    let both = Both::start().await;
    let asked = Noted::default();
    let store = both.embedded.requests().connector();
    let noting = SharedHttpConnector::new(Noting { asked: Arc::clone(&asked), store });
    let dynamodb = DynamoDb::through(noting, "http://store.invalid", Patience::EMBEDDED);
    let store = Store::new(dynamodb, StoreOptions::local());
    assert!(store.get(&JOB, format!("{:024x}", 3).parse().unwrap()).await.unwrap().is_some());
    for (query, requests) in [
        ("limit=5", 2),
        ("job=next&limit=0", 2),
        ("job=next&kernel=v5.7", 1),
        ("created_on=2020-02-03&sort=created_on&limit=3", 1),
        // Twenty-six fit on a page.
        ("sort=created_on&sort_order=1&limit=30", 3),
    ] {
        let selection =
            Selection::read(&JOB, &Arguments::parse(query).unwrap(), Timestamp::from_milliseconds(0)).unwrap();
        asked.lock().unwrap().clear();
        assert!(!store.list(&JOB, &selection).await.unwrap().is_empty(), "{query}");
        let asked = std::mem::take(&mut *asked.lock().unwrap());
        assert_eq!(asked.len(), requests, "{query}");
        for (operation, body) in asked {
            let body = String::from_utf8(body).unwrap();
            assert!(both.rows.answer(&operation, body.as_bytes()).is_some(), "{query}: {body}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_was_answered_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = Embedded::start(Some(&folder.path().join("store.sqlite"))).unwrap();
    let store = Store::new(embedded.dynamodb(), StoreOptions::local());
    create_tables(&store, &Template::read(TEMPLATE).unwrap().tables).await.unwrap();
    for number in 0..30 {
        let id = format!("{number:024x}").parse().unwrap();
        assert!(store.get_now(&JOB, id).await.unwrap().is_none());
        store.load(&JOB, job(number)).await.unwrap();
        assert!(store.get_now(&JOB, id).await.unwrap().is_some());
    }
}
