//! A collection of any size, with a fixed part that the tests query.

use kernelci::{
    collections::JOB,
    time::{DAY, Timestamp},
    value::{Document, ObjectId, Value},
};
use crate::machine::{Running, machine};

/// The number of jobs of the queried tree, one a day.
pub(crate) const JOBS_OF_A_TREE: usize = 60;

const NOW: &str = "2020-04-12T10:30:00Z";

/// A machine with `size` jobs: those of the tree `asked`, and older ones of other trees.
pub(crate) async fn filled(size: usize) -> Running {
    let machine = machine(&["--now", NOW]).await;
    let now = Timestamp::parse_rfc3339(NOW).unwrap();
    let asked = (0..JOBS_OF_A_TREE).map(|nth| {
        let age = i64::try_from(nth).unwrap() * DAY;
        job("asked", nth, now.plus(-age))
    });
    let others = (JOBS_OF_A_TREE..size).map(|nth| {
        let age = 100 * DAY + i64::try_from(nth).unwrap() * 60_000;
        job(&format!("tree-{}", nth % 7), nth, now.plus(-age))
    });
    let jobs: Vec<Document> = asked.chain(others).collect();
    assert!(machine.services.store.load_all(&JOB, &jobs).await.iter().all(Result::is_ok));
    machine
}

fn job(tree: &str, nth: usize, created_on: Timestamp) -> Document {
    let kernel = format!("v5.{}-{nth}", nth % 10);
    let id = ObjectId::derived("work", [tree, &kernel]);
    let texts = [("job", tree), ("kernel", &kernel), ("git_branch", "master"), ("status", "PASS")];
    let members = texts.map(|(name, text)| (name, Value::from(text)));
    let dated = [("_id", Value::Id(id)), ("created_on", Value::Date(created_on))];
    members.into_iter().chain(dated).map(|(name, value)| (name.to_owned(), value)).collect()
}
