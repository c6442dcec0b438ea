//! The same query to the store and to the evaluator.

use kernelci::{
    collections::Collection,
    query::{Arguments, Group, Selection},
    store::Store,
    value::{Document, Value},
};
use tokio::task::JoinSet;

use crate::{
    test_store::TestStore,
    documents::now,
    expected_answers,
    queries::{Ask, Query, shown},
};

/// A failure shows at most this many characters of the query string.
const MAX_QUERY: usize = 1_000;

pub(crate) async fn loaded(collection: &'static Collection, documents: &[Document]) -> TestStore {
    let fixture = TestStore::with(&[collection]).await;
    let mut loads = JoinSet::new();
    for document in documents.iter().cloned() {
        let store = fixture.store.clone();
        loads.spawn(async move { store.load(collection, document).await.unwrap() });
    }
    loads.join_all().await;
    fixture
}

pub(crate) fn selection(collection: &'static Collection, query: &str) -> Selection {
    Selection::read(collection, &Arguments::parse(query).unwrap(), now())
        .unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// The difference between the answers of the store and the evaluator; `None` where they are equal.
pub(crate) async fn difference(
    store: &Store,
    collection: &'static Collection,
    documents: &[Document],
    query: &Query,
) -> Option<String> {
    let selection = selection(collection, &query.text);
    let mut asked = format!("{}: {:?} of ?{}", collection.name, query.ask, query.text);
    if asked.len() > MAX_QUERY {
        asked = format!("{}.. ({} bytes)", asked.chars().take(MAX_QUERY).collect::<String>(), asked.len());
    }
    let (answered, expected) = match &query.ask {
        Ask::List => {
            let page = store.list(collection, &selection).await.map(|page| page.into_iter().map(Value::Map).collect());
            (page, expected_answers::listed(&selection, documents))
        }
        Ask::Groups => {
            let groups = store.groups(collection, &selection).await;
            (groups.map(|groups| groups.into_iter().map(plain).collect()), expected_answers::grouped(&selection, documents))
        }
        Ask::Distinct(member) => {
            let values = store.distinct(collection, &selection, member).await;
            (values, expected_answers::distinct(&selection, member, documents))
        }
        Ask::Count => {
            let number = |count: usize| vec![Value::Integer(i64::try_from(count).unwrap())];
            (store.count(collection, &selection).await.map(number), number(expected_answers::count(&selection, documents)))
        }
    };
    let answered = match answered {
        Ok(answered) if answered == expected => return None,
        Ok(answered) => answered,
        Err(error) => return Some(format!("{asked} failed: {error}")),
    };
    Some(format!(
        "{asked}\nonly in the store's answer: {}\nonly in the evaluator's: {}\nthe store's ids: {}\nthe evaluator's: {}",
        shown(&without(&answered, &expected)),
        shown(&without(&expected, &answered)),
        shown(&ids(&answered)),
        shown(&ids(&expected)),
    ))
}

fn plain(group: Group) -> Value {
    Value::List(vec![Value::Map(group.key), Value::Map(group.first)])
}

fn without(some: &[Value], others: &[Value]) -> Vec<Value> {
    some.iter().filter(|value| !others.contains(value)).cloned().collect()
}

fn ids(values: &[Value]) -> Vec<Value> {
    let id = |value: &Value| match value {
        Value::Map(document) => document.get("_id").cloned(),
        Value::List(group) => group.last().and_then(|first| match first {
            Value::Map(document) => document.get("_id").cloned(),
            _ => None,
        }),
        _ => None,
    };
    values.iter().filter_map(id).collect()
}
