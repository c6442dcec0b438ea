//! Extended JSON, read document by document, in the forms that exports of the original's store have.

use std::io::Read;

use kernelci::{time::Timestamp, value::FromJsonError};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json, json};

/// Reads `{collection: [documents]}` and hands over each document as it comes; `false` from `take` ends the reading.
///
/// # Errors
/// The text is no JSON of that form.
pub fn read(source: impl Read, take: &mut dyn FnMut(&str, Json) -> bool) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_reader(source);
    deserializer.deserialize_map(Collections(take))?;
    deserializer.end()
}

struct Collections<'a>(&'a mut dyn FnMut(&str, Json) -> bool);

impl<'de> Visitor<'de> for Collections<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object of collections")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            map.next_value_seed(Documents { collection: &name, take: &mut *self.0 })?;
        }
        Ok(())
    }
}

struct Documents<'a> {
    collection: &'a str,
    take: &'a mut dyn FnMut(&str, Json) -> bool,
}

impl<'de> DeserializeSeed<'de> for Documents<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Documents<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of documents")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(document) = list.next_element::<Json>()? {
            if !(self.take)(self.collection, document) {
                return Err(serde::de::Error::custom("the reading was ended"));
            }
        }
        Ok(())
    }
}

/// Brings the longer forms of extended JSON (`$numberLong`, dates as text) into the short one.
///
/// # Errors
/// A wrapped number or date that is none.
pub fn plain(value: Json) -> Result<Json, FromJsonError> {
    Ok(match value {
        Json::Array(list) => Json::Array(list.into_iter().map(plain).collect::<Result<_, _>>()?),
        Json::Object(members) => match wrapped(&members)? {
            Some(value) => value,
            None => {
                let members = members.into_iter().map(|(name, value)| Ok((name, plain(value)?)));
                Json::Object(members.collect::<Result<Map<_, _>, FromJsonError>>()?)
            }
        },
        other => other,
    })
}

fn wrapped(members: &Map<String, Json>) -> Result<Option<Json>, FromJsonError> {
    let (Some((name, value)), 1) = (members.iter().next(), members.len()) else { return Ok(None) };
    let text = value.as_str();
    Ok(match name.as_str() {
        "$numberLong" | "$numberInt" => {
            Some(json!(text.and_then(|text| text.parse::<i64>().ok()).ok_or(FromJsonError::Number)?))
        }
        "$numberDouble" | "$numberDecimal" => {
            Some(json!(text.and_then(|text| text.parse::<f64>().ok()).ok_or(FromJsonError::Number)?))
        }
        "$date" => match value {
            Json::String(text) => {
                let date = Timestamp::parse_rfc3339(text).ok_or(FromJsonError::Date)?;
                Some(json!({"$date": date.milliseconds()}))
            }
            Json::Object(inner) => wrapped(inner)?.map(|milliseconds| json!({"$date": milliseconds})),
            _ => None,
        },
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_come_one_by_one_with_their_collection() {
        let mut seen = Vec::new();
        let text = r#"{"job": [{"a": 1}, {"b": 2}], "build": [], "lab": [{"c": 3}]}"#;
        read(text.as_bytes(), &mut |collection, document| {
            seen.push((collection.to_owned(), document));
            true
        })
        .unwrap();
        assert_eq!(seen.len(), 3);
        assert_eq!(seen[2], ("lab".to_owned(), json!({"c": 3})));
    }

    #[test]
    fn other_forms_are_refused() {
        for text in ["[]", "{\"job\": {}}", "{\"job\": [", "5", "{} x"] {
            assert!(read(text.as_bytes(), &mut |_, _| true).is_err(), "{text}");
        }
    }

    #[test]
    fn longer_forms_become_short() {
        let long = json!({"a": {"$numberLong": "5"}, "b": {"$date": "2020-02-14T00:00:00Z"}, "c": [{"$date": {"$numberLong": "7"}}], "d": {"$oid": "x"}});
        let short = json!({"a": 5, "b": {"$date": 1_581_638_400_000_i64}, "c": [{"$date": 7}], "d": {"$oid": "x"}});
        assert_eq!(plain(long).unwrap(), short);
        assert!(plain(json!({"$numberLong": "x"})).is_err());
    }
}
