//! Tasks: added, due, leased by one worker, ended.

use std::collections::BTreeSet;

use kernelci::{
    collections::TASK,
    query::Filter,
    query::Selection,
    store::{DueTask, DeliveryState, Store, TakenTask, TaskEnd},
    time::Timestamp,
    value::{ObjectId, Value},
};
use kernelci_tests::id;
use tokio::task::JoinSet;

use crate::{
    test_store::TestStore,
    raw::{expiry, keys},
};

const NOW: Timestamp = Timestamp::from_milliseconds(1_000_000);
const LEASE: i64 = 60_000;

fn task(number: u32) -> ObjectId {
    // Later tasks have smaller ids, so that neither order implies the other.
    id(&format!("{:024x}", 1_000 - number))
}

async fn add(store: &Store, number: u32, at: Timestamp) {
    store.add_task(task(number), Value::Integer(number.into()), at).await.unwrap();
}

async fn take(store: &Store, number: u32, at: Timestamp) -> Option<i64> {
    let taken = store.take_task(task(number), at, at.plus(LEASE)).await.unwrap()?;
    assert_eq!((taken.id, taken.work), (task(number), Value::Integer(number.into())));
    Some(taken.attempts)
}

async fn due(store: &Store, at: Timestamp) -> Vec<ObjectId> {
    store.due_tasks(at, 100).await.unwrap().into_iter().map(|task| task.id).collect()
}

async fn pending(store: &Store) -> usize {
    let selection = Selection { filter: Filter::equals("pending", "yes"), ..Selection::default() };
    store.count(&TASK, &selection).await.unwrap()
}

#[tokio::test]
async fn the_oldest_task_is_due_first() {
    let fixture = TestStore::with(&[&TASK]).await;
    for (number, after) in [(3, 30), (1, 10), (2, 20)] {
        add(&fixture.store, number, NOW.plus(after)).await;
    }
    assert_eq!(due(&fixture.store, NOW).await, []);
    assert_eq!(due(&fixture.store, NOW.plus(20)).await, [task(1), task(2)]);
    assert_eq!(due(&fixture.store, NOW.plus(30)).await, [task(1), task(2), task(3)]);
    let oldest = fixture.store.due_tasks(NOW.plus(30), 2).await.unwrap();
    let since = |number, after| DueTask { id: task(number), since: NOW.plus(after) };
    assert_eq!(oldest, [since(1, 10), since(2, 20)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_concurrent_takers_one_gets_the_lease() {
    let fixture = TestStore::with(&[&TASK]).await;
    add(&fixture.store, 1, NOW).await;
    let mut takers = JoinSet::new();
    for _ in 0..32 {
        let store = fixture.store.clone();
        takers.spawn(async move { take(&store, 1, NOW).await });
    }
    assert_eq!(takers.join_all().await.into_iter().flatten().collect::<Vec<_>>(), [1]);
    assert_eq!(due(&fixture.store, NOW).await, []);
}

#[tokio::test]
async fn a_task_is_not_leased_before_it_is_due() {
    let fixture = TestStore::with(&[&TASK]).await;
    add(&fixture.store, 1, NOW).await;
    assert_eq!(take(&fixture.store, 1, NOW.plus(-1)).await, None);
    assert_eq!(take(&fixture.store, 2, NOW).await, None);
    assert_eq!(take(&fixture.store, 1, NOW).await, Some(1));
}

// The task as held by its first taker.
fn taken(number: u32) -> TakenTask {
    TakenTask {
        id: task(number),
        work: Value::Null,
        accepted: NOW,
        attempts: 1,
        parts: Vec::new(),
        delivery_state: DeliveryState::NotBegun,
    }
}

#[tokio::test]
async fn a_taker_with_an_expired_lease_cannot_end_the_task() {
    let fixture = TestStore::with(&[&TASK]).await;
    add(&fixture.store, 1, NOW).await;
    take(&fixture.store, 1, NOW).await;
    assert_eq!(take(&fixture.store, 1, NOW.plus(LEASE)).await, Some(2));
    fixture.store.end_task(&taken(1), TaskEnd::Done, NOW.plus(LEASE)).await.unwrap();
    assert_eq!(pending(&fixture.store).await, 1);
}

#[tokio::test]
async fn a_task_with_an_expired_lease_is_leased_again() {
    let fixture = TestStore::with(&[&TASK]).await;
    add(&fixture.store, 1, NOW).await;
    assert_eq!(take(&fixture.store, 1, NOW).await, Some(1));
    let end = NOW.plus(LEASE);
    assert_eq!((take(&fixture.store, 1, end.plus(-1)).await, due(&fixture.store, end.plus(-1)).await), (None, vec![]));
    assert_eq!(due(&fixture.store, end).await, [task(1)]);
    assert_eq!(take(&fixture.store, 1, end).await, Some(2));
}

#[tokio::test]
async fn an_ended_task_is_neither_due_nor_leased() {
    let fixture = TestStore::with(&[&TASK]).await;
    let store = &fixture.store;
    let ends =
        [(1, TaskEnd::Done, "done", None), (2, TaskEnd::Failed("no file".to_owned()), "failed", Some("no file"))];
    for (number, end, state, error) in ends {
        add(store, number, NOW).await;
        take(store, number, NOW).await;
        store.end_task(&taken(number), end, NOW.plus(5)).await.unwrap();
        let ended = store.get(&TASK, task(number)).await.unwrap().unwrap();
        assert_eq!((&ended["state"], ended.get("error")), (&Value::from(state), error.map(Value::from).as_ref()));
        assert_eq!(ended["ended_on"], Value::Date(NOW.plus(5)));
        assert_eq!(take(store, number, NOW.plus(LEASE * 2)).await, None);
        assert_eq!(due(store, NOW.plus(LEASE * 2)).await, []);
    }
    assert_eq!(pending(store).await, 0);
}

#[tokio::test]
async fn a_retried_task_is_due_at_its_given_time() {
    let fixture = TestStore::with(&[&TASK]).await;
    let store = &fixture.store;
    add(store, 1, NOW).await;
    take(store, 1, NOW).await;
    let later = NOW.plus(10);
    store.end_task(&taken(1), TaskEnd::Again { due: later, error: "busy".to_owned() }, NOW).await.unwrap();
    assert_eq!((take(store, 1, NOW.plus(9)).await, due(store, NOW.plus(9)).await), (None, vec![]));
    assert_eq!(due(store, later).await, [task(1)]);
    assert_eq!(store.get(&TASK, task(1)).await.unwrap().unwrap()["error"], Value::from("busy"));
    assert_eq!(take(store, 1, later).await, Some(2));
}

#[tokio::test]
async fn adding_a_task_twice_stores_it_once() {
    let fixture = TestStore::with(&[&TASK]).await;
    add(&fixture.store, 1, NOW).await;
    take(&fixture.store, 1, NOW).await;
    add(&fixture.store, 1, NOW).await;
    assert_eq!(due(&fixture.store, NOW).await, []);
    assert_eq!(pending(&fixture.store).await, 1);
}

#[tokio::test]
async fn leased_tasks_are_released_and_ended_ones_stay_ended() {
    let fixture = TestStore::with(&[&TASK]).await;
    let store = &fixture.store;
    for number in 1..=3 {
        add(store, number, NOW).await;
    }
    take(store, 1, NOW).await;
    take(store, 2, NOW).await;
    store.end_task(&taken(2), TaskEnd::Done, NOW).await.unwrap();
    store.free_tasks().await.unwrap();
    let mut free = due(store, NOW).await;
    free.sort();
    assert_eq!(free, [task(3), task(1)]);
    assert_eq!(take(store, 1, NOW).await, Some(2));
    assert_eq!(take(store, 2, NOW).await, None);
}

#[tokio::test]
async fn ending_a_missing_task_does_not_create_it() {
    let fixture = TestStore::with(&[&TASK]).await;
    fixture.store.end_task(&taken(1), TaskEnd::Done, NOW).await.unwrap();
    assert!(fixture.store.get(&TASK, task(1)).await.unwrap().is_none());
}

/// A text that does not compress.
fn noise(length: usize) -> String {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        format!("{state:016x}")
    };
    std::iter::repeat_with(next).take(length / 16).collect()
}

/// Adds a task that is longer than an item. Returns the keys of all its items.
async fn add_long(fixture: &TestStore, number: u32, at: Timestamp) -> Vec<String> {
    fixture.store.add_task(task(number), Value::from(noise(1 << 20).as_str()), at).await.unwrap();
    let of_task = |key: &String| key.starts_with(&task(number).to_string());
    let keys: Vec<_> = keys(fixture, &TASK).await.into_iter().filter(of_task).collect();
    assert!(keys.len() > 2, "{keys:?}");
    keys
}

async fn expiries(fixture: &TestStore, keys: &[String]) -> BTreeSet<Option<i64>> {
    let mut found = BTreeSet::new();
    for key in keys {
        found.insert(expiry(fixture, &TASK, key).await);
    }
    found
}

#[tokio::test]
async fn only_ended_tasks_and_their_parts_expire() {
    let fixture = TestStore::with(&[&TASK]).await;
    let now = Timestamp::parse_rfc3339("2020-04-12T10:30:00.999Z").unwrap();
    let seconds = 1_586_687_400;
    let (week, quarter) = (7 * 86_400, 90 * 86_400);
    for (number, end, expected) in [
        (1, TaskEnd::Done, Some(seconds + week)),
        (2, TaskEnd::Failed("no file".to_owned()), Some(seconds + quarter)),
        (3, TaskEnd::Again { due: now, error: "busy".to_owned() }, None),
    ] {
        let keys = add_long(&fixture, number, now).await;
        assert_eq!(expiries(&fixture, &keys).await, [None].into());
        let taken = fixture.store.take_task(task(number), now, now.plus(LEASE)).await.unwrap().unwrap();
        assert_eq!(taken.parts.len() + 1, keys.len());
        fixture.store.end_task(&taken, end, now).await.unwrap();
        assert_eq!(expiries(&fixture, &keys).await, [expected].into(), "{number}");
    }
}

#[tokio::test]
async fn a_taker_with_an_expired_lease_sets_no_expiry() {
    let fixture = TestStore::with(&[&TASK]).await;
    let keys = add_long(&fixture, 1, NOW).await;
    let first = fixture.store.take_task(task(1), NOW, NOW.plus(LEASE)).await.unwrap().unwrap();
    fixture.store.take_task(task(1), NOW.plus(LEASE), NOW.plus(LEASE * 2)).await.unwrap().unwrap();
    fixture.store.end_task(&first, TaskEnd::Done, NOW.plus(LEASE)).await.unwrap();
    assert_eq!(expiries(&fixture, &keys).await, [None].into());
}
