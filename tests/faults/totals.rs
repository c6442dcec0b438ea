//! Counts by totals, compared with counting documents one by one, after writes that are repeated, concurrent, or
//! interrupted between two requests.

use futures_util::future::join_all;
use kernelci::{
    collections::{BUILD, Collection, JOB, TASK, TEST_CASE, TEST_GROUP, TOTAL},
    connection::DynamoDb,
    query::{Arguments, Selection, distinct, matches},
    store::{
        Import, ImportStrategy, Imported, Removal, Replacement, Store, StoreError, StoreOptions, create_tables,
        derived_id, schema,
    },
    time::Timestamp,
    value::{Document, ObjectId, Value},
};
use kernelci_local::embedded::Embedded;
use kernelci_tests::property;
use proptest::{prelude::*, test_runner::TestRunner};
use tokio::runtime::Runtime;

use crate::{
    faulty_process::SHORT,
    proxy::{Fault, Plan, Proxy},
};

const COLLECTIONS: [&Collection; 4] = [&JOB, &BUILD, &TEST_GROUP, &TEST_CASE];

/// Selections of which the totals answer some and others not.
const QUERIES: [&str; 30] = [
    "",
    "job=a",
    "job=b&job=a",
    "job=null",
    "job=a&job=null",
    "job=none",
    "kernel=v1",
    "kernel=null",
    "git_branch=x",
    "git_branch=x&kernel=v1",
    "job=a&kernel=v1",
    "job=a&git_branch=x&git_branch=null",
    "job=a&kernel=v1&kernel=v2&git_branch=x",
    "status=PASS",
    "status=FAIL&status=null",
    "status=odd",
    "status=SKIP",
    "job=a&status=PASS&status=odd",
    "kernel=v2&status=FAIL",
    "created_on=2020-04-10",
    "created_on=2020-04-11&job=a",
    "created_on=2020-04-11&job=a&status=PASS",
    "created_on=null",
    "created_on=null&job=b",
    "date_range=2",
    "date_range=60&status=FAIL",
    "date_range=900",
    "date_range=2&kernel=v1",
    "gte=created_on,2020-04-11",
    "time_range=600",
];

/// An upper bound of the number of test cases in a group here.
const MAX_CASES: usize = 174;

/// One selection of each kind.
const FEW_QUERIES: [&str; 4] = ["", "job=a&kernel=v1", "status=PASS", "created_on=2020-04-12"];

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2020-04-12T10:30:00Z").unwrap()
}

/// A write to the store.
#[derive(Debug, Clone)]
enum Write {
    Load(usize, u8, Document),
    Create(Document),
    /// Replaces the document with the same identity; without one, nothing is written.
    Replace(usize, Document, bool),
    SetStatus(Document, &'static str),
    Delete(usize, u8),
    /// The members of a group, the number of its test cases, and the members of each fifth case.
    Import(Document, usize, Document),
}

/// A write, an optional fault with the number of the first failing request, and whether the write is repeated.
type Step = (Write, Option<(Fault, usize)>, bool);

fn any_member(texts: &'static [&'static str]) -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        8 => prop::sample::select(texts).prop_map(|text| Some(Value::from(text))),
        1 => Just(None),
        1 => Just(Some(Value::Null)),
        1 => Just(Some(Value::Integer(5))),
    ]
}

fn any_document() -> impl Strategy<Value = Document> {
    let date = prop_oneof![
        1 => Just(None),
        1 => Just(Some(Value::Null)),
        6 => (prop::sample::select(&["2020-04-10", "2020-04-11", "2020-04-12", "2019-05-01"][..]), 0..86_400_000_i64)
            .prop_map(|(day, after)| Some(Value::Date(Timestamp::parse_day(day).unwrap().plus(after)))),
    ];
    let members = (
        any_member(&["a", "b"]),
        any_member(&["v1", "v2"]),
        any_member(&["x", "y"]),
        any_member(&["PASS", "FAIL", "odd"]),
        any_member(&["arm", "arm64"]),
        date,
    );
    members.prop_map(|(job, kernel, branch, status, arch, created_on)| {
        let members = [("job", job), ("kernel", kernel), ("git_branch", branch), ("status", status), ("arch", arch)];
        let members = members.into_iter().chain([("created_on", created_on)]);
        members.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    })
}

fn any_write() -> impl Strategy<Value = Write> {
    let place = 0..COLLECTIONS.len();
    prop_oneof![
        3 => (place.clone(), 0..12_u8, any_document()).prop_map(|(of, id, document)| Write::Load(of, id, document)),
        2 => any_document().prop_map(Write::Create),
        3 => (0..2_usize, any_document(), prop::bool::weighted(0.8)).prop_map(|(of, it, put)| Write::Replace(of, it, put)),
        2 => (any_document(), prop::sample::select(&["PASS", "FAIL", "BUILD"][..])).prop_map(|(it, to)| Write::SetStatus(it, to)),
        2 => (place, 0..12_u8).prop_map(|(of, id)| Write::Delete(of, id)),
        2 => (any_document(), prop_oneof![0..4_usize, Just(170)], any_document())
            .prop_map(|(group, cases, other)| Write::Import(group, cases, other)),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    let fault = (prop::sample::select(&[Fault::Closed, Fault::Lost, Fault::Throttled][..]), 0..7_usize);
    (any_write(), prop::option::weighted(0.4, fault), any::<bool>())
}

fn own_id(number: u8) -> ObjectId {
    ObjectId::derived("own", [number.to_string().as_str()])
}

fn with_id(mut document: Document, id: ObjectId) -> Document {
    document.insert("_id", Value::Id(id));
    document
}

async fn perform(store: &Store, write: Write) -> Result<(), StoreError> {
    let task = || store.prepare_task(ObjectId::derived("task", []), Value::Null, now());
    match write {
        Write::Load(of, id, document) => store.load(COLLECTIONS[of], with_id(document, own_id(id))).await.map(|_| ()),
        // A document that lacks a text of its identity is refused.
        Write::Create(document) if derived_id(&JOB, &document).is_none() => Ok(()),
        Write::Create(document) => store.create_identified(&JOB, document).await.map(|_| ()),
        Write::Replace(of, document, is_put) => {
            let collection = COLLECTIONS[of];
            let Some(derived) = derived_id(collection, &document) else { return Ok(()) };
            let before = store.identified_to_change(collection, derived).await?;
            if before.is_none() && !is_put {
                return Ok(());
            }
            let after = is_put.then_some(document);
            store.replace([Replacement { collection, before, after }], None).await.map(|_| ())
        }
        Write::SetStatus(document, status) => {
            let Some(derived) = derived_id(&JOB, &document) else { return Ok(()) };
            let members = [("status", Value::from(status))];
            store.update_identified(&JOB, derived, &members, task().await?).await.map(|_| ())
        }
        Write::Delete(of, id) => store.delete(COLLECTIONS[of], own_id(id)).await.map(|_| ()),
        Write::Import(group, cases, other) => {
            let Some(derived) = derived_id(&TEST_GROUP, &group) else { return Ok(()) };
            let before = store.identified_to_change(&TEST_GROUP, derived).await?;
            let id = before.as_ref().map_or(derived, |before| before.id);
            let stored = before.as_ref().and_then(|before| before.import());
            let version = before.as_ref().map_or(0, |before| before.version());
            let member = |nth: usize| if nth % 5 == 4 { other.clone() } else { group.clone() };
            for is_staged in [false, true] {
                let name = [id.to_string(), version.to_string(), cases.to_string(), format!("{group:?} {other:?}")];
                let name = is_staged.then(|| ObjectId::derived("import", name.iter().map(String::as_str)));
                let others = (0..cases).map(|nth| (&TEST_CASE, with_id(member(nth), case_id(id, name, nth)))).collect();
                let left = if name.is_some() { 0 } else { cases };
                let of_others = (left..MAX_CASES).map(|nth| case_id(id, None, nth));
                let of_import = (0..MAX_CASES).filter(|_| stored.is_some()).map(|nth| case_id(id, stored, nth));
                let removal = |id| Removal { collection: &TEST_CASE, id, owner: None };
                let gone: Vec<Removal> = of_others.chain(of_import).map(removal).collect();
                let (before, root, task) = (before.clone(), with_id(group.clone(), id), task().await?);
                let strategy = name.map_or(ImportStrategy::OneTransaction { import: None }, ImportStrategy::Staged);
                let (accepted, left) = (now(), gone.clone());
                if let Some(name) = name {
                    store.begin_import(&TEST_GROUP, name, accepted).await?;
                }
                let import = Import { collection: &TEST_GROUP, before, root, others, gone, accepted, task, strategy };
                match store.import(import).await? {
                    Imported::TooMuch => continue,
                    Imported::Done if name.is_some() => {
                        let Some(root) = store.read_now(&TEST_GROUP, id).await? else { break };
                        store.remove_unlisted(&TEST_GROUP, &root, &left).await?;
                    }
                    _ => {}
                }
                break;
            }
            Ok(())
        }
    }
}

/// The id of a test case by its position in its group. A staged import derives ids of its own.
fn case_id(group: ObjectId, import: Option<ObjectId>, nth: usize) -> ObjectId {
    let import = import.map(|import| import.to_string()).unwrap_or_default();
    ObjectId::derived("case", [group.to_string().as_str(), nth.to_string().as_str(), &import])
}

/// The counts and distinct values that differ from those computed one by one.
async fn wrong(store: &Store, queries: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    for collection in COLLECTIONS {
        let all = store.list(collection, &Selection::default()).await.unwrap();
        for query in queries {
            let selection = Selection::read(collection, &Arguments::parse(query).unwrap(), now()).unwrap();
            let counted = store.count(collection, &selection).await.unwrap();
            let expected = all.iter().filter(|document| matches(&selection.filter, document)).count();
            if counted != expected {
                wrong.push(format!("{}?{query}: {counted} instead of {expected}", collection.name));
            }
        }
        for member in ["job", "kernel", "git_branch", "arch"] {
            let selection = Selection::default();
            let values = store.distinct(collection, &selection, member).await.unwrap();
            let expected = distinct(&selection, member, &all);
            if values != expected {
                wrong.push(format!("{}.{member}: {values:?} instead of {expected:?}", collection.name));
            }
        }
    }
    wrong
}

/// A new store, reached directly and through a failing proxy.
struct Stores {
    direct: Store,
    proxy: Proxy,
    _embedded: Embedded,
}

impl Stores {
    async fn start() -> Self {
        let embedded = Embedded::start(None).unwrap();
        let direct = Store::new(embedded.dynamodb(), StoreOptions::local());
        let schemas: Vec<_> = COLLECTIONS.into_iter().chain([&TOTAL, &TASK]).map(schema).collect();
        create_tables(&direct, &schemas).await.unwrap();
        let proxy = Proxy::start(embedded.requests()).await;
        Self { direct, proxy, _embedded: embedded }
    }

    /// Performs a step. Returns whether a request failed.
    async fn perform(&self, (write, fault, again): Step) -> bool {
        let Some((fault, from)) = fault else {
            perform(&self.direct, write).await.unwrap();
            return false;
        };
        let failing = Store::new(DynamoDb::with_retry_policy(&self.proxy.endpoint, SHORT), StoreOptions::local());
        self.proxy.plan(Plan { fault, operation: None, from, times: usize::MAX });
        let outcome = perform(&failing, write.clone()).await;
        assert!(matches!(outcome, Ok(()) | Err(StoreError::Busy(_))), "{write:?}: {outcome:?}");
        let has_struck = self.proxy.struck() > 0;
        self.proxy.recover();
        if again {
            perform(&self.direct, write).await.unwrap();
        }
        has_struck
    }
}

#[test]
fn totals_equal_a_count_of_the_documents_after_random_writes() {
    let runtime = Runtime::new().unwrap();
    let config = ProptestConfig { max_shrink_iters: 100, ..property(16) };
    let outcome = TestRunner::new(config).run(&prop::collection::vec(any_step(), 1..25), |steps| {
        runtime.block_on(async {
            let stores = Stores::start().await;
            for step in steps {
                stores.perform(step).await;
            }
            let wrong = wrong(&stores.direct, &QUERIES).await;
            prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
            Ok(())
        })
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

fn members(job: &str, kernel: &str, status: &str) -> Document {
    let texts = [("job", job), ("kernel", kernel), ("git_branch", "x"), ("status", status)];
    let dated = [("created_on", Value::Date(now()))];
    texts
        .map(|(name, text)| (name, Value::from(text)))
        .into_iter()
        .chain(dated)
        .map(|(n, v)| (n.to_owned(), v))
        .collect()
}

/// An import of several transactions that is interrupted at any request is visible as a whole or not at all, and the
/// totals count what is visible, before and after the import is repeated.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_interrupted_at_any_request_keeps_the_totals_correct() {
    const CASES: usize = 120;
    for fault in [Fault::Closed, Fault::Lost] {
        for from in 0.. {
            let stores = Stores::start().await;
            let import = Write::Import(members("a", "v1", "PASS"), CASES, members("b", "v2", "FAIL"));
            let has_struck = stores.perform((import.clone(), Some((fault, from)), false)).await;
            let seen = stores.direct.list(&TEST_CASE, &Selection::default()).await.unwrap().len();
            assert!(seen == 0 || seen == CASES, "{fault:?} from {from}: {seen}");
            assert_eq!(wrong(&stores.direct, &FEW_QUERIES).await, [""; 0], "{fault:?} from {from}");
            stores.perform((import, None, false)).await;
            assert_eq!(wrong(&stores.direct, &FEW_QUERIES).await, [""; 0], "{fault:?} from {from}, repeated");
            assert_eq!(stores.direct.count(&TEST_CASE, &Selection::default()).await.unwrap(), CASES);
            if !has_struck {
                assert!(from > 5, "{from} requests are too few for an import of several transactions");
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_writes_are_counted_once() {
    let stores = Stores::start().await;
    let store = &stores.direct;
    let writes = (0..40_usize).map(|nth| {
        let kernel = format!("v{}", nth % 3);
        let status = ["PASS", "FAIL"][nth % 2];
        let id = u8::try_from(nth % 4).unwrap();
        match nth % 8 {
            0 => Write::Create(members("a", &kernel, status)),
            1 | 2 => Write::SetStatus(members("a", &kernel, status), status),
            3 => Write::Load(0, id, members("b", &kernel, status)),
            4 => Write::Delete(0, id),
            5 | 6 => Write::Replace(1, members("a", &kernel, status), true),
            _ => Write::Import(members("a", &kernel, status), 3, members("b", "v", status)),
        }
    });
    for _ in 0..3 {
        join_all(writes.clone().map(|write| perform(store, write))).await.into_iter().for_each(|done| {
            assert!(matches!(done, Ok(()) | Err(StoreError::Busy(_))), "{done:?}");
        });
        assert_eq!(wrong(store, &QUERIES).await, [""; 0]);
    }
}
