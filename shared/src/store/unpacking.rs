//! Reading back what [`super::packing`] has made of long documents.

use std::{collections::HashMap, io::Read};

use flate2::read::GzDecoder;

use super::{
    ItemError, Store, StoreError,
    attribute::AttributeValue,
    get::is_document,
    item::{Item, to_document},
    keys::ID,
    memory::Holding,
    packing::{CHUNKS, MAX_MEMBER, PACKED, PART},
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
    /// The JSON text of the whole document, in the place of all members, where a query asked for texts.
    pub text: Option<Box<[u8]>>,
}

impl Opened {
    /// A document of which only the JSON text is known.
    pub fn of_text(text: Box<[u8]>) -> Self {
        Self { document: Document::new(), packed: None, import: None, text: Some(text) }
    }

    pub(super) fn new(collection: &'static Collection, document: Document, packed: Item) -> Self {
        let packed = (!packed.is_empty()).then_some(Packed { collection, members: packed });
        Self { document, packed, import: None, text: None }
    }

    /// The bytes that it has allocated, beside its own place.
    pub(super) fn heap_size(&self) -> usize {
        let packed = self.packed.as_ref().map_or(0, |packed| item_size(&packed.members));
        let text = self.text.as_ref().map_or(0, |text| text.len());
        self.document.heap_size() + packed + self.import.as_ref().map_or(0, String::capacity) + text
    }
}

/// The memory that an item takes.
pub(super) fn item_size(item: &Item) -> usize {
    size_of::<Item>() + item.iter().map(|(name, attribute)| named_size(name, attribute)).sum::<usize>()
}

fn named_size(name: &String, attribute: &AttributeValue) -> usize {
    size_of::<(String, AttributeValue)>() + name.capacity() + attribute_size(attribute)
}

/// The bytes that an attribute has allocated, of the kinds that items of the store have.
fn attribute_size(attribute: &AttributeValue) -> usize {
    match attribute {
        AttributeValue::B(bytes) => bytes.capacity(),
        AttributeValue::S(text) => text.capacity(),
        AttributeValue::L(list) => list.iter().map(|one| size_of::<AttributeValue>() + attribute_size(one)).sum(),
        AttributeValue::M(members) => members.iter().map(|(name, one)| named_size(name, one)).sum(),
        _ => 0,
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
    complete(store, open(collection, item)?, None).await
}

/// A document, with the members added that are still packed.
///
/// Where the document changes while it is read, parts that its item named may be gone: then it is read again. While a
/// member of an answer is expanded, its text is counted in `holding`.
pub(super) async fn complete(store: &Store, opened: Opened, holding: Option<&Holding>) -> Result<Document, StoreError> {
    let Opened { mut document, mut packed, .. } = opened;
    const MAX_READINGS: usize = 3;
    for _ in 0..MAX_READINGS {
        let Some(rest) = packed.take() else { return Ok(document) };
        let collection = rest.collection;
        if add_members(store, &mut document, rest, holding).await? {
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
async fn add_members(
    store: &Store,
    document: &mut Document,
    mut packed: Packed,
    holding: Option<&Holding>,
) -> Result<bool, StoreError> {
    if let Some(AttributeValue::M(members)) = packed.members.remove(PACKED) {
        for (name, bytes) in members {
            let AttributeValue::B(bytes) = bytes else { return Err(ItemError::Damaged(name).into()) };
            let value = expand(&bytes, holding)?.ok_or_else(|| ItemError::Damaged(name.clone()))?;
            document.insert(name, value);
        }
    }
    let Some(AttributeValue::M(members)) = packed.members.remove(CHUNKS) else { return Ok(true) };
    for (name, keys) in members {
        let damaged = || ItemError::Damaged(name.clone());
        let keys = keys.as_l().map_err(|_| damaged())?.iter().filter_map(|key| key.as_s().ok().cloned()).collect();
        let Some(bytes) = joined(store, packed.collection, keys).await? else { return Ok(false) };
        let value = expand(&bytes, holding)?.ok_or_else(damaged)?;
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

/// What a text of JSON takes while it is read, in its own length: the text, and twice its values, as they are read and as
/// they are kept.
const WHILE_READ: usize = 4;

/// The text is counted piece by piece, so no more is expanded than an answer may hold.
const PIECE: usize = 64 * 1024;

/// The value of a packed member; `None` where it is damaged.
fn expand(bytes: &[u8], holding: Option<&Holding>) -> Result<Option<Value>, StoreError> {
    let (mut text, mut counted) = (Vec::new(), 0);
    let mut decoder = GzDecoder::new(bytes).take(u64::try_from(MAX_MEMBER).unwrap_or(u64::MAX));
    let outcome = loop {
        if let Some(Err(error)) = holding.map(|holding| holding.grow(PIECE * WHILE_READ)) {
            break Err(error);
        }
        counted += PIECE * WHILE_READ;
        match decoder.by_ref().take(PIECE as u64).read_to_end(&mut text) {
            Ok(0) => break Ok(serde_json::from_slice(&text).ok().and_then(|json| from_json(json).ok())),
            Ok(_) => {}
            Err(_) => break Ok(None),
        }
    };
    if let Some(holding) = holding {
        holding.shrink(counted);
    }
    outcome
}

/// The id that an item's key is, for documents.
pub(super) fn document_id(item: &Item) -> Option<ObjectId> {
    item.get(ID)?.as_s().ok()?.parse().ok()
}
