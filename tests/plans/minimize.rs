//! Reduces a failing case.

use kernelci::{
    collections::Collection,
    store::Store,
    value::{Document, Value},
};

use crate::{
    oracle::difference,
    queries::{Query, shown},
};

/// Removes arguments, documents and members while the answers differ. Returns the smallest difference.
pub(crate) async fn minimized_difference(
    store: &Store,
    collection: &'static Collection,
    mut documents: Vec<Document>,
    mut query: Query,
) -> String {
    let mut place = 0;
    while place < query.text.split('&').count() {
        let mut parts: Vec<_> = query.text.split('&').collect();
        parts.remove(place);
        let shorter = Query { text: parts.join("&"), ..query.clone() };
        match difference(store, collection, &documents, &shorter).await {
            Some(_) if !query.text.is_empty() => query = shorter,
            _ => place += 1,
        }
    }
    for document in documents.clone() {
        store.delete(collection, document["_id"].as_id().unwrap()).await.unwrap();
        let fewer: Vec<_> = documents.iter().filter(|other| **other != document).cloned().collect();
        if difference(store, collection, &fewer, &query).await.is_some() {
            documents = fewer;
        } else {
            store.load(collection, document).await.unwrap();
        }
    }
    for place in 0..documents.len() {
        for name in documents[place].keys().filter(|name| *name != "_id").cloned().collect::<Vec<_>>() {
            let value = documents[place].remove(&name).unwrap();
            store.load(collection, documents[place].clone()).await.unwrap();
            if difference(store, collection, &documents, &query).await.is_none() {
                documents[place].insert(name, value);
                store.load(collection, documents[place].clone()).await.unwrap();
            }
        }
    }
    let difference = difference(store, collection, &documents, &query).await.unwrap_or_default();
    let documents: Vec<_> = documents.into_iter().map(Value::Map).collect();
    format!("{difference}\nthe documents: {}", shown(&documents))
}
