//! Documents that are too long for one item. A long member is compressed; what still does not fit goes to items of its
//! own, which the document's item names. No reader notices: see [`super::unpacking`].

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use super::{
    ItemError,
    attribute::AttributeValue,
    item::{Item, check, to_item},
    keys::{ID, narrow_members},
};
use crate::{
    collections::Collection,
    value::{Document, Name, Value},
};

/// The attribute of compressed members.
pub(super) const PACKED: &str = "_packed";

/// The attribute that names the items of members kept apart.
pub(super) const CHUNKS: &str = "_chunks";

/// The attribute of such an item that holds its part.
pub(super) const PART: &str = "part";

/// Members shorter than this stay as they are.
const PACK_FROM: usize = 4 * 1024;

/// The longest that an item gets; DynamoDB takes 400 KiB.
pub(super) const MAX_ITEM: usize = 350 * 1024;

/// The longest that the text of a member gets: what is read back whole.
pub(super) const MAX_MEMBER: usize = 256 * 1024 * 1024;

/// The item of a document, and the items of the parts that it names.
pub(super) struct Packed {
    pub(super) item: Item,
    pub(super) parts: Vec<Item>,
}

/// Makes the items of a document.
pub(super) fn pack(collection: &Collection, document: &Document) -> Result<Packed, ItemError> {
    check(document)?;
    let long: Vec<(&Name, Vec<u8>)> = document
        .iter()
        .filter(|(name, value)| is_packable(collection, name, value))
        .map(|(name, value)| (name, serde_json::to_vec(value).unwrap_or_default()))
        .filter(|(_, text)| text.len() >= PACK_FROM)
        .collect();
    if long.is_empty() {
        let item = to_item(collection, document)?;
        return match size(&item) {
            0..=MAX_ITEM => Ok(Packed { item, parts: Vec::new() }),
            size => Err(ItemError::TooLong(size)),
        };
    }
    let mut short = document.clone();
    let mut packed: Vec<(String, Vec<u8>)> = Vec::new();
    for (name, text) in long {
        if text.len() > MAX_MEMBER {
            return Err(ItemError::TooLong(text.len()));
        }
        short.remove(name);
        packed.push((name.to_string(), compress(&text)));
    }
    let mut item = to_item(collection, &short)?;
    let mut room = MAX_ITEM.checked_sub(size(&item)).ok_or_else(|| ItemError::TooLong(size(&item)))?;
    // The shortest first: as many as fit stay in the item.
    packed.sort_by_key(|(_, bytes)| bytes.len());
    let (mut inside, mut named, mut parts) = (Item::new(), Item::new(), Vec::new());
    for (name, bytes) in packed {
        match room.checked_sub(bytes.len() + name.len()) {
            Some(rest) => {
                room = rest;
                inside.insert(name, AttributeValue::B(bytes));
            }
            None => {
                let of_member = split(&item, &name, &bytes)?;
                let keys = of_member.iter().filter_map(|part| part.get(ID).cloned()).collect();
                named.insert(name, AttributeValue::L(keys));
                parts.extend(of_member);
            }
        }
    }
    for (attribute, members) in [(PACKED, inside), (CHUNKS, named)] {
        if !members.is_empty() {
            item.insert(attribute.to_owned(), AttributeValue::M(members));
        }
    }
    Ok(Packed { item, parts })
}

fn is_packable(collection: &Collection, name: &str, value: &Value) -> bool {
    let is_read_in_place = narrow_members(collection).any(|member| member == name);
    let is_key = collection.identity.contains(&name);
    let may_be_long = match value {
        Value::List(list) => !list.is_empty(),
        Value::Map(members) => !members.is_empty(),
        // In JSON, a byte becomes six at most, between two quotes.
        Value::Text(text) => text.len() * 6 + 2 >= PACK_FROM,
        _ => false,
    };
    may_be_long && !is_read_in_place && !is_key
}

// The keys hold a random number: no reader joins parts of two writings, and a writer that is refused deletes its own
// parts and nobody else's.
fn split(item: &Item, member: &str, bytes: &[u8]) -> Result<Vec<Item>, ItemError> {
    let id = item.get(ID).and_then(|id| id.as_s().ok()).map_or("", String::as_str);
    let writing = getrandom::u64().map_err(|_| ItemError::NoRandomness)?;
    let part = |(place, bytes): (usize, &[u8])| {
        let key = AttributeValue::S(format!("{id}/{member}/{writing:016x}/{place}"));
        [(ID.to_owned(), key), (PART.to_owned(), AttributeValue::B(bytes.to_vec()))].into()
    };
    Ok(bytes.chunks(MAX_ITEM).enumerate().map(part).collect())
}

/// The keys of the items that an item names.
pub(super) fn named_parts(item: &Item) -> Vec<String> {
    let Some(AttributeValue::M(members)) = item.get(CHUNKS) else { return Vec::new() };
    let keys = members.values().filter_map(|keys| keys.as_l().ok()).flatten();
    keys.filter_map(|key| key.as_s().ok().cloned()).collect()
}

/// The parts that `written` names and `there` does not. Where the answer to a write was lost and its next attempt was
/// refused, what is there is what was written, and its parts are in use.
pub(super) fn unnamed_parts(written: &Item, there: Option<&Item>) -> Vec<String> {
    let used = there.map(named_parts).unwrap_or_default();
    named_parts(written).into_iter().filter(|part| !used.contains(part)).collect()
}

fn compress(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    let written = encoder.write_all(text).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}

/// About how long DynamoDB counts an item: never less than it does.
pub fn size(item: &Item) -> usize {
    item.iter().map(|(name, attribute)| name.len() + attribute_size(attribute)).sum()
}

fn attribute_size(attribute: &AttributeValue) -> usize {
    match attribute {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(text) => text.len() / 2 + 3,
        AttributeValue::B(bytes) => bytes.len(),
        AttributeValue::L(list) => 3 + list.iter().map(|inner| 1 + attribute_size(inner)).sum::<usize>(),
        AttributeValue::M(map) => {
            3 + map.iter().map(|(name, inner)| 1 + name.len() + attribute_size(inner)).sum::<usize>()
        }
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        _ => 1,
    }
}
