//! The events of the functions that are started by schedules only: each file is accepted and has its effect on the seed
//! documents.

use kernelci::{
    collections::{Collection, JOB, STATISTICS},
    domain::{cleanup::AGING, statistics},
    query::Selection,
    services::Services,
    time::Timestamp,
    value::Value,
};
use serde_json::{Value as Json, json};

use crate::{gateway::event, seeded::seeded};

/// The event files of the statistics writer.
pub(crate) const STATISTICS_FILES: [&str; 2] = ["schedule", "schedule-that-comes-late"];

/// The event files of cleanup: one for each rule, and the invalid ones.
pub(crate) const CLEANUP_FILES: [&str; 11] = [
    "boot",
    "build",
    "job",
    "no-days",
    "no-such-rule",
    "report",
    "rule-that-is-off",
    "statistics",
    "test-group",
    "test-regression",
    "token",
];

fn read(function: &str, file: &str) -> Json {
    serde_json::from_str(&event(function, file)).unwrap()
}

async fn count(services: &Services, collection: &'static Collection) -> usize {
    services.reader().count(collection, &Selection::default()).await.unwrap()
}

#[tokio::test]
async fn repeated_schedule_events_write_the_previous_day_once() {
    let machine = seeded().await;
    let before = count(&machine.services, &STATISTICS).await;
    let mut answers = Vec::new();
    for file in ["schedule", "schedule", "schedule-that-comes-late"] {
        assert!(STATISTICS_FILES.contains(&file));
        assert_eq!(read("statistics-writer", file)["source"], "aws.scheduler");
        answers.push(statistics_writer::handle(&machine.services).await.unwrap());
    }
    assert_eq!(answers, [json!({"days": 1}), json!({"days": 0}), json!({"days": 0})]);
    assert_eq!(count(&machine.services, &STATISTICS).await, before + 1);
    let day = Timestamp::parse_day("2020-04-11").unwrap();
    let written = machine.services.reader().get(&STATISTICS, statistics::id_of_day(day)).await.unwrap().unwrap();
    assert_eq!(written.get("start_date"), Some(&Value::Date(day)));
    // Of the sixty jobs, two have no date and one is of the following day.
    let totals = ["total_jobs", "total_builds"].map(|name| written.get(name).cloned());
    assert_eq!(totals, [57, 120].map(|number| Some(Value::Integer(number))));
}

/// What each rule deletes of the seed documents: the number that it reports, and the decrease of its own collection.
const DELETED: [(&str, usize, usize); 8] = [
    ("job", 41, 41),
    ("build", 120, 120),
    ("boot", 6, 6),
    ("test-group", 36, 40),
    ("test-regression", 20, 20),
    ("report", 30, 30),
    ("statistics", 20, 20),
    ("token", 1, 1),
];

#[tokio::test]
async fn every_rule_deletes_its_documents_once() {
    let mut found = Vec::new();
    for ((file, ..), of) in DELETED.into_iter().zip(AGING) {
        let machine = seeded().await;
        let (event, collection) = (read("cleanup", file), of.collection());
        assert_eq!((event["rule"].as_str(), CLEANUP_FILES.contains(&file)), (Some(collection.name), true));
        let before = count(&machine.services, collection).await;
        let answer = cleanup::handle(&event, &machine.services).await.unwrap();
        assert_eq!(answer["more"], false, "{file}");
        let deleted = usize::try_from(answer["deleted"].as_u64().unwrap()).unwrap();
        found.push((file, deleted, before - count(&machine.services, collection).await));
        let again = cleanup::handle(&event, &machine.services).await.unwrap();
        assert_eq!(again, json!({"deleted": 0, "more": false}), "{file}");
    }
    assert_eq!(found, DELETED);
}

#[tokio::test]
async fn an_event_without_a_rule_fails_and_a_disabled_rule_deletes_nothing() {
    let machine = seeded().await;
    let before = count(&machine.services, &JOB).await;
    for file in ["no-such-rule", "no-days"] {
        assert!(cleanup::handle(&read("cleanup", file), &machine.services).await.is_err(), "{file}");
    }
    let off = cleanup::handle(&read("cleanup", "rule-that-is-off"), &machine.services).await.unwrap();
    assert_eq!(off, json!({"deleted": 0, "more": false}));
    assert_eq!(count(&machine.services, &JOB).await, before);
}
