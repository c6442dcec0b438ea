//! Attributes in the JSON of DynamoDB: `{"S": "text"}`, `{"N": "1"}` and so on.

use std::{borrow::Cow, fmt};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use aws_smithy_types::base64;
use serde::{
    Deserialize, Serialize, Serializer,
    de::{self, Deserializer, MapAccess, Visitor},
    ser::SerializeMap,
};

use super::item::Item;

/// A name or a text, borrowed from the answer where nothing in it is escaped.
#[derive(Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// An attribute to be written.
pub(super) struct Written<'a>(pub(super) &'a AttributeValue);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self.0 {
            AttributeValue::S(text) => map.serialize_entry("S", text)?,
            AttributeValue::N(digits) => map.serialize_entry("N", digits)?,
            AttributeValue::B(bytes) => map.serialize_entry("B", &base64::encode(bytes))?,
            AttributeValue::Bool(truth) => map.serialize_entry("BOOL", truth)?,
            AttributeValue::Null(null) => map.serialize_entry("NULL", null)?,
            AttributeValue::Ss(texts) => map.serialize_entry("SS", texts)?,
            AttributeValue::L(list) => map.serialize_entry("L", &list.iter().map(Written).collect::<Vec<_>>())?,
            AttributeValue::M(members) => map.serialize_entry("M", &WrittenItem(members))?,
            // Its text could show what is stored.
            _ => return Err(serde::ser::Error::custom("nothing of ours is of this kind")),
        }
        map.end()
    }
}

/// Attributes by name, to be written.
pub(super) struct WrittenItem<'a>(pub(super) &'a Item);

impl Serialize for WrittenItem<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, attribute)| (name, Written(attribute))))
    }
}

/// An attribute that was read.
pub(super) struct Read(pub(super) AttributeValue);

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AttributeVisitor).map(Self)
    }
}

/// Attributes by name that were read.
pub(super) struct ReadItem(pub(super) Item);

impl<'de> Deserialize<'de> for ReadItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ItemVisitor).map(Self)
    }
}

struct AttributeVisitor;

impl<'de> Visitor<'de> for AttributeVisitor {
    type Value = AttributeValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an attribute")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AttributeValue, A::Error> {
        let mut found = None;
        while let Some(Text(kind)) = map.next_key()? {
            found = Some(match kind.as_ref() {
                "S" => AttributeValue::S(map.next_value()?),
                "N" => AttributeValue::N(map.next_value()?),
                "B" => {
                    let Text(text) = map.next_value()?;
                    AttributeValue::B(Blob::new(base64::decode(text.as_ref()).map_err(de::Error::custom)?))
                }
                "BOOL" => AttributeValue::Bool(map.next_value()?),
                "NULL" => AttributeValue::Null(map.next_value()?),
                "SS" => AttributeValue::Ss(map.next_value()?),
                "L" => AttributeValue::L(map.next_value::<Vec<Read>>()?.into_iter().map(|Read(read)| read).collect()),
                "M" => AttributeValue::M(map.next_value::<ReadItem>()?.0),
                other => return Err(de::Error::custom(format!("nothing of ours is of the kind {other}"))),
            });
        }
        found.ok_or_else(|| de::Error::custom("an attribute without a value"))
    }
}

struct ItemVisitor;

impl<'de> Visitor<'de> for ItemVisitor {
    type Value = Item;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("attributes by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Item, A::Error> {
        let mut item = Item::new();
        while let Some((name, Read(attribute))) = map.next_entry()? {
            item.insert(name, attribute);
        }
        Ok(item)
    }
}
