//! How long DynamoDB counts an item: what its capacity and its pages are measured in.

use std::{borrow::Cow, collections::HashMap, fmt};

use dynoxide::AttributeValue;
use serde::{
    Deserialize,
    de::{Deserializer, IgnoredAny, MapAccess, Visitor},
};

/// The size of an item, of which this is the text.
///
/// # Errors
/// It is no item.
pub(super) fn item_size(text: &str) -> serde_json::Result<usize> {
    serde_json::Deserializer::from_str(text).deserialize_map(ItemVisitor)
}

struct ItemVisitor;

impl<'de> Visitor<'de> for ItemVisitor {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an item")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut item: A) -> Result<usize, A::Error> {
        let mut size = 0;
        while let Some((Name(name), attribute)) = item.next_entry::<Name<'de>, Attribute<'de>>()? {
            size += name.len() + attribute.size();
        }
        Ok(size)
    }
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// An attribute, as far as its size needs it. Those that hold others are rare: dynoxide knows their size.
#[derive(Deserialize)]
enum Attribute<'a> {
    #[serde(borrow)]
    S(Cow<'a, str>),
    #[serde(rename = "BOOL")]
    Truth(IgnoredAny),
    #[serde(rename = "NULL")]
    Null(IgnoredAny),
    N(String),
    /// In base 64.
    #[serde(borrow)]
    B(Cow<'a, str>),
    #[serde(rename = "SS")]
    Texts(Vec<String>),
    #[serde(rename = "L")]
    List(Vec<AttributeValue>),
    #[serde(rename = "M")]
    Members(HashMap<String, AttributeValue>),
}

impl Attribute<'_> {
    fn size(self) -> usize {
        match self {
            Self::S(text) => text.len(),
            Self::Truth(_) | Self::Null(_) => 1,
            Self::N(digits) => AttributeValue::N(digits).size(),
            Self::B(text) => text.len() / 4 * 3 - text.bytes().rev().take_while(|byte| *byte == b'=').count(),
            Self::Texts(texts) => AttributeValue::SS(texts).size(),
            Self::List(list) => AttributeValue::L(list).size(),
            Self::Members(members) => AttributeValue::M(members).size(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_as_long_as_dynoxide_says() {
        for attribute in [
            r#"{"S": ""}"#,
            r#"{"S": "\u00fc\n\"x"}"#,
            r#"{"N": "-12.50e3"}"#,
            r#"{"N": "0"}"#,
            r#"{"BOOL": false}"#,
            r#"{"NULL": true}"#,
            r#"{"B": ""}"#,
            r#"{"B": "AA=="}"#,
            r#"{"B": "AAA="}"#,
            r#"{"B": "AAAA"}"#,
            r#"{"SS": ["2020-02", "2020-03"]}"#,
            r#"{"L": [{"N": "1"}, {"L": []}, {"S": "a"}]}"#,
            r#"{"M": {"log": {"B": "AAEC"}, "b": {"M": {}}}}"#,
        ] {
            let text = format!(r#"{{"_id": {{"S": "x"}}, "\u00e9": {attribute}}}"#);
            let item: dynoxide::Item = serde_json::from_str(&text).unwrap();
            assert_eq!(item_size(&text).unwrap(), dynoxide::types::item_size(&item), "{text}");
        }
        assert!(item_size("[]").is_err());
    }
}
