//! Attributes: the typed values of items. An item is a map of attributes by name.
//!
//! Text formats represent an attribute as DynamoDB's JSON does: `{"S": "text"}`, `{"N": "1"}`. Binary formats have the
//! same shape with raw bytes.

use std::{borrow::Cow, collections::HashMap, fmt};

use aws_smithy_types::base64;
use serde::{
    Deserialize, Serialize, Serializer,
    de::{self, Deserializer, MapAccess, Visitor},
    ser::SerializeMap,
};

/// An item: attributes by name.
pub type Item = HashMap<String, AttributeValue>;

/// The value of an attribute, of the DynamoDB types that the store uses.
#[derive(Debug, Clone, PartialEq)]
pub enum AttributeValue {
    /// Text.
    S(String),
    /// The decimal digits of a number.
    N(String),
    /// Bytes.
    B(Vec<u8>),
    /// `true` or `false`.
    Bool(bool),
    /// Null.
    Null,
    /// A set of texts, unordered.
    Ss(Vec<String>),
    /// A list.
    L(Vec<AttributeValue>),
    /// A map.
    M(Item),
}

impl AttributeValue {
    /// The text, when the value is one.
    ///
    /// # Errors
    /// The value itself, when it has another type.
    pub fn as_s(&self) -> Result<&String, &Self> {
        match self {
            Self::S(text) => Ok(text),
            other => Err(other),
        }
    }

    /// The digits, when the value is a number.
    ///
    /// # Errors
    /// The value itself, when it has another type.
    pub fn as_n(&self) -> Result<&String, &Self> {
        match self {
            Self::N(digits) => Ok(digits),
            other => Err(other),
        }
    }

    /// The boolean, when the value is one.
    ///
    /// # Errors
    /// The value itself, when it has another type.
    pub fn as_bool(&self) -> Result<&bool, &Self> {
        match self {
            Self::Bool(truth) => Ok(truth),
            other => Err(other),
        }
    }

    /// The list, when the value is one.
    ///
    /// # Errors
    /// The value itself, when it has another type.
    pub fn as_l(&self) -> Result<&Vec<AttributeValue>, &Self> {
        match self {
            Self::L(list) => Ok(list),
            other => Err(other),
        }
    }
}

/// A name or text. It borrows from the input unless the input escapes characters.
#[derive(Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

impl Serialize for AttributeValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_text = serializer.is_human_readable();
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            Self::S(text) => map.serialize_entry("S", text)?,
            Self::N(digits) => map.serialize_entry("N", digits)?,
            Self::B(bytes) if is_text => map.serialize_entry("B", &base64::encode(bytes))?,
            Self::B(bytes) => map.serialize_entry("B", &BytesRef(bytes))?,
            Self::Bool(truth) => map.serialize_entry("BOOL", truth)?,
            Self::Null => map.serialize_entry("NULL", &true)?,
            Self::Ss(texts) => map.serialize_entry("SS", texts)?,
            Self::L(list) => map.serialize_entry("L", list)?,
            Self::M(members) => map.serialize_entry("M", members)?,
        }
        map.end()
    }
}

struct BytesRef<'a>(&'a [u8]);

impl Serialize for BytesRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// Bytes: base64 in text formats, raw in binary ones.
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.is_human_readable() {
            true => deserializer.deserialize_str(BytesVisitor),
            false => deserializer.deserialize_bytes(BytesVisitor),
        }
    }
}

struct BytesVisitor;

impl Visitor<'_> for BytesVisitor {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes, or their base64")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Bytes, E> {
        base64::decode(text).map(Bytes).map_err(E::custom)
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
        Ok(Bytes(bytes.to_vec()))
    }
}

impl<'de> Deserialize<'de> for AttributeValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AttributeVisitor)
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
                "B" => AttributeValue::B(map.next_value::<Bytes>()?.0),
                "BOOL" => AttributeValue::Bool(map.next_value()?),
                "NULL" => map.next_value::<bool>().map(|_| AttributeValue::Null)?,
                "SS" => AttributeValue::Ss(map.next_value()?),
                "L" => AttributeValue::L(map.next_value()?),
                "M" => AttributeValue::M(map.next_value()?),
                other => return Err(de::Error::custom(format!("nothing of ours is of the kind {other}"))),
            });
        }
        found.ok_or_else(|| de::Error::custom("an attribute without a value"))
    }
}
