//! An item in the text of DynamoDB's answer, read as the document that it is.

use std::{borrow::Cow, collections::HashMap, fmt};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use aws_smithy_types::base64;
use serde::{
    Deserialize,
    de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::{
    imports::IMPORT,
    item::{Item, ItemError, digits, kind, text, unwrapped},
    keys::ID,
    packing::{CHUNKS, PACKED},
    unpacking::Opened,
};
use crate::{
    collections::{Collection, Kind},
    value::{Document, Value},
};

/// A name or a text, borrowed from the answer where nothing in it is escaped.
#[derive(Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// An attribute as it stands in the answer.
#[derive(Deserialize)]
pub(super) enum Stored<'a> {
    #[serde(borrow)]
    S(Cow<'a, str>),
    #[serde(borrow)]
    N(Cow<'a, str>),
    #[serde(borrow)]
    B(Cow<'a, str>),
    #[serde(rename = "BOOL")]
    Truth(bool),
    #[serde(rename = "NULL")]
    Null(bool),
    #[serde(borrow)]
    L(Vec<Stored<'a>>),
    #[serde(borrow)]
    M(HashMap<String, Stored<'a>>),
}

impl<'a> Stored<'a> {
    pub(super) fn attribute<E: de::Error>(self) -> Result<AttributeValue, E> {
        Ok(match self {
            Self::S(text) => AttributeValue::S(text.into_owned()),
            Self::N(digits) => AttributeValue::N(digits.into_owned()),
            Self::B(text) => AttributeValue::B(Blob::new(base64::decode(text.as_ref()).map_err(E::custom)?)),
            Self::Truth(truth) => AttributeValue::Bool(truth),
            Self::Null(null) => AttributeValue::Null(null),
            Self::L(list) => AttributeValue::L(list.into_iter().map(Stored::attribute).collect::<Result<_, _>>()?),
            Self::M(members) => {
                let members = members.into_iter().map(|(name, stored)| Ok((name, stored.attribute()?)));
                AttributeValue::M(members.collect::<Result<_, E>>()?)
            }
        })
    }
}

/// An item of a collection.
pub(super) struct ItemText(pub(super) &'static Collection);

impl<'de> DeserializeSeed<'de> for ItemText {
    type Value = Result<Opened, ItemError>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ItemText {
    type Value = Result<Opened, ItemError>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an item")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut members, mut packed, mut damaged) = (Vec::with_capacity(self.0.fields.len()), Item::new(), None);
        let mut import = None;
        while let Some(Text(name)) = map.next_key()? {
            let of_name = match name.as_ref() {
                PACKED | CHUNKS => {
                    packed.insert(name.into_owned(), map.next_value::<Stored<'de>>()?.attribute()?);
                    continue;
                }
                IMPORT => {
                    import =
                        map.next_value_seed(ValueText(Kind::Text))?.and_then(|text| text.as_text().map(str::to_owned));
                    continue;
                }
                ID => Kind::Id,
                of_store if of_store.starts_with('_') => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
                name => kind(self.0, name),
            };
            match map.next_value_seed(ValueText(of_name))? {
                Some(value) if name != ID || value.as_id().is_some() => members.push((name.into_owned(), value)),
                _ => damaged = Some(name.into_owned()),
            }
        }
        Ok(match damaged {
            None => Ok(Opened { import, ..Opened::new(self.0, members.into_iter().collect(), packed) }),
            Some(name) => Err(ItemError::Damaged(name)),
        })
    }
}

/// The value of an attribute in a place of that kind; `None` where there is no such value.
struct ValueText(Kind);

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
        while let Some(value) = list.next_element_seed(ValueText(Kind::Other))? {
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
        let mut members = Some(Document::new());
        while let Some(Text(name)) = map.next_key()? {
            let value = map.next_value_seed(ValueText(Kind::Other))?;
            members = members.zip(value).map(|(mut members, value)| {
                members.insert(name.into_owned(), value);
                members
            });
        }
        Ok(members)
    }
}
