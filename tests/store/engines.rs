//! The two engines compared: for random sequences of operations their answers, their refusals, and their counts of
//! requests and items are equal.

use std::sync::Arc;

use kernelci::{
    collections::{Collection, TEST_CASE},
    query::{Arguments, Filter},
    store::{
        ORDER, StoreError, Work, WorkDone,
        engine::{
            Action, AttributeValue, Change, Cursor, Engine, Item, Page, Put, Query, ReturnValue, Transaction,
            UpdateAction, WriteCondition,
        },
        narrow_members,
    },
    time::Timestamp,
    value::Document,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

use crate::test_store::TestStore;

const COLLECTION: &Collection = &TEST_CASE;

/// Few keys, so that operations often use the same item.
const KEYS: usize = 8;

fn key(nth: usize) -> String {
    // One of the keys is not that of a document.
    if nth == 0 { "hash/of-no-document".to_owned() } else { format!("{nth:024x}") }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// An attribute name with one of its possible values.
fn attribute() -> impl Strategy<Value = (String, AttributeValue)> {
    let status =
        prop_oneof![select(vec![text("PASS"), text("FAIL"), text("é"), AttributeValue::Null]), Just(number(1))];
    let list = vec(select(vec![text("a"), AttributeValue::Bool(true), number(2)]), 0..3).prop_map(AttributeValue::L);
    let map = Just(AttributeValue::M([("log".to_owned(), AttributeValue::B(vec![0, 255, 7]))].into()));
    prop_oneof![
        4 => status.prop_map(|value| ("status".to_owned(), value)),
        4 => (-3_i64..12).prop_map(|value| ("index".to_owned(), number(value))),
        2 => select(vec!["a", "b", ""]).prop_map(|value| ("name".to_owned(), text(value))),
        2 => select(vec!["g1", "g2"]).prop_map(|value| ("_group".to_owned(), text(value))),
        2 => select(vec!["t1", "t2"]).prop_map(|value| ("_trail".to_owned(), text(value))),
        1 => list.prop_map(|value| ("log_lines".to_owned(), value)),
        1 => map.prop_map(|value| ("_packed".to_owned(), value)),
        1 => Just(("_import".to_owned(), text("5e79f370f870c5da21eece6d"))),
        1 => select(vec!["x", "y"]).prop_map(|value| ("set".to_owned(), AttributeValue::Ss(vec![value.to_owned()]))),
    ]
}

fn item(nth: usize) -> impl Strategy<Value = Item> {
    (vec(attribute(), 0..7), select(vec!["10", "11", "2"])).prop_map(move |(attributes, order)| {
        let mut item: Item = attributes.into_iter().collect();
        item.insert("_id".to_owned(), text(&key(nth)));
        if nth > 0 {
            item.insert("_month".to_owned(), text("2020-04"));
            // No two items have the same position in an index.
            item.insert(ORDER.to_owned(), text(&format!("{order}{}", key(nth))));
        }
        item
    })
}

fn any_condition() -> impl Strategy<Value = WriteCondition> {
    let one = prop_oneof![
        Just(WriteCondition::NoItem),
        Just(WriteCondition::AnItem),
        select(vec!["status", "_import", ORDER]).prop_map(WriteCondition::Has),
        select(vec!["status", "index"]).prop_map(WriteCondition::HasNot),
        select(vec![text("PASS"), AttributeValue::Null, number(1)])
            .prop_map(|value| WriteCondition::Is("status", value)),
        (0_i64..10).prop_map(|value| WriteCondition::Is("index", number(value))),
        (0_i64..10).prop_map(|value| WriteCondition::Less("index", number(value))),
        Just(WriteCondition::Less("status", text("Q"))),
    ];
    one.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..4).prop_map(WriteCondition::All),
            vec(inner, 1..4).prop_map(WriteCondition::Any)
        ]
    })
}

fn any_update() -> impl Strategy<Value = Vec<UpdateAction>> {
    let step = prop_oneof![
        4 => attribute().prop_map(|(name, value)| UpdateAction::Set(name, value)),
        2 => select(vec!["status", "index", "_group", "_trail"]).prop_map(|name| UpdateAction::Remove(name.to_owned())),
        2 => (-2_i64..5).prop_map(|by| UpdateAction::Add("index".to_owned(), number(by))),
        2 => Just(UpdateAction::Add("set".to_owned(), AttributeValue::Ss(vec!["y".to_owned(), "z".to_owned()]))),
        // Adding to a value that is not a number is refused.
        1 => Just(UpdateAction::Add("name".to_owned(), number(1))),
    ];
    vec(step, 1..4).prop_map(|mut update| {
        let mut names = Vec::new();
        update.retain(|step| {
            let (UpdateAction::Set(name, _) | UpdateAction::Remove(name) | UpdateAction::Add(name, _)) = step;
            let is_new = !names.contains(name);
            names.push(name.clone());
            is_new
        });
        update
    })
}

fn change() -> impl Strategy<Value = Change> {
    (0..KEYS).prop_flat_map(|nth| {
        let action = prop_oneof![
            4 => item(nth).prop_map(Action::Put),
            3 => any_update().prop_map(Action::Update),
            1 => Just(Action::Delete),
        ];
        (action, option::of(any_condition())).prop_map(move |(action, demand)| Change {
            collection: COLLECTION,
            key: key(nth),
            action,
            demand,
        })
    })
}

/// An operation on an engine.
#[derive(Debug, Clone)]
enum Operation {
    Write(Change, ReturnValue),
    Transact(Vec<Change>),
    Delete(Vec<String>),
    Get(String, bool),
    GetMany(Vec<String>),
    Query {
        index: usize,
        key: &'static str,
        order: Option<(String, String)>,
        filter: &'static str,
        narrow: bool,
        count_only: bool,
        descending: bool,
        limit: usize,
        raw: bool,
    },
}

fn asked() -> impl Strategy<Value = Operation> {
    let keys = || {
        vec(0..KEYS, 1..5).prop_map(|mut places| {
            places.sort_unstable();
            places.dedup();
            places.into_iter().map(key).collect::<Vec<_>>()
        })
    };
    let returned = select(vec![ReturnValue::None, ReturnValue::AllOld, ReturnValue::AllNew]);
    let checked = (0..KEYS, any_condition()).prop_map(|(nth, demand)| Change {
        collection: COLLECTION,
        key: key(nth),
        action: Action::Check,
        demand: Some(demand),
    });
    let transaction = vec(prop_oneof![5 => change(), 1 => checked], 1..5).prop_map(|mut changes| {
        changes.sort_by(|a, b| a.key.cmp(&b.key));
        changes.dedup_by(|a, b| a.key == b.key);
        changes
    });
    let pattern = prop_oneof![
        Just((0_usize, "g1")),
        Just((0, "g2")),
        Just((1, "t1")),
        Just((1, "t2")),
        Just((3, "2020-04")),
        Just((3, "2020-05")),
    ];
    let filter = select(vec![
        "",
        "",
        "status=PASS",
        "status=null",
        "status=PASS&status=null",
        "gte=index,2",
        "lt=index,3&name=a",
    ]);
    let order = option::of(select(vec![("10", "11"), ("11", "3"), ("1", "2")]))
        .prop_map(|bounds| bounds.map(|(from, below)| (from.to_owned(), below.to_owned())));
    let query = (pattern, order, filter, any::<[bool; 4]>(), 1_usize..6).prop_map(
        |((index, key), order, filter, [narrow, count_only, descending, raw], limit)| Operation::Query {
            index,
            key,
            order,
            filter,
            narrow,
            count_only: count_only && !raw,
            descending,
            limit,
            raw,
        },
    );
    prop_oneof![
        6 => (change(), returned).prop_map(|(change, returned)| match change.action {
            // For a new item the stand-in returns its key as the previous item; DynamoDB returns nothing.
            Action::Update(_) if returned == ReturnValue::AllOld => Operation::Write(change, ReturnValue::None),
            _ => Operation::Write(change, returned),
        }),
        4 => transaction.prop_map(Operation::Transact),
        1 => keys().prop_map(Operation::Delete),
        2 => ((0..KEYS), any::<bool>()).prop_map(|(nth, consistent)| Operation::Get(key(nth), consistent)),
        1 => keys().prop_map(Operation::GetMany),
        6 => query,
    ]
}

/// The answer of an engine, without the details in which engines may differ.
#[derive(Debug, PartialEq)]
enum Outcome {
    Written(bool, Option<Item>),
    Transacted(Option<Vec<usize>>),
    Deleted,
    Items(Vec<Item>),
    Pages(Vec<(Vec<RowContent>, usize, bool)>),
    Refused(&'static str),
}

#[derive(Debug, PartialEq)]
enum RowContent {
    Document(Document, bool, Option<String>),
    Item(Item),
}

/// Sorts the sets of an item, so that equal items compare equal.
fn normal(mut item: Item) -> Item {
    for attribute in item.values_mut() {
        if let AttributeValue::Ss(texts) = attribute {
            texts.sort();
        }
    }
    item
}

async fn answer(engine: &Arc<dyn Engine>, work: &Work, asked: &Operation) -> Outcome {
    match answer_or_not(engine, work, asked).await {
        Ok(answered) => answered,
        Err(StoreError::Busy(why)) => panic!("the engine is busy: {why}"),
        Err(StoreError::Failed(_)) => Outcome::Refused("failed"),
        // A set is not a value of a document.
        Err(StoreError::Item(_)) => Outcome::Refused("damaged"),
        Err(other) => panic!("{other}"),
    }
}

async fn answer_or_not(engine: &Arc<dyn Engine>, work: &Work, asked: &Operation) -> Result<Outcome, StoreError> {
    Ok(match asked {
        Operation::Write(change, returned) => match engine.write(work, change, *returned).await? {
            Put::Stored(item) => Outcome::Written(true, item.map(normal)),
            Put::Refused(item) => Outcome::Written(false, item.map(normal)),
        },
        Operation::Transact(changes) => match engine.transact(work, changes).await? {
            Transaction::Done => Outcome::Transacted(None),
            Transaction::Refused(places) => Outcome::Transacted(Some(places)),
        },
        Operation::Delete(keys) => {
            engine.delete_many(work, COLLECTION, keys).await?;
            Outcome::Deleted
        }
        Operation::Get(key, consistent) => {
            let item = engine.get(work, COLLECTION, key, *consistent).await?;
            Outcome::Items(item.into_iter().map(normal).collect())
        }
        Operation::GetMany(keys) => {
            let mut items: Vec<Item> =
                engine.get_many(work, COLLECTION, keys, true).await?.into_iter().map(normal).collect();
            items.sort_by_key(|item| item["_id"].as_s().unwrap().clone());
            Outcome::Items(items)
        }
        Operation::Query { .. } => Outcome::Pages(pages(engine, work, asked).await?),
    })
}

async fn pages(
    engine: &Arc<dyn Engine>,
    work: &Work,
    asked: &Operation,
) -> Result<Vec<(Vec<RowContent>, usize, bool)>, StoreError> {
    let Operation::Query { index, key, order, filter, narrow, count_only, descending, limit, raw } = asked else {
        unreachable!()
    };
    let arguments = Arguments::parse(filter).unwrap();
    let filter = Filter::read(COLLECTION, &arguments, Timestamp::from_milliseconds(0)).unwrap();
    let (mut pages, mut next): (Vec<_>, Option<Cursor>) = (Vec::new(), None);
    loop {
        let query = Query {
            order: order.clone(),
            members: (*narrow && !count_only && !raw)
                .then(|| narrow_members(COLLECTION).take(3).chain(["_id", "status"]).collect()),
            count_only: *count_only,
            descending: *descending,
            limit: *limit,
            start: next.as_ref(),
            ..Query::of(COLLECTION, &COLLECTION.indexes[*index], key, &filter)
        };
        let (shown, count, end) = if *raw {
            let Page { items, count, next } = engine.query_items(work, &query).await?;
            (items.into_iter().map(|item| RowContent::Item(carried(normal(item)))).collect(), count, next)
        } else {
            let Page { items, count, next } = engine.query(work, &query).await?;
            let shown = items
                .into_iter()
                .map(|opened| RowContent::Document(opened.document, opened.packed.is_some(), opened.import));
            (shown.collect::<Vec<_>>(), count, next)
        };
        pages.push((shown, count, end.is_some()));
        next = end;
        if next.is_none() {
            return Ok(pages);
        }
        assert!(pages.len() < 100, "pages without end");
    }
}

/// An item without the keys of its index. Whether an index query returns these is not defined.
fn carried(mut item: Item) -> Item {
    item.retain(|name, _| !name.starts_with('_') || name == "_id" || name == "_packed" || name == "_import");
    item
}

/// Performs the operations on both engines and compares the outcomes.
async fn both(asked: &[Operation]) {
    let benches = [TestStore::dynamodb(&[COLLECTION]).await, TestStore::sqlite(&[COLLECTION]).await];
    let [one, other] = &benches;
    let mut done = Vec::new();
    for asked in asked {
        let works = [Work::default(), Work::default()];
        let answers =
            [answer(one.store.engine(), &works[0], asked).await, answer(other.store.engine(), &works[1], asked).await];
        assert_eq!(answers[0], answers[1], "{asked:?}, after {done:?}");
        let counted = |work: &Work| {
            let WorkDone { requests, items_read, .. } = work.done();
            (requests, items_read)
        };
        if !matches!(answers[0], Outcome::Refused(_)) {
            assert_eq!(counted(&works[0]), counted(&works[1]), "{asked:?}, after {done:?}");
        }
        done.push(asked);
    }
}

proptest! {
    #![proptest_config(kernelci_tests::property(24))]
    #[test]
    fn random_operations_have_the_same_outcome_on_both_engines(asked in vec(asked(), 1..60)) {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(both(&asked));
    }
}
