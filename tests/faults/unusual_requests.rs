//! Unusual paths and query strings, and answers that are too long: their status, and how few items are read for them.

use kernelci::{
    collections::BUILD,
    connection::DynamoDb,
    services::{Limits, Services},
    store::{Store, StoreOptions},
    value::{Document, Value},
};
use kernelci_tests::{document, id};
use lambda_http::Body;
use serde_json::{Value as Json, json};

use crate::{
    faulty_process::{Answered, FaultyProcess, SHORT},
    proxy::{Fault, Plan},
    request::request,
};

async fn ask_counted(faulty: &FaultyProcess, path: &str, query: &str) -> (Answered, usize) {
    faulty.proxy.plan(Plan { fault: Fault::Silent, operation: None, from: usize::MAX, times: 0 });
    let answer = faulty.ask(&faulty.failing(), "GET", path, query, &Json::Null).await;
    (answer, faulty.proxy.operations().len())
}

#[tokio::test(flavor = "multi_thread")]
async fn unusual_arguments_are_used_or_refused_within_few_reads() {
    let faulty = FaultyProcess::start().await;
    let nines = "9".repeat(40);
    let many = |name: &str, count: usize| (0..count).map(|nth| format!("{name}=x{nth}&")).collect::<String>();
    let cases: Vec<(&str, String, u16)> = vec![
        ("/job", "job=x&".repeat(10_000), 400),
        ("/job", many("n", 7_000), 400),
        ("/job", "&".repeat(10_000), 200),
        ("/job", many("job", 999), 400),
        ("/job", "job=%zz&kernel=%".to_owned(), 200),
        ("/job", "job=%ff%fe%00&kernel=%c3%28".to_owned(), 200),
        ("/job", "%6aob=x&job%00=x&=&==".to_owned(), 200),
        ("/job", format!("job={}", "x".repeat(60_000)), 200),
        ("/job", format!("limit={nines}&skip={nines}"), 200),
        ("/job", format!("limit=-{nines}"), 400),
        ("/job", "limit=1e400".to_owned(), 400),
        ("/job", "skip=1.5".to_owned(), 400),
        ("/job", format!("date_range={nines}"), 200),
        ("/job", format!("time_range={nines}"), 200),
        ("/job", format!("created_on={nines}"), 400),
        ("/job", "created_on=2020-13-45".to_owned(), 400),
        ("/build", format!("warnings={nines}"), 400),
        ("/build", "warnings=1e400".to_owned(), 400),
        ("/build", format!("gte=warnings,{nines}&lt=warnings,-{nines}"), 400),
        ("/build", "gte=warnings,NaN".to_owned(), 400),
        ("/build", "gte=warnings,inf".to_owned(), 400),
        ("/build", format!("gte={}", ",".repeat(10_000)), 400),
        ("/build", format!("sort={}", "x".repeat(10_000)), 200),
        ("/build", format!("field={}", "x.".repeat(5_000)), 200),
        ("/build", many("field", 900), 200),
        ("/build", many("aggregate", 900), 200),
        ("/job/%zz%zz%zz%zz%zz%zz%zz%zz", String::new(), 404),
        ("/job/%ff%ff%ff%ff%ff%ff%ff%ff", String::new(), 404),
        ("/job/distinct/%00", String::new(), 404),
        ("/%6a%6f%62", String::new(), 404),
        ("/job/../token", String::new(), 404),
        ("/token/%ff", String::new(), 404),
        ("/token/%00%0d%0aX-Injected:%20x", String::new(), 404),
    ];
    for (path, query, status) in cases {
        let (answer, operations) = ask_counted(&faulty, path, &query).await;
        let what = format!("{path}?{}: {answer:?}", query.get(..60.min(query.len())).unwrap());
        assert_eq!((answer.status, &answer.envelope["code"]), (status, &json!(status)), "{what}");
        let reason = answer.envelope["reason"].as_str().unwrap_or_default();
        assert_eq!((reason.is_empty(), reason.contains(char::is_control)), (status == 200, false), "{what}");
        assert!(reason.len() < 1_000, "{what}");
        assert!(operations <= if status == 200 { 10 } else { 2 }, "{what}: {operations} requests to the store");
    }
}

fn build(number: u32, month: u32, metadata: &str) -> Document {
    let mut build = document(json!({"job": "next", "kernel": "v1", "metadata": metadata}));
    let day = kernelci::time::Timestamp::parse_day(&format!("20{:02}-{:02}-10", month / 12, month % 12 + 1)).unwrap();
    build.insert("created_on", Value::Date(day));
    build.insert("_id", Value::Id(id(&format!("{number:024x}"))));
    build
}

#[tokio::test(flavor = "multi_thread")]
async fn the_error_of_a_query_past_the_read_budget_says_how_to_narrow_it() {
    let faulty = FaultyProcess::start().await;
    for month in 0..30 {
        faulty.direct.store.load(&BUILD, build(month, month, "")).await.unwrap();
    }
    let options = StoreOptions { page_budget: 12, ..StoreOptions::local() };
    let store = Store::new(DynamoDb::with_retry_policy(&faulty.proxy.endpoint, SHORT), options);
    let services = Services { store, ..faulty.direct.clone() };
    for (path, query) in [
        ("/build", "arch=arm"),
        ("/build", ""),
        ("/count/build", "errors=1"),
        ("/build/distinct/defconfig", ""),
        ("/build", "aggregate=job&sort=warnings"),
    ] {
        faulty.proxy.plan(Plan { fault: Fault::Silent, operation: None, from: usize::MAX, times: 0 });
        let answer = faulty.ask(&services, "GET", path, query, &Json::Null).await;
        let reason = answer.envelope["reason"].as_str().unwrap_or_default();
        assert_eq!(answer.status, 400, "{path}?{query}: {answer:?}");
        assert!(reason.contains("narrow the query") && reason.contains("date_range"), "{reason}");
        // The reads of the token, of the calendar, and those within the budget.
        assert!(faulty.proxy.operations().len() <= 2 + 12, "{:?}", faulty.proxy.operations());
    }
    for query in ["sort=created_on&limit=5", "job=next&kernel=v1", "created_on=2000-01-10"] {
        assert_eq!(faulty.ask(&services, "GET", "/build", query, &Json::Null).await.status, 200, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_past_the_lambda_limit_requires_gzip() {
    let faulty = FaultyProcess::start().await;
    let long = "a line of a log, like many others; ".repeat(3_000);
    for number in 0..70 {
        faulty.direct.store.load(&BUILD, build(number, 1, &long)).await.unwrap();
    }
    let services = Services { limits: Limits::LAMBDA, ..faulty.direct.clone() };
    let plain = faulty.ask(&services, "GET", "/build", "", &Json::Null).await;
    assert_eq!(plain.status, 400);
    let reason = plain.envelope["reason"].as_str().unwrap();
    assert!(["gzip", "'field'", "'limit' and 'skip'"].iter().all(|way| reason.contains(way)), "{reason}");
    let request = request("GET", "/build").token(&faulty.token).header("accept-encoding", "gzip");
    let zipped = request.serve(&services).await;
    assert_eq!((zipped.status().as_u16(), &zipped.headers()["content-encoding"]), (200, &"gzip".parse().unwrap()));
    let Body::Binary(bytes) = zipped.body() else { panic!("the body is not binary") };
    let answer: Json = serde_json::from_reader(flate2::read::GzDecoder::new(bytes.as_slice())).unwrap();
    assert_eq!(answer["count"], 70);
    assert!(answer.to_string().len() > 6 * 1024 * 1024 && bytes.len() < 1024 * 1024);
    assert_eq!(faulty.ask(&services, "GET", "/build", "limit=50", &Json::Null).await.status, 200);
}
