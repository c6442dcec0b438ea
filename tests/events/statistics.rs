//! The statistics of a store with known documents.

use kernelci::{
    collections::{BOOT, BUILD, Collection, JOB, STATISTICS},
    domain::statistics,
    query::Selection,
    services::Services,
    store::{Store, StoreOptions},
    time::Timestamp,
    value::{Document, Value},
};
use kernelci_local::start::Machine;
use kernelci_tests::{document, machine};
use serde_json::{Value as Json, json};

/// A time after the end of the day, when all imports begun on that day are stored.
const NOW: &str = "2020-04-12T00:20:00Z";

fn time(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

async fn load(services: &Services, collection: &'static Collection, nth: usize, made: &str, members: Json) {
    let mut members = members;
    members["_id"] = json!({"$oid": format!("{nth:024x}")});
    members["created_on"] = json!({"$date": time(made).milliseconds()});
    services.store.load(collection, document(members)).await.unwrap();
}

fn job(tree: &str, kernel: &str) -> Json {
    json!({"job": tree, "kernel": kernel, "git_branch": "master"})
}

fn build(kernel: &str, arch: &str, defconfig: &str) -> Json {
    json!({"job": "next", "kernel": kernel, "git_branch": "master", "arch": arch, "defconfig": defconfig,
           "defconfig_full": defconfig})
}

fn boot(kernel: &str, board: &str, mach: &Json) -> Json {
    json!({"job": "next", "kernel": kernel, "git_branch": "master", "lab_name": "lab", "board": board, "mach": mach})
}

/// Documents on the day, at the first and last moment of each period, just outside of each period, and long before.
async fn with_known_documents(arguments: &[&str]) -> Machine {
    let machine = machine(arguments).await;
    let services = &machine.services;
    for (nth, (made, tree, kernel)) in [
        ("2020-04-11T00:00:00Z", "next", "n1"),
        ("2020-04-11T23:59:59.999Z", "mainline", "m1"),
        ("2020-04-12T00:00:00Z", "today", "t1"),
        ("2020-04-05T00:00:00Z", "next", "n2"),
        ("2020-04-04T23:59:59.999Z", "stable", "n1"),
        ("2020-03-29T00:00:00Z", "next", "n3"),
        ("2020-03-28T23:59:59.999Z", "old", "o1"),
        ("2018-01-01T12:00:00Z", "older", "o2"),
    ]
    .into_iter()
    .enumerate()
    {
        load(services, &JOB, nth, made, json!({"job": tree, "kernel": kernel, "git_branch": "master"})).await;
    }
    for (nth, (made, arch, defconfig)) in [
        ("2020-04-11T12:00:00Z", "arm", "defconfig"),
        ("2020-04-11T12:00:00Z", "arm64", "defconfig"),
        ("2020-04-11T12:00:01Z", "arm", "allnoconfig"),
        ("2020-04-10T12:00:00Z", "x86", "defconfig"),
        ("2018-01-01T12:00:00Z", "mips", "defconfig"),
        ("2018-01-02T12:00:00Z", "mips", "defconfig"),
    ]
    .into_iter()
    .enumerate()
    {
        load(services, &BUILD, nth, made, build(&format!("k{nth}"), arch, defconfig)).await;
    }
    for (nth, (made, board, mach)) in [
        ("2020-04-11T12:00:00Z", "panda", json!("omap")),
        ("2020-04-11T12:00:00Z", "beagle", json!("omap")),
        ("2020-04-03T12:00:00Z", "qemu", Json::Null),
    ]
    .into_iter()
    .enumerate()
    {
        load(services, &BOOT, nth, made, boot(&format!("k{nth}"), board, &mach)).await;
    }
    machine
}

async fn written(services: &Services) -> Vec<Document> {
    services.reader().list(&STATISTICS, &Selection::default()).await.unwrap()
}

/// The numbers of jobs and builds, and of distinct archs, boards, defconfigs, kernels, machs and trees.
type Numbers = [i64; 8];

fn expected(day: &str, all: Numbers, daily: Numbers, weekly: Numbers, biweekly: Numbers) -> Document {
    let day = Timestamp::parse_day(day).unwrap();
    let mut document: Document = [
        ("_id".to_owned(), Value::Id(statistics::id_of_day(day))),
        ("created_on".to_owned(), Value::Date(day.plus(86_400_000))),
        ("start_date".to_owned(), Value::Date(day)),
        ("version".to_owned(), Value::from("1.0")),
    ]
    .into();
    let names = ["archs", "boards", "defconfigs", "kernels", "machs", "trees"];
    let periods = [("", "total_", all), ("daily_", "", daily), ("weekly_", "", weekly), ("biweekly_", "", biweekly)];
    for (prefix, of_all, [jobs, builds, distinct @ ..]) in periods {
        document.insert(format!("{prefix}total_jobs"), Value::Integer(jobs));
        document.insert(format!("{prefix}total_builds"), Value::Integer(builds));
        for (name, number) in names.iter().zip(distinct) {
            document.insert(format!("{prefix}{of_all}unique_{name}"), Value::Integer(number));
        }
    }
    document
}

fn of_the_day() -> Document {
    expected(
        "2020-04-11",
        [7, 6, 4, 3, 2, 6, 1, 5],
        [2, 3, 2, 2, 2, 2, 1, 2],
        [3, 4, 3, 2, 2, 3, 1, 2],
        [5, 4, 3, 3, 2, 4, 1, 3],
    )
}

#[tokio::test]
async fn the_statistics_count_the_stored_documents() {
    let machine = with_known_documents(&["--now", NOW]).await;
    let services = &machine.services;
    assert_eq!(statistics::write_due(services.writer(), time(NOW)).await.unwrap(), 1);
    assert_eq!(written(services).await, [of_the_day()]);
    assert_eq!(statistics::write_due(services.writer(), time(NOW)).await.unwrap(), 0);
    assert_eq!(written(services).await, [of_the_day()]);
}

#[tokio::test]
async fn concurrent_writers_write_one_document() {
    let machine = with_known_documents(&["--now", NOW]).await;
    let writer = machine.services.writer();
    let (one, other) = tokio::join!(statistics::write_due(writer, time(NOW)), statistics::write_due(writer, time(NOW)));
    assert_eq!(one.unwrap() + other.unwrap(), 1);
    assert_eq!(written(&machine.services).await, [of_the_day()]);
}

#[tokio::test]
async fn a_day_is_counted_after_its_pending_imports_are_stored() {
    let machine = with_known_documents(&["--now", NOW]).await;
    let writer = machine.services.writer();
    statistics::begin(writer, time("2020-04-11T10:00:00Z")).await.unwrap();
    for early in ["2020-04-11T10:00:00Z", "2020-04-12T00:00:00Z", "2020-04-12T00:14:59.999Z"] {
        assert_eq!(statistics::write_due(writer, time(early)).await.unwrap(), 0, "{early}");
    }
    assert_eq!(statistics::write_due(writer, time("2020-04-12T00:15:00Z")).await.unwrap(), 1);
    assert_eq!(written(&machine.services).await, [of_the_day()]);
}

#[tokio::test]
async fn the_first_statistics_are_those_of_the_current_day() {
    let machine = with_known_documents(&["--now", NOW]).await;
    let writer = machine.services.writer();
    for _ in 0..2 {
        statistics::begin(writer, time(NOW)).await.unwrap();
        assert_eq!(statistics::write_due(writer, time(NOW)).await.unwrap(), 0);
    }
    assert_eq!(written(&machine.services).await, Vec::<Document>::new());
    assert_eq!(statistics::write_due(writer, time("2020-04-13T00:20:00Z")).await.unwrap(), 1);
    let today = expected(
        "2020-04-12",
        [8, 6, 4, 3, 2, 7, 1, 6],
        [1, 0, 0, 0, 0, 1, 0, 1],
        [3, 4, 3, 2, 2, 3, 1, 3],
        [5, 4, 3, 3, 2, 4, 1, 4],
    );
    assert_eq!(written(&machine.services).await, [today]);
}

#[tokio::test]
async fn missed_days_are_written_later_with_their_own_numbers() {
    let machine = with_known_documents(&["--now", NOW]).await;
    let (services, writer) = (&machine.services, machine.services.writer());
    let found_by = async |runs: &[&str]| {
        for now in runs {
            statistics::write_due(writer, time(now)).await.unwrap();
        }
        written(services).await
    };
    let late = found_by(&[NOW, "2020-04-15T07:00:00Z"]).await;
    assert_eq!(late.len(), 4);
    let other = with_known_documents(&["--now", NOW]).await;
    for day in ["2020-04-12", "2020-04-13", "2020-04-14", "2020-04-15"] {
        let now = time(&format!("{day}T00:20:00Z"));
        assert_eq!(statistics::write_due(other.services.writer(), now).await.unwrap(), 1, "{day}");
    }
    assert_eq!(written(&other.services).await, late);
}

#[tokio::test]
async fn a_period_past_the_read_budget_is_read_in_several_queries() {
    let machine = machine(&["--now", NOW]).await;
    let services = &machine.services;
    for nth in 0..2_500_usize {
        let made = time("2020-04-11T00:00:00Z").plus(i64::try_from(nth).unwrap() * 30_000).to_rfc3339();
        load(services, &JOB, nth, &made, job(&format!("tree-{}", nth % 7), &format!("v{nth}"))).await;
    }
    // A page holds a thousand documents.
    let options = StoreOptions { page_budget: 2, ..StoreOptions::local() };
    let engine = std::sync::Arc::clone(services.store.engine());
    let narrow = Services { store: Store::on(engine, options), ..services.clone() };
    assert!(narrow.reader().list(&JOB, &Selection::default()).await.is_err());
    assert_eq!(statistics::write_due(narrow.writer(), time(NOW)).await.unwrap(), 1);
    let found = written(services).await;
    let numbers = ["total_jobs", "daily_total_jobs", "total_unique_kernels", "daily_unique_trees"];
    assert_eq!(numbers.map(|name| found[0][name].clone()), [2_500, 2_500, 2_500, 7].map(Value::Integer));
}
