//! A stored item, read as the document that it is without a map of attributes in between.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    fmt,
};

use foldhash::fast::FixedState;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{
    attribute::{AttributeValue, Item, Text},
    item::{ItemError, digits, text, unwrapped},
    item_bytes::{self, ItemBytes},
    item_json,
    keys::ID,
    packing::{CHUNKS, PACKED},
    staged_import::IMPORT,
    unpacking::Opened,
};
use crate::{
    collections::{Collection, FieldKind},
    value::{Document, Name, Value},
};

/// Reads many items of a collection as documents: it holds the names that these are known to have, each with its kind.
pub struct DocumentReader {
    collection: &'static Collection,
    /// The attributes to read; `None` for all.
    wanted: Option<HashSet<String, FixedState>>,
    /// In their order.
    names: Vec<&'static str>,
    /// The place of each name among them, and its kind.
    places: HashMap<&'static str, (usize, FieldKind), FixedState>,
    /// The values of the item that is being read, in the places of their names. Where it turns out to be none, they are
    /// left there: what reads one page does not outlive it.
    values: RefCell<Vec<Option<Value>>>,
}

impl DocumentReader {
    /// A reader of whole items.
    pub fn new(collection: &'static Collection) -> Self {
        let of_fields = collection.fields.iter().filter(|field| field.name != ID).map(|field| (field.name, field.kind));
        let mut all: Vec<_> = of_fields.chain([(ID, FieldKind::Id)]).collect();
        all.sort_unstable_by_key(|(name, _)| *name);
        Self {
            collection,
            wanted: None,
            names: all.iter().map(|(name, _)| *name).collect(),
            values: RefCell::new(all.iter().map(|_| None).collect()),
            places: all.into_iter().enumerate().map(|(place, (name, kind))| (name, (place, kind))).collect(),
        }
    }

    /// The same for these attributes alone; others are passed over.
    #[must_use]
    pub fn only<N: Into<String>>(self, attributes: impl IntoIterator<Item = N>) -> Self {
        Self { wanted: Some(attributes.into_iter().map(Into::into).collect()), ..self }
    }

    /// Reads an item that has this key, which need not be among the attributes.
    ///
    /// # Errors
    /// What is read is no item. The inner error says that an attribute is not what its place implies.
    pub fn read<'de, D: Deserializer<'de>>(
        &self,
        key: &str,
        deserializer: D,
    ) -> Result<Result<Opened, ItemError>, D::Error> {
        let id = key.parse().map(Value::Id).ok();
        let known = id.zip(self.places.get(ID)).map(|(id, (place, _))| self.keep(*place, id));
        let read = ItemText(self).deserialize(deserializer)?;
        Ok(read.and_then(|opened| known.map(|()| opened).ok_or_else(|| ItemError::Damaged(ID.to_owned()))))
    }

    /// Reads an item in MessagePack that has this key. `None` where it is not one of those that are read so, whatever else
    /// it may be: then [`DocumentReader::read`] tells.
    pub fn read_message_pack(&self, key: &str, item: &[u8]) -> Option<Opened> {
        let (id, mut bytes) = (key.parse().ok().map(Value::Id)?, ItemBytes(item));
        let count = bytes.map()?;
        let most = self.wanted.as_ref().map_or(count, HashSet::len).min(count);
        // One more for the id.
        let mut members = Vec::with_capacity(most.min(item.len()) + 1);
        for _ in 0..count {
            let name = bytes.text()?;
            if self.skips(name) {
                bytes.skip()?;
                continue;
            }
            match self.places.get_key_value(name) {
                Some((name, (_, kind))) if *name != ID => {
                    members.push((Name::const_new(name), bytes.value(*kind)?));
                }
                _ if [PACKED, CHUNKS, IMPORT, ID].contains(&name) => return None,
                _ if name.starts_with('_') => bytes.skip()?,
                _ => members.push((name.into(), bytes.value(FieldKind::Other)?)),
            }
        }
        let document = item_bytes::document(id, members);
        Some(Opened::new(self.collection, document, Item::new()))
    }

    /// The JSON text of the document of an item in MessagePack that has this key, byte by byte what would be written of the
    /// document. `None` as of [`DocumentReader::read_message_pack`].
    pub fn json_of_message_pack(&self, key: &str, item: &[u8]) -> Option<Box<[u8]>> {
        item_json::text(self, key, item)
    }

    /// What the place of a member implies for its value.
    pub(super) fn kind(&self, name: &str) -> FieldKind {
        self.places.get(name).map_or(FieldKind::Other, |(_, kind)| *kind)
    }

    fn skips(&self, name: &str) -> bool {
        self.wanted.as_ref().is_some_and(|wanted| !wanted.contains(name))
    }

    fn keep(&self, place: usize, value: Value) {
        if let Some(kept) = self.values.borrow_mut().get_mut(place) {
            *kept = Some(value);
        }
    }

    /// The document of what was kept, and of members with other names.
    fn document(&self, others: Vec<(Name, Value)>) -> Document {
        let mut kept = self.values.borrow_mut();
        // No more than are there: of a narrow index, thousands of documents have a few members each.
        let mut members = Vec::with_capacity(kept.iter().flatten().count() + others.len());
        for (name, value) in self.names.iter().zip(kept.iter_mut()) {
            if let Some(value) = value.take() {
                members.push((Name::const_new(name), value));
            }
        }
        if others.is_empty() {
            return Document::of_sorted(members);
        }
        members.extend(others);
        members.into_iter().collect()
    }
}

/// An item of a collection.
#[derive(Clone, Copy)]
pub(super) struct ItemText<'a>(pub(super) &'a DocumentReader);

impl<'de> DeserializeSeed<'de> for ItemText<'_> {
    type Value = Result<Opened, ItemError>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ItemText<'_> {
    type Value = Result<Opened, ItemError>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an item")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut others, mut packed, mut damaged) = (Vec::new(), Item::new(), None);
        let mut import = None;
        while let Some(Text(name)) = map.next_key()? {
            if self.0.skips(&name) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            if let Some((place, kind)) = self.0.places.get(name.as_ref()).copied() {
                match map.next_value_seed(ValueText(kind))? {
                    Some(value) if name != ID || value.as_id().is_some() => self.0.keep(place, value),
                    _ => damaged = Some(name.into_owned()),
                }
                continue;
            }
            match name.as_ref() {
                PACKED | CHUNKS => drop(packed.insert(name.into_owned(), map.next_value::<AttributeValue>()?)),
                IMPORT => {
                    let text = map.next_value_seed(ValueText(FieldKind::Text))?;
                    import = text.and_then(|text| text.as_text().map(str::to_owned));
                }
                of_store if of_store.starts_with('_') => drop(map.next_value::<IgnoredAny>()?),
                _ => match map.next_value_seed(ValueText(FieldKind::Other))? {
                    Some(value) => others.push((name.into(), value)),
                    None => damaged = Some(name.into_owned()),
                },
            }
        }
        let document = self.0.document(others);
        Ok(match damaged {
            None => Ok(Opened { import, ..Opened::new(self.0.collection, document, packed) }),
            Some(name) => Err(ItemError::Damaged(name)),
        })
    }
}

/// The value of an attribute in a place of that kind; `None` where there is no such value.
struct ValueText(FieldKind);

impl<'de> DeserializeSeed<'de> for ValueText {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ValueText {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an attribute")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(Text(name)) = map.next_key()? {
            found = match name.as_ref() {
                "S" => text(self.0, map.next_value::<Text<'de>>()?.0),
                "N" => digits(self.0, &map.next_value::<Text<'de>>()?.0),
                "BOOL" => Some(Value::Bool(map.next_value()?)),
                "NULL" => map.next_value::<bool>().map(|_| Some(Value::Null))?,
                "L" => map.next_value_seed(ListText)?,
                "M" => map.next_value_seed(MapText)?.and_then(unwrapped),
                _ => map.next_value::<IgnoredAny>().map(|_| None)?,
            };
        }
        Ok(found)
    }
}

/// The values of a list, without kinds of their own.
struct ListText;

impl<'de> DeserializeSeed<'de> for ListText {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ListText {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of attributes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Some(Vec::new());
        while let Some(value) = list.next_element_seed(ValueText(FieldKind::Other))? {
            values = values.zip(value).map(|(mut values, value)| {
                values.push(value);
                values
            });
        }
        Ok(values.map(Value::List))
    }
}

/// The members of an object, without kinds of their own.
struct MapText;

impl<'de> DeserializeSeed<'de> for MapText {
    type Value = Option<Document>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for MapText {
    type Value = Option<Document>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("attributes by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        // Put in order once, at the end.
        let mut members = Some(Vec::new());
        while let Some(Text(name)) = map.next_key()? {
            let value = map.next_value_seed(ValueText(FieldKind::Other))?;
            members = members.zip(value).map(|(mut members, value)| {
                members.push((name, value));
                members
            });
        }
        Ok(members.map(Document::from_iter))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        collections::BUILD,
        store::{
            item::{tests::any_value, to_item},
            unpacking::open,
        },
    };

    proptest! {
        #[test]
        fn a_document_comes_back_as_it_was(members in prop::collection::btree_map("[a-z\"\\\\é]{1,8}", any_value(), 0..8)) {
            let mut document: Document = members.into_iter().collect();
            document.insert("_id".to_owned(), Value::Id("5e79f370f870c5da21eece6d".parse().unwrap()));
            let item = to_item(&BUILD, &document).unwrap();
            let text = serde_json::to_string(&item).unwrap();
            let read: Item = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&read, &item);
            let opened = ItemText(&DocumentReader::new(&BUILD)).deserialize(&mut serde_json::Deserializer::from_str(&text)).unwrap().unwrap();
            prop_assert_eq!(&opened.document, &open(&BUILD, item).unwrap().document);
            prop_assert!(opened.packed.is_none());
        }
    }
}
