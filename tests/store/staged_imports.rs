//! Staged imports: none of their documents is visible before the end, and all are visible afterwards.

use kernelci::{
    collections::{TEST_CASE, TEST_GROUP},
    query::{Arguments, Selection},
    store::{Import, Imported, Store, ImportStrategy, derived_id},
    time::Timestamp,
    value::{Document, ObjectId, Value},
};
use kernelci_tests::document;
use serde_json::json;

use crate::{test_store::TestStore, raw};

const CASES: u32 = 120;
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

/// Cases of a staged import, with dates before and after those of some other cases.
async fn with_both() -> TestStore {
    let fixture = TestStore::with(&[&TEST_CASE, &TEST_GROUP, &kernelci::collections::TASK]).await;
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

#[tokio::test]
async fn the_import_name_is_removed_afterwards() {
    let fixture = with_both().await;
    let cases: Vec<Document> = (0..CASES).map(|place| case(place, "new", 4 * i64::from(place))).collect();
    let key = cases[3]["_id"].as_id().unwrap().to_string();
    let before = raw::item(&fixture, &TEST_CASE, &key).await.unwrap();
    assert!(before.contains_key("_import") && !before.contains_key("_trail"));
    // Another import removes nothing.
    fixture.store.reveal(&TEST_CASE, ObjectId::derived("import", ["second"]), &cases).await.unwrap();
    assert_eq!(raw::item(&fixture, &TEST_CASE, &key).await.unwrap(), before);
    for _ in 0..2 {
        fixture.store.reveal(&TEST_CASE, import(), &cases).await.unwrap();
        let after = raw::item(&fixture, &TEST_CASE, &key).await.unwrap();
        assert!(!after.contains_key("_import") && after.contains_key("_trail"));
    }
    let gone = ObjectId::derived("case", ["that is not there"]);
    fixture.store.reveal(&TEST_CASE, import(), &[document(json!({"_id": {"$oid": gone.to_string()}}))]).await.unwrap();
    assert_eq!(raw::item(&fixture, &TEST_CASE, &gone.to_string()).await, None);
    raw::delete(&fixture, &TEST_CASE, &ended()).await;
    assert_eq!(names(&fixture.store, &format!("test_group_id={GROUP}")).await.len(), 124);
}

#[tokio::test]
async fn a_repeated_staged_import_is_applied_once() {
    let fixture = with_both().await;
    for collection in [&TEST_CASE, &TEST_GROUP] {
        raw::delete(&fixture, collection, &ended()).await;
    }
    let key = derived_id(&TEST_GROUP, &group()).unwrap();
    // The state after an interruption before the last write.
    raw::delete(&fixture, &TEST_GROUP, &key.to_string()).await;
    raw::delete(&fixture, &kernelci::collections::TASK, &ObjectId::derived("task", ["import"]).to_string()).await;
    let others = || (0..CASES).map(|place| (&TEST_CASE, case(place, "new", 4 * i64::from(place)))).collect();
    assert_eq!(imported(&fixture.store, others(), ImportStrategy::Staged(import())).await, Imported::Done);
    assert_eq!(names(&fixture.store, "name=new").await.len(), 120);
    // Visible documents are not written again under the same import name.
    let cases: Vec<Document> = others().into_iter().map(|(_, case)| case).collect::<Vec<Document>>();
    fixture.store.reveal(&TEST_CASE, import(), &cases).await.unwrap();
    assert_eq!(imported(&fixture.store, others(), ImportStrategy::Staged(import())).await, Imported::Changed);
    assert_eq!(names(&fixture.store, "name=new").await.len(), 120);
}

#[tokio::test]
async fn an_import_of_too_many_days_is_refused_and_leaves_nothing() {
    let fixture = TestStore::with(&[&TEST_CASE, &TEST_GROUP, &kernelci::collections::TASK]).await;
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
