//! The tables and indexes, as `template.yaml` declares them and as the local store makes them: both from the
//! collections.

use super::{
    Store, StoreError,
    keys::{EXPIRES, ID, ORDER, narrow_members},
};
use crate::collections::{Collection, EXPIRING, Projection};

/// A table or an index by its keys, all of them texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySchema {
    /// The index's name; `None` for the table itself.
    pub index: Option<String>,
    /// The partition key.
    pub partition: String,
    /// The sort key.
    pub sort: Option<String>,
    /// The members that an index carries beside its keys; `None` for all.
    pub members: Option<Vec<String>>,
}

/// A table and its indexes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSchema {
    /// The collection's name, which the table's ends with.
    pub name: String,
    /// The table's keys, then each index's.
    pub keys: Vec<KeySchema>,
    /// The attribute that says when an item goes by itself, where items do.
    pub expires: Option<String>,
}

/// The table of a collection.
pub fn schema(collection: &'static Collection) -> TableSchema {
    let table = KeySchema { index: None, partition: ID.to_owned(), sort: None, members: None };
    let indexes = collection.indexes.iter().map(|index| KeySchema {
        index: Some(index.name.to_owned()),
        partition: index.attribute.to_owned(),
        sort: Some(ORDER.to_owned()),
        members: (index.projection == Projection::Narrow)
            .then(|| narrow_members(collection).map(str::to_owned).collect()),
    });
    let keys = std::iter::once(table).chain(indexes).collect();
    let expires = EXPIRING.contains(&collection).then(|| EXPIRES.to_owned());
    TableSchema { name: collection.name.to_owned(), keys, expires }
}

/// Makes the tables that are not there yet, and waits until they can be used. Says which of all it made.
///
/// # Errors
/// The engine cannot be reached or refuses.
pub async fn create_tables(store: &Store, schemas: &[TableSchema]) -> Result<Vec<MadeTable>, StoreError> {
    store.engine.create_tables(schemas).await
}

/// A table that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeTable {
    /// Its full name.
    pub name: String,
    /// Whether it was not there before.
    pub is_new: bool,
}
