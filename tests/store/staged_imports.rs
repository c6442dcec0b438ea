//! Staged imports: none of their documents is visible before the end, and all are visible afterwards.

use kernelci::{
    collections::{TASK, TEST_CASE, TEST_GROUP},
    query::{Arguments, Selection},
    store::{Import, Imported, Store, ImportStrategy, derived_id, engine::TransactionLimits},
    time::Timestamp,
    value::{Document, ObjectId, Value},
};
use kernelci_tests::document;
use serde_json::json;

use crate::{test_store::TestStore, raw};

const CASES: u32 = 120;
/// When the imports begin.
const BEGUN: i64 = 1_000;
const GROUP: &str = "5e79f370f870c5da21eece6d";

fn import() -> ObjectId {
    ObjectId::derived("import", ["first"])
}

fn ended() -> String {
    format!("import/{}", import())
}

fn case(place: u32, name: &str, time: i64) -> Document {
    let id = ObjectId::derived_in_order("case", [name], place);
    document(json!({
        "_id": {"$oid": id.to_string()}, "created_on": {"$date": 1_586_687_400_000_i64 + time}, "name": name,
        "test_group_id": {"$oid": GROUP}, "job": "next", "kernel": "v1", "git_branch": "master", "status": "PASS",
        "test_case_path": format!("plan.{name}"), "arch": "arm", "device_type": "qemu", "lab_name": "lab",
        "defconfig_full": "defconfig",
    }))
}

fn group() -> Document {
    document(json!({
        "name": "plan", "job": "next", "kernel": "v1", "git_branch": "master",
        "created_on": {"$date": 1_586_687_400_000_i64},
    }))
}

/// A store whose transactions are those of DynamoDB, on either engine.
async fn with_small_transactions() -> TestStore {
    let mut fixture = TestStore::with(&[&TEST_CASE, &TEST_GROUP, &TASK]).await;
    fixture.options.transaction = Some(TransactionLimits::DYNAMODB);
    fixture.store = fixture.with_options(fixture.options.clone());
    fixture
}

/// Cases of a staged import, with dates before and after those of some other cases.
async fn with_both() -> TestStore {
    let fixture = with_small_transactions().await;
    for place in 0..4 {
        fixture.store.load(&TEST_CASE, case(place, "other", 100 * i64::from(place) + 50)).await.unwrap();
    }
    let others = (0..CASES).map(|place| (&TEST_CASE, case(place, "new", 4 * i64::from(place)))).collect();
    assert_eq!(imported(&fixture.store, others, ImportStrategy::Staged(import())).await, Imported::Done);
    fixture
}

async fn imported(
    store: &Store,
    others: Vec<(&'static kernelci::collections::Collection, Document)>,
    strategy: ImportStrategy,
) -> Imported {
    let task = store.prepare_task(ObjectId::derived("task", ["import"]), Value::Null, Timestamp::from_milliseconds(0));
    let task = task.await.unwrap();
    if let ImportStrategy::Staged(name) = strategy {
        store.begin_import(&TEST_GROUP, name, Timestamp::from_milliseconds(BEGUN)).await.unwrap();
    }
    let before = store.identified(&TEST_GROUP, derived_id(&TEST_GROUP, &group()).unwrap()).await.unwrap();
    let import = Import {
        collection: &TEST_GROUP,
        before,
        root: group(),
        others,
        gone: Vec::new(),
        accepted: Timestamp::from_milliseconds(0),
        task,
        strategy,
    };
    store.import(import).await.unwrap()
}

async fn names(store: &Store, query: &str) -> Vec<String> {
    let now = Timestamp::parse_rfc3339("2020-04-12T10:30:00Z").unwrap();
    let selection = Selection::read(&TEST_CASE, &Arguments::parse(query).unwrap(), now).unwrap();
    let found = store.list(&TEST_CASE, &selection).await.unwrap();
    let count = store.count(&TEST_CASE, &Selection { limit: 0, skip: 0, ..selection }).await.unwrap();
    assert!(found.len() == count || query.contains("limit"), "{query}: {} and not {count}", found.len());
    found.iter().map(|case| case["name"].as_text().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_ended_staged_import_is_visible_whole() {
    let fixture = with_both().await;
    let group = format!("test_group_id={GROUP}");
    assert_eq!(names(&fixture.store, &group).await.len(), 124);
    assert_eq!(names(&fixture.store, "name=new&status=PASS").await.len(), 120);
    let first = case(0, "new", 0);
    assert_eq!(fixture.store.get(&TEST_CASE, first["_id"].as_id().unwrap()).await.unwrap(), Some(first));
}

#[tokio::test]
async fn an_unfinished_staged_import_is_invisible() {
    let fixture = with_both().await;
    for collection in [&TEST_CASE, &TEST_GROUP] {
        raw::delete(&fixture, collection, &ended()).await;
    }
    let store = &fixture.store;
    for query in
        [format!("test_group_id={GROUP}"), "job=next&kernel=v1&arch=arm".to_owned(), "name=other&name=new".to_owned()]
    {
        assert_eq!(names(store, &query).await, ["other"; 4], "{query}");
    }
    // Pages are full although hidden cases are skipped.
    for query in ["limit=3&field=name", "limit=3&skip=1&sort=created_on", "created_on=2020-04-12&limit=3"] {
        assert_eq!(names(store, query).await, ["other"; 3], "{query}");
    }
    let hidden = case(7, "new", 0)["_id"].as_id().unwrap();
    assert_eq!(store.get(&TEST_CASE, hidden).await.unwrap(), None);
    assert_eq!(store.get_now(&TEST_CASE, hidden).await.unwrap(), None);
    assert!(store.read_now(&TEST_CASE, hidden).await.unwrap().is_none());
    assert_eq!(
        store.get_all(&TEST_CASE, &[hidden, case(1, "other", 0)["_id"].as_id().unwrap()]).await.unwrap().len(),
        1
    );
}

/// Nothing is written to the documents of an import when it ends.
#[tokio::test]
async fn each_document_is_written_once() {
    let fixture = with_both().await;
    let key = case(3, "new", 12)["_id"].as_id().unwrap().to_string();
    let item = raw::item(&fixture, &TEST_CASE, &key).await.unwrap();
    assert!(item.contains_key("_import") && item.contains_key("_trail"), "{item:?}");
    // Without the item that says that the import has ended, all of its documents are hidden.
    raw::delete(&fixture, &TEST_CASE, &ended()).await;
    assert_eq!(names(&fixture.store, &format!("test_group_id={GROUP}")).await, ["other"; 4]);
}

fn others() -> Vec<(&'static kernelci::collections::Collection, Document)> {
    (0..CASES).map(|place| (&TEST_CASE, case(place, "new", 4 * i64::from(place)))).collect()
}

/// As if the import had broken off before its last transaction.
async fn break_off(fixture: &TestStore) {
    for collection in [&TEST_CASE, &TEST_GROUP] {
        raw::delete(fixture, collection, &ended()).await;
    }
    raw::delete(fixture, &TEST_GROUP, &derived_id(&TEST_GROUP, &group()).unwrap().to_string()).await;
    raw::delete(fixture, &TASK, &ObjectId::derived("task", ["import"]).to_string()).await;
}

#[tokio::test]
async fn a_repeated_staged_import_is_applied_once() {
    let fixture = with_both().await;
    break_off(&fixture).await;
    assert_eq!(imported(&fixture.store, others(), ImportStrategy::Staged(import())).await, Imported::Done);
    assert_eq!(names(&fixture.store, "name=new").await.len(), 120);
    // A late attempt does not overwrite what was updated since the import ended.
    let (id, regression) = (case(7, "new", 0)["_id"].as_id().unwrap(), Value::Id(import()));
    assert!(fixture.store.update(&TEST_CASE, id, &[("regression_id", regression.clone())]).await.unwrap());
    raw::delete(&fixture, &TASK, &ObjectId::derived("task", ["import"]).to_string()).await;
    assert_eq!(imported(&fixture.store, others(), ImportStrategy::Staged(import())).await, Imported::Changed);
    assert_eq!(names(&fixture.store, "name=new").await.len(), 120);
    assert_eq!(fixture.store.get_now(&TEST_CASE, id).await.unwrap().unwrap()["regression_id"], regression);
}

#[tokio::test]
async fn an_import_that_was_not_begun_does_not_end() {
    let fixture = with_small_transactions().await;
    let store = &fixture.store;
    let task = store.prepare_task(ObjectId::derived("task", ["import"]), Value::Null, Timestamp::from_milliseconds(0));
    let import = Import {
        collection: &TEST_GROUP,
        before: None,
        root: group(),
        others: others(),
        gone: Vec::new(),
        accepted: Timestamp::from_milliseconds(0),
        task: task.await.unwrap(),
        strategy: ImportStrategy::Staged(import()),
    };
    assert_eq!(store.import(import).await.unwrap(), Imported::Changed);
    assert_eq!(raw::keys(&fixture, &TEST_CASE).await.into_iter().collect::<Vec<_>>(), ["calendar"]);
}

#[tokio::test]
async fn documents_of_an_import_that_broke_off_are_removed_when_they_are_old() {
    let fixture = with_both().await;
    let later = Timestamp::parse_rfc3339("2020-04-13T00:00:00Z").unwrap();
    let remove = async |below: Timestamp| fixture.store.remove_abandoned(&TEST_GROUP, &TEST_CASE, below).await.unwrap();
    assert_eq!(remove(later).await, 0, "it has ended");
    break_off(&fixture).await;
    // It runs again, since a moment ago.
    fixture.store.begin_import(&TEST_GROUP, import(), later).await.unwrap();
    assert_eq!(remove(later).await, 0, "it runs");
    assert_eq!(imported(&fixture.store, others(), ImportStrategy::Staged(import())).await, Imported::Done);
    break_off(&fixture).await;
    fixture.store.begin_import(&TEST_GROUP, import(), later.plus(-1)).await.unwrap();
    assert_eq!(remove(Timestamp::from_milliseconds(1_586_687_400_000)).await, 0, "its documents are newer");
    assert_eq!(remove(later).await, usize::try_from(CASES).unwrap());
    assert_eq!(raw::keys(&fixture, &TEST_CASE).await.len(), 1 + 4);
    assert_eq!(raw::keys(&fixture, &TEST_GROUP).await.into_iter().collect::<Vec<_>>(), ["calendar"]);
    assert_eq!(names(&fixture.store, "name=other").await.len(), 4);
}

#[tokio::test]
async fn an_import_of_too_many_days_is_refused_and_leaves_nothing() {
    let fixture = with_small_transactions().await;
    let day = 24 * 60 * 60 * 1_000;
    let others = (0..CASES).map(|place| (&TEST_CASE, case(place, "new", day * i64::from(place)))).collect::<Vec<_>>();
    let task = fixture.store.prepare_task(ObjectId::derived("task", []), Value::Null, Timestamp::from_milliseconds(0));
    let task = task.await.unwrap();
    let strategy = ImportStrategy::Staged(import());
    let import = Import {
        collection: &TEST_GROUP,
        before: None,
        root: group(),
        others,
        gone: Vec::new(),
        accepted: Timestamp::from_milliseconds(0),
        task,
        strategy,
    };
    let refused = fixture.store.import(import).await.unwrap_err();
    assert!(matches!(refused, kernelci::store::StoreError::TooMuch), "{refused}");
    assert_eq!(raw::keys(&fixture, &TEST_CASE).await.len(), 0);
}
