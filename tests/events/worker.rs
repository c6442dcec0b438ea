//! The events of the worker: the stream of the task table, and the schedule.

use kernelci::{
    collections::TASK,
    connection::DynamoDb,
    domain::task::Work,
    services::Services,
    store::{Store, StoreOptions},
    value::{ObjectId, Value},
};
use kernelci_local::start::Machine;
use kernelci_tests::{id, machine};
use serde_json::{Value as Json, json};

use crate::{
    gateway::{answer, event},
    seeded::NOW,
};

/// The event files of the worker. Each has a test below.
pub(crate) const FILES: [&str; 6] = [
    "schedule",
    "stream-insert",
    "stream-insert-of-a-part",
    "stream-insert-of-a-task-that-is-gone",
    "stream-insert-of-two",
    "stream-without-records",
];

const FIRST: &str = "5e92ea980000000000000001";
const SECOND: &str = "5e92ea980000000000000002";

/// A machine without a worker and with two pending tasks. Each task imports the build of `build-post/inline-build` for
/// another architecture.
async fn with_two_tasks() -> Machine {
    let machine = machine(&["--now", NOW]).await;
    let submitted: serde_json::Value = serde_json::from_str(&event("build-post", "inline-build")).unwrap();
    let body = submitted["body"].as_str().unwrap();
    for (task, arch) in [(FIRST, "\"arch\": \"arm\""), (SECOND, "\"arch\": \"mips\"")] {
        let body = body.replace("\"arch\": \"arm\"", arch);
        assert!(body.contains(arch));
        let work = Work::ImportInline { body }.to_value();
        machine.services.tasks().add(id(task), work, machine.services.clock.now()).await.unwrap();
    }
    machine
}

async fn handle(services: &Services, file: &str) {
    assert_eq!(answer_of(services, file).await, json!({ "batchItemFailures": [] }), "{file}");
}

async fn answer_of(services: &Services, file: &str) -> Json {
    assert!(FILES.contains(&file), "{file}");
    let event = serde_json::from_str(&event("task-worker", file)).unwrap();
    task_worker::handle(&event, services).await.unwrap()
}

async fn states(services: &Services) -> [String; 2] {
    let state = async |task: ObjectId| {
        let document = services.reader().get(&TASK, task).await.unwrap().unwrap();
        document.get("state").and_then(Value::as_text).unwrap().to_owned()
    };
    [state(id(FIRST)).await, state(id(SECOND)).await]
}

async fn count_of_builds(services: &Services) -> u64 {
    let made = answer(services, "token-post", &event("token-post", "first-token-with-the-master-key")).await;
    let token = made.texts("token").concat();
    let asked = event("count-get", "all-collections").replace("tok-get", &token);
    answer(services, "count-get", &asked).await.results()[0]["count"].as_u64().unwrap()
}

#[tokio::test]
async fn the_inserted_task_is_run() {
    let machine = with_two_tasks().await;
    handle(&machine.services, "stream-insert").await;
    assert_eq!(states(&machine.services).await, ["done", "accepted"]);
    assert_eq!(count_of_builds(&machine.services).await, 1);
}

#[tokio::test]
async fn every_task_of_a_batch_is_run() {
    let machine = with_two_tasks().await;
    handle(&machine.services, "stream-insert-of-two").await;
    assert_eq!(states(&machine.services).await, ["done", "done"]);
    assert_eq!(count_of_builds(&machine.services).await, 2);
}

#[tokio::test]
async fn the_schedule_runs_the_tasks_that_the_stream_missed() {
    let machine = with_two_tasks().await;
    handle(&machine.services, "schedule").await;
    assert_eq!(states(&machine.services).await, ["done", "done"]);
}

#[tokio::test]
async fn a_repeated_event_runs_its_task_once() {
    let machine = with_two_tasks().await;
    for file in ["stream-insert", "stream-insert", "schedule", "stream-insert-of-two", "schedule"] {
        handle(&machine.services, file).await;
    }
    assert_eq!(states(&machine.services).await, ["done", "done"]);
    assert_eq!(count_of_builds(&machine.services).await, 2);
}

#[tokio::test]
async fn events_without_a_task_do_nothing() {
    let machine = with_two_tasks().await;
    for file in ["stream-insert-of-a-part", "stream-insert-of-a-task-that-is-gone", "stream-without-records"] {
        handle(&machine.services, file).await;
        assert_eq!(states(&machine.services).await, ["accepted", "accepted"], "{file}");
    }
}

#[tokio::test]
async fn the_answer_names_the_records_whose_tasks_could_not_be_leased() {
    let machine = with_two_tasks().await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let store = Store::new(DynamoDb::local(&format!("http://{nobody}")), StoreOptions::local());
    let services = Services { store, ..machine.services.clone() };
    let event: Json = serde_json::from_str(&event("task-worker", "stream-insert-of-two")).unwrap();
    let records = event["Records"].as_array().unwrap();
    let failures: Vec<_> =
        records.iter().map(|record| json!({ "itemIdentifier": record["dynamodb"]["SequenceNumber"] })).collect();
    assert_eq!(failures.len(), 2);
    let expected = json!({ "batchItemFailures": failures });
    assert_eq!(answer_of(&services, "stream-insert-of-two").await, expected);
    assert_eq!(answer_of(&services, "stream-insert-of-a-part").await, json!({ "batchItemFailures": [] }));
    assert_eq!(states(&machine.services).await, ["accepted", "accepted"]);
}
