//! Extended JSON, read document by document.

use std::io::Read;

use kernelci::{
    time::Timestamp,
    value::{Document, FromJsonError, Value, from_json},
};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json, json};

use super::{Record, Refusal, Sink};

/// Reads `{collection: [documents]}` and passes each document to `sink`.
///
/// # Errors
/// The text is no JSON of that form.
pub fn read_collections(source: impl Read, sink: &mut Sink<'_>) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_reader(source);
    deserializer.deserialize_map(Collections(sink))?;
    deserializer.end()
}

/// The document that a JSON value is, or why it is none.
pub fn record(json: Json) -> Record {
    let id = match json.get("_id") {
        Some(Json::Object(id)) => id.get("$oid").and_then(Json::as_str).map(str::to_owned),
        Some(Json::String(id)) => Some(id.clone()),
        Some(other) => Some(other.to_string()),
        None => None,
    };
    let refused = |reason: String| Refusal { id: id.clone().unwrap_or_default(), reason };
    match plain(json).and_then(from_json).map_err(|error| refused(error.to_string()))? {
        Value::Map(document) => checked(document).map_err(|reason| refused(reason.to_owned())),
        _ => Err(refused("it is no object".to_owned())),
    }
}

/// A document that has an id.
fn checked(document: Document) -> Result<Document, &'static str> {
    match document.get("_id") {
        Some(Value::Id(_)) => Ok(document),
        _ => Err("its _id is no id"),
    }
}

struct Collections<'a, 'b>(&'a mut Sink<'b>);

impl<'de> Visitor<'de> for Collections<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object of collections")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            map.next_value_seed(Documents { collection: &name, sink: &mut *self.0 })?;
        }
        Ok(())
    }
}

struct Documents<'a, 'b> {
    collection: &'a str,
    sink: &'a mut Sink<'b>,
}

impl<'de> DeserializeSeed<'de> for Documents<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Documents<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of documents")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(document) = list.next_element::<Json>()? {
            if !(self.sink)(self.collection, record(document)) {
                return Err(serde::de::Error::custom("reading was stopped"));
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
        let text =
            r#"{"job": [{"_id": {"$oid": "000000000000000000000001"}}, {"_id": 5}], "build": [], "lab": [{"c": 3}]}"#;
        read_collections(text.as_bytes(), &mut |collection, record| {
            seen.push((collection.to_owned(), record.map_err(|refusal| (refusal.id, refusal.reason))));
            true
        })
        .unwrap();
        let id = "000000000000000000000001".parse().unwrap();
        assert_eq!(
            seen,
            [
                ("job".to_owned(), Ok(Document::from([("_id", Value::Id(id))]))),
                ("job".to_owned(), Err(("5".to_owned(), "its _id is no id".to_owned()))),
                ("lab".to_owned(), Err((String::new(), "its _id is no id".to_owned()))),
            ]
        );
    }

    #[test]
    fn other_forms_are_refused() {
        for text in ["[]", "{\"job\": {}}", "{\"job\": [", "5", "{} x"] {
            assert!(read_collections(text.as_bytes(), &mut |_, _| true).is_err(), "{text}");
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
