//! Reading back what [`super::packing`] has made of long documents.

use std::{collections::HashMap, io::Read};

use flate2::read::GzDecoder;

use super::{
    ItemError, Store, StoreError,
    attribute::AttributeValue,
    get::is_document,
    item::{Item, to_document},
    keys::ID,
    packing::{CHUNKS, LONGEST_MEMBER, PACKED, PART},
};
use crate::{
    collections::Collection,
    value::{Document, ObjectId, Value, from_json},
};

/// What of an item is still packed, and whose it is.
#[derive(Debug)]
pub struct Packed {
    collection: &'static Collection,
    members: Item,
}

/// A document as its item gives it, and what of it is still packed, where anything is.
#[derive(Debug)]
pub struct Opened {
    /// The members that are read.
    pub document: Document,
    /// The members that are still packed.
    pub packed: Option<Packed>,
    /// The import that it came with, until that is known to have ended.
    pub import: Option<String>,
}

impl Opened {
    pub(super) fn new(collection: &'static Collection, document: Document, packed: Item) -> Self {
        let packed = (!packed.is_empty()).then_some(Packed { collection, members: packed });
        Self { document, packed, import: None }
    }
}

/// Takes an item apart.
pub(super) fn open(
    collection: &'static Collection,
    attributes: impl IntoIterator<Item = (String, AttributeValue)>,
) -> Result<Opened, ItemError> {
    let is_packed = |(name, _): &(String, AttributeValue)| name == PACKED || name == CHUNKS;
    let (packed, plain): (Vec<_>, Vec<_>) = attributes.into_iter().partition(is_packed);
    let document = to_document(collection, plain)?;
    Ok(Opened::new(collection, document, packed.into_iter().collect()))
}

/// The document of an item, with all its members.
pub(super) async fn unpack(store: &Store, collection: &'static Collection, item: Item) -> Result<Document, StoreError> {
    complete(store, open(collection, item)?).await
}

/// A document, with the members added that are still packed.
///
/// Where the document changes while it is read, parts that its item named may be gone: then it is read again.
pub(super) async fn complete(store: &Store, opened: Opened) -> Result<Document, StoreError> {
    let Opened { mut document, mut packed, .. } = opened;
    const MOST_READINGS: usize = 3;
    for _ in 0..MOST_READINGS {
        let Some(rest) = packed.take() else { return Ok(document) };
        let collection = rest.collection;
        if add_members(store, &mut document, rest).await? {
            return Ok(document);
        }
        let id = document.get(ID).and_then(Value::as_id).ok_or(ItemError::NoId)?;
        match store.get_item_now(collection, &id.to_string()).await?.filter(is_document) {
            Some(item) => Opened { document, packed, .. } = open(collection, item)?,
            // Deleted meanwhile: what is left of it is answered, as if it had been asked for a moment earlier.
            None => return Ok(document),
        }
    }
    Err(StoreError::Busy("a document changes again and again while it is read".to_owned()))
}

/// Adds the packed members; `false` where a part is missing.
async fn add_members(store: &Store, document: &mut Document, mut packed: Packed) -> Result<bool, StoreError> {
    if let Some(AttributeValue::M(members)) = packed.members.remove(PACKED) {
        for (name, bytes) in members {
            let AttributeValue::B(bytes) = bytes else { return Err(ItemError::Damaged(name).into()) };
            let value = expand(&bytes).ok_or_else(|| ItemError::Damaged(name.clone()))?;
            document.insert(name, value);
        }
    }
    let Some(AttributeValue::M(members)) = packed.members.remove(CHUNKS) else { return Ok(true) };
    for (name, keys) in members {
        let damaged = || ItemError::Damaged(name.clone());
        let keys = keys.as_l().map_err(|_| damaged())?.iter().filter_map(|key| key.as_s().ok().cloned()).collect();
        let Some(bytes) = joined(store, packed.collection, keys).await? else { return Ok(false) };
        let value = expand(&bytes).ok_or_else(damaged)?;
        document.insert(name, value);
    }
    Ok(true)
}

/// The parts with these keys, one after another; `None` where one is missing.
async fn joined(
    store: &Store,
    collection: &'static Collection,
    keys: Vec<String>,
) -> Result<Option<Vec<u8>>, StoreError> {
    let items = store.get_items_now(collection, &keys).await?;
    let by_key = items.into_iter().filter_map(|mut item| Some((item.remove(ID)?.as_s().ok()?.clone(), item)));
    let mut by_key: HashMap<String, Item> = by_key.collect();
    let mut bytes = Vec::new();
    for key in &keys {
        match by_key.remove(key).and_then(|mut item| item.remove(PART)) {
            Some(AttributeValue::B(part)) => bytes.extend_from_slice(&part),
            _ => return Ok(None),
        }
    }
    Ok(Some(bytes))
}

fn expand(bytes: &[u8]) -> Option<Value> {
    let mut text = Vec::new();
    GzDecoder::new(bytes).take(u64::try_from(LONGEST_MEMBER).ok()?).read_to_end(&mut text).ok()?;
    from_json(serde_json::from_slice(&text).ok()?).ok()
}

/// The id that an item's key is, for documents.
pub(super) fn document_id(item: &Item) -> Option<ObjectId> {
    item.get(ID)?.as_s().ok()?.parse().ok()
}
