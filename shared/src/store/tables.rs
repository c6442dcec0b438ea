//! Definitions of tables and indexes, derived from the collections. `template.yaml` and the engines use the same.

use super::{
    Store, StoreError,
    keys::{EXPIRES, ID, ORDER, narrow_members},
};
use crate::collections::{Collection, EXPIRING, Projection};

/// The keys of a table or an index, all of type text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySchema {
    /// The name of the index; `None` for the table.
    pub index: Option<String>,
    /// The partition key.
    pub partition: String,
    /// The sort key.
    pub sort: Option<String>,
    /// The members that the index carries in addition to its keys; `None` for all.
    pub members: Option<Vec<String>>,
}

/// A table and its indexes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSchema {
    /// The name of the collection, with which the name of the table ends.
    pub name: String,
    /// The keys of the table, then those of each index.
    pub keys: Vec<KeySchema>,
    /// The attribute with the expiry time of items, when items expire.
    pub expires: Option<String>,
}

/// The definition of a collection's table.
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

/// Creates the missing tables and waits until they are active. Returns all tables and whether each is new.
///
/// # Errors
/// The engine cannot be reached or refuses the request.
pub async fn create_tables(store: &Store, schemas: &[TableSchema]) -> Result<Vec<MadeTable>, StoreError> {
    store.engine.create_tables(schemas).await
}

/// A table that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeTable {
    /// Its full name.
    pub name: String,
    /// Whether it was created by this call.
    pub is_new: bool,
}
