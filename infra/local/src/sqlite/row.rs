//! A row: the key of an item, the attributes that are keys of indexes, and the rest of the item in one value.
//!
//! The rest is MessagePack in the shape of DynamoDB's JSON: a map of attributes, each a map from its kind to its value.

use std::collections::BTreeMap;

use kernelci::{
    collections::{Collection, EXPIRING, Index, Projection},
    store::{
        EXPIRES, ORDER, StoreError,
        engine::{AttributeValue, DocumentReader, Item, ItemError, Opened},
        narrow_members,
    },
};

/// The attribute that is the key of every item.
pub(super) const KEY: &str = "_id";

/// The longest item that DynamoDB takes. What is kept here can be moved there.
const MAX_ITEM: usize = 400 * 1024;

/// A row of a collection's table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) key: String,
    pub(super) keys: IndexKeys,
    /// When the item goes by itself, in seconds since the epoch.
    pub(super) expires: Option<i64>,
    pub(super) rest: Vec<u8>,
}

/// The attributes that are keys of indexes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct IndexKeys {
    pub(super) order: Option<String>,
    /// The partition key of each index, in the order of the collection.
    pub(super) partitions: Vec<Option<String>>,
}

impl Row {
    /// The row of an item.
    ///
    /// # Errors
    /// The item has no key, is too long, or an attribute that is a key is no text.
    pub(super) fn of(collection: &Collection, item: &Item) -> Result<Self, StoreError> {
        let refused = |what: &str| StoreError::Failed(format!("an item of {}: {what}", collection.name));
        let text = |name: &str| match item.get(name) {
            None => Ok(None),
            Some(AttributeValue::S(text)) if !text.is_empty() => Ok(Some(text.clone())),
            Some(_) => Err(refused("a key is no text, or empty")),
        };
        let key = text(KEY)?.ok_or_else(|| refused("it has no key"))?;
        let partitions = collection.indexes.iter().map(|index| text(index.attribute)).collect::<Result<_, _>>()?;
        let keys = IndexKeys { order: text(ORDER)?, partitions };
        let expires = item.get(EXPIRES).filter(|_| EXPIRING.contains(&collection));
        let rest: BTreeMap<&String, &AttributeValue> =
            item.iter().filter(|(name, _)| !is_column(collection, name)).collect();
        let rest = rmp_serde::to_vec(&rest).map_err(|error| refused(&error.to_string()))?;
        let row = Self { key, keys, expires: expires.and_then(|seconds| seconds.as_n().ok()?.parse().ok()), rest };
        if row.size(collection) > MAX_ITEM {
            return Err(refused("it is too long"));
        }
        Ok(row)
    }

    /// The item of the row.
    ///
    /// # Errors
    /// The row is damaged.
    pub(super) fn item(&self, collection: &Collection) -> Result<Item, StoreError> {
        let mut item: Item = rmp_serde::from_slice(&self.rest).map_err(|_| damaged(collection))?;
        let texts = collection.indexes.iter().zip(&self.keys.partitions);
        let texts = texts.filter_map(|(index, text)| Some((index.attribute, text.as_ref()?)));
        let all = texts.chain(self.keys.order.as_ref().map(|order| (ORDER, order))).chain([(KEY, &self.key)]);
        item.extend(all.map(|(name, text)| (name.to_owned(), AttributeValue::S(text.clone()))));
        Ok(item)
    }

    /// About how many bytes DynamoDB counts for the item.
    pub(super) fn size(&self, collection: &Collection) -> usize {
        size(collection, &self.key, &self.keys, self.rest.len())
    }

    /// Whether the item is in an index.
    pub(super) fn in_index(&self, place: usize) -> Option<(&str, &str)> {
        self.keys.partitions.get(place)?.as_deref().zip(self.keys.order.as_deref())
    }
}

/// The document of a row.
///
/// # Errors
/// The row is damaged.
pub(super) fn opened(
    collection: &Collection,
    reader: &DocumentReader,
    key: &str,
    rest: &[u8],
) -> Result<Opened, StoreError> {
    if let Some(opened) = reader.read_message_pack(key, rest) {
        return Ok(opened);
    }
    let mut deserializer = rmp_serde::Deserializer::from_read_ref(rest);
    let read: Result<Opened, ItemError> = reader.read(key, &mut deserializer).map_err(|_| damaged(collection))?;
    Ok(read?)
}

/// About how many bytes DynamoDB counts for an item of these parts.
pub(super) fn size(collection: &Collection, key: &str, keys: &IndexKeys, rest: usize) -> usize {
    let partitions = collection.indexes.iter().zip(&keys.partitions);
    let partitions = partitions.filter_map(|(index, text)| Some(index.attribute.len() + text.as_ref()?.len()));
    size_of_parts(key, keys.order.as_deref(), partitions.sum(), rest)
}

/// The same, where the keys of indexes and their names have `partitions` bytes.
pub(super) fn size_of_parts(key: &str, order: Option<&str>, partitions: usize, rest: usize) -> usize {
    KEY.len() + key.len() + order.map_or(0, |order| ORDER.len() + order.len()) + partitions + rest
}

/// The members that an index carries; `None` for all.
pub(super) fn carried(collection: &'static Collection, index: &Index) -> Option<Vec<&'static str>> {
    (index.projection == Projection::Narrow).then(|| narrow_members(collection).chain([KEY]).collect())
}

fn is_column(collection: &Collection, name: &str) -> bool {
    name == KEY || name == ORDER || collection.indexes.iter().any(|index| index.attribute == name)
}

fn damaged(collection: &Collection) -> StoreError {
    StoreError::Failed(format!("a row of {} is damaged", collection.name))
}
