//! Entity tags of lists, while documents are created, changed and deleted and while time passes.

use std::collections::HashMap;

use kernelci::{
    collections::JOB,
    time::{DAY, Timestamp},
    value::{Document, ObjectId, Value},
};
use kernelci_tests::{ADMIN, Answer, Client, Server, property};
use proptest::prelude::*;

const NOW: &str = "2020-04-12T10:30:00Z";

/// Lists whose answers depend on the jobs that a test writes, on other documents, or on the time.
const LISTS: [&str; 9] = [
    "/job",
    "/job?limit=3",
    "/job?job=tree-1&sort=kernel",
    "/job?sort=created_on&skip=1&limit=4&field=status",
    "/job?date_range=2",
    "/job?time_range=60",
    "/job?aggregate=job",
    "/build?limit=2",
    "/job/logs",
];

/// A step of a sequence.
#[derive(Debug, Clone)]
enum Step {
    /// A job is created or replaced.
    Write(usize, &'static str),
    /// A job is deleted, if it exists.
    Delete(usize),
    /// A list is requested with the tag of its last answer.
    Ask(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let status = prop::sample::select(vec!["PASS", "FAIL"]);
    let step = prop_oneof![
        2 => (0..4_usize, status).prop_map(|(nth, status)| Step::Write(nth, status)),
        1 => (0..4_usize).prop_map(Step::Delete),
        6 => (0..LISTS.len()).prop_map(Step::Ask),
    ];
    prop::collection::vec(step, 1..60)
}

fn id(nth: usize) -> ObjectId {
    ObjectId::derived("revalidation", [nth.to_string().as_str()])
}

fn job(nth: usize, status: &'static str) -> Document {
    let now = Timestamp::parse_rfc3339(NOW).unwrap();
    let (tree, kernel) = (format!("tree-{}", nth % 2), format!("v{nth}"));
    let created = now.plus(-i64::try_from(nth).unwrap() * DAY);
    let texts = [("job", tree.as_str()), ("kernel", &kernel), ("git_branch", "master"), ("status", status)];
    let members = texts.map(|(name, text)| (name, Value::from(text)));
    members.into_iter().chain([("_id", Value::Id(id(nth))), ("created_on", Value::Date(created))]).collect()
}

async fn ask(client: &Client, path: &str, tag: &str, zip: bool) -> Answer {
    let mut headers = vec![];
    if !tag.is_empty() {
        headers.push(("if-none-match", tag));
    }
    if zip {
        headers.push(("accept-encoding", "gzip"));
    }
    client.send("GET", path, &headers, "").await
}

/// Performs the steps. Returns the number of unchanged lists.
async fn go_through(server: &Server, steps: &[Step]) -> usize {
    let client = server.client(ADMIN);
    let (mut held, mut unchanged) = (HashMap::<&str, (String, Vec<u8>)>::new(), 0);
    for (place, step) in steps.iter().enumerate() {
        match *step {
            Step::Write(nth, status) => drop(server.services.store.load(&JOB, job(nth, status)).await.unwrap()),
            Step::Delete(nth) => drop(client.send("DELETE", &format!("/job/{}", id(nth)), &[], "").await),
            Step::Ask(nth) => {
                let path = LISTS[nth];
                let (tag, body) = held.get(path).cloned().unwrap_or_default();
                let zip = place % 2 == 0;
                let answer = ask(&client, path, &tag, zip).await;
                let whole = ask(&client, path, "", !zip).await;
                assert_eq!(whole.status, 200, "{path}");
                match answer.status.as_u16() {
                    304 => {
                        unchanged += 1;
                        assert!(answer.body.is_empty(), "{path}");
                        assert!(whole.body == body, "{path} has changed after {:?}", &steps[..=place]);
                        assert_eq!(
                            (answer.header("etag"), whole.header("etag")),
                            (tag.as_str(), tag.as_str()),
                            "{path}"
                        );
                    }
                    200 => assert_ne!(answer.header("etag"), tag, "{path}"),
                    other => panic!("{path}: {other}"),
                }
                held.insert(path, (whole.header("etag").to_owned(), whole.body));
            }
        }
    }
    unchanged
}

#[test]
fn a_list_is_304_only_when_its_answer_is_unchanged() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut runner = proptest::test_runner::TestRunner::new(property(12));
    let server = runtime.block_on(Server::seeded(NOW));
    let unchanged = std::cell::Cell::new(0);
    runner
        .run(&steps(), |steps| {
            unchanged.set(unchanged.get() + runtime.block_on(go_through(&server, &steps)));
            Ok(())
        })
        .unwrap();
    assert!(unchanged.get() > 0, "no list was unchanged");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_a_period_changes_with_the_time_alone() {
    let server = Server::seeded(NOW).await;
    server.services.store.load(&JOB, job(1, "PASS")).await.unwrap();
    let before = server.client(ADMIN).get("/job?date_range=1").await;
    assert!(before.result().iter().any(|found| found["kernel"] == "v1"));
    let mut later = kernelci_tests::machine(&["--now", "2020-04-14T10:30:00Z"]).await;
    // The same store, which has the tags of the earlier answers.
    later.services.store = server.services.store.clone();
    let later = Server::of(later).await;
    let tag = before.header("etag");
    let after = ask(&later.client(ADMIN), "/job?date_range=1", tag, false).await;
    assert_eq!(after.status, 200);
    assert!(after.result().iter().all(|found| found["kernel"] != "v1"));
    assert_eq!(ask(&server.client(ADMIN), "/job?date_range=1", tag, false).await.status, 304);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_matching_tag_does_not_replace_the_token() {
    let server = Server::seeded(NOW).await;
    let tag = server.client(ADMIN).get("/job?limit=2").await.header("etag").to_owned();
    for token in ["", "tok-nosuch"] {
        for tag in [tag.as_str(), "*"] {
            assert_eq!(ask(&server.client(token), "/job?limit=2", tag, false).await.status, 403);
        }
    }
}
