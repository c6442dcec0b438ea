//! How long DynamoDB counts an item: what its capacity and its pages are measured in.

use std::{borrow::Cow, fmt};

use dynoxide::AttributeValue;
use serde::{
    Deserialize,
    de::{Deserializer, Error, MapAccess, Visitor},
};
use serde_json::{Map, Value as Json};

/// The size of an item, of which this is the text.
///
/// # Errors
/// It is no item.
pub(super) fn item_size(text: &str) -> serde_json::Result<usize> {
    serde_json::Deserializer::from_str(text).deserialize_map(ItemVisitor)
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

struct ItemVisitor;

impl<'de> Visitor<'de> for ItemVisitor {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an item")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut item: A) -> Result<usize, A::Error> {
        let mut size = 0;
        while let Some((Text(name), Size(value))) = item.next_entry()? {
            size += name.len() + value;
        }
        Ok(size)
    }
}

/// Of an attribute's value.
struct Size(usize);

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SizeVisitor).map(Self)
    }
}

struct SizeVisitor;

impl<'de> Visitor<'de> for SizeVisitor {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an attribute")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut attribute: A) -> Result<usize, A::Error> {
        let mut size = 0;
        while let Some(Text(kind)) = attribute.next_key()? {
            size += match kind.as_ref() {
                "S" => attribute.next_value::<Text<'de>>()?.0.len(),
                "BOOL" | "NULL" => attribute.next_value::<bool>().map(|_| 1)?,
                "N" => AttributeValue::N(attribute.next_value()?).size(),
                // The others are few: dynoxide knows them.
                _ => {
                    let whole = Map::from_iter([(kind.into_owned(), attribute.next_value::<Json>()?)]);
                    serde_json::from_value::<AttributeValue>(Json::Object(whole)).map_err(A::Error::custom)?.size()
                }
            };
        }
        Ok(size)
    }
}
