//! Extended JSON, canonical and relaxed, read document by document in three forms: `{collection: [documents]}`, the
//! lines of `mongoexport` and its `--jsonArray`.

use std::io::{Chain, Cursor, Read};

use kernelci::{
    time::Timestamp,
    value::{Document, FromJsonError, Value, from_json},
};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json, json};

use super::{Record, Refusal, Sink};

/// Bytes at the beginning of a file that tell its form: a name of a collection and what stands around it.
const HEAD: usize = 4096;

/// UTF-8's byte-order mark, which programs on Windows write.
const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `{collection: [documents]}`.
    Collections,
    /// Documents of one collection, one after another, as `mongoexport` writes them.
    Lines,
    /// A list of documents of one collection, as `mongoexport --jsonArray` writes it.
    Array,
}

impl Form {
    /// The form of a file that begins so.
    fn of(head: &[u8]) -> Self {
        match head.trim_ascii_start().split_first() {
            Some((b'[', _)) => Self::Array,
            // An object whose first member is a list is one of collections: exported documents begin with their id.
            Some((b'{', rest)) => match first_member(rest.trim_ascii_start()) {
                Some((name, value)) if name == b"_id" || !value.starts_with(b"[") => Self::Lines,
                _ => Self::Collections,
            },
            _ => Self::Collections,
        }
    }
}

/// The name of the first member of an object, and the text of its value.
fn first_member(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inside = text.strip_prefix(b"\"")?;
    let end = inside.iter().position(|byte| *byte == b'"')?;
    let (name, rest) = inside.split_at_checked(end)?;
    let value = rest.strip_prefix(b"\"")?.trim_ascii_start().strip_prefix(b":")?;
    Some((name, value.trim_ascii_start()))
}

/// The text of a file: the bytes that were read to find its form, then the rest.
type WholeText<R> = Chain<Cursor<Vec<u8>>, R>;

/// The form of a file, and its text without a byte-order mark.
///
/// # Errors
/// The file cannot be read.
pub fn form<R: Read>(mut source: R) -> std::io::Result<(Form, WholeText<R>)> {
    let mut head = Vec::new();
    source.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    if head.starts_with(BYTE_ORDER_MARK) {
        head.drain(..BYTE_ORDER_MARK.len());
    }
    Ok((Form::of(&head), Cursor::new(head).chain(source)))
}

/// Reads documents of one collection, one after another, and passes each to `sink`; `false` where that stopped.
///
/// # Errors
/// The text is no JSON of that form.
pub fn read_lines(source: impl Read, collection: &str, sink: &mut Sink<'_>) -> Result<bool, serde_json::Error> {
    for document in serde_json::Deserializer::from_reader(source).into_iter::<Json>() {
        if !sink(collection, record(document?)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Reads a list of documents of one collection and passes each to `sink`.
///
/// # Errors
/// As [`read_lines`].
pub fn read_array(source: impl Read, collection: &str, sink: &mut Sink<'_>) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_reader(source);
    Documents { collection, sink }.deserialize(&mut deserializer)?;
    deserializer.end()
}

/// Reads `{collection: [documents]}` and passes each document to `sink`.
///
/// # Errors
/// The text is no JSON of that form.
pub fn read_collections(source: impl Read, sink: &mut Sink<'_>) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_reader(source);
    deserializer.deserialize_map(Collections(sink))?;
    deserializer.end()
}

/// The document of a JSON value.
///
/// # Errors
/// The value is no object, holds a value that no document can hold, or its `_id` is no id.
pub fn record(json: Json) -> Record {
    let id = match json.get("_id") {
        Some(Json::Object(id)) => id.get("$oid").and_then(Json::as_str).map(str::to_owned),
        Some(Json::String(id)) => Some(id.clone()),
        Some(other) => Some(other.to_string()),
        None => None,
    };
    let refused = |reason: String| Refusal { id: id.clone().unwrap_or_default(), reason };
    match plain(json).and_then(from_json).map_err(|error| refused(error.to_string()))? {
        Value::Map(document) => with_id(document).map_err(|reason| refused(reason.to_owned())),
        _ => Err(refused("it is no object".to_owned())),
    }
}

/// A document, where it has an id.
pub(super) fn with_id(document: Document) -> Result<Document, &'static str> {
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

/// Brings the forms of extended JSON (`$numberLong`, dates as text) into those that the service writes.
///
/// # Errors
/// A wrapped number, date or id that is none, or a type without a counterpart.
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
    Ok(match name.as_str() {
        "$numberLong" | "$numberInt" => {
            let whole = value.as_i64().or_else(|| value.as_str()?.parse().ok());
            Some(json!(whole.ok_or(FromJsonError::Number)?))
        }
        "$numberDouble" | "$numberDecimal" => {
            let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
            Some(json!(number.filter(|number| number.is_finite()).ok_or(FromJsonError::Number)?))
        }
        "$date" => match value {
            Json::String(text) => {
                let date = Timestamp::parse_rfc3339(text).ok_or(FromJsonError::Date)?;
                Some(json!({"$date": date.milliseconds()}))
            }
            Json::Object(inner) => wrapped(inner)?.map(|milliseconds| json!({"$date": milliseconds})),
            _ => None,
        },
        "$timestamp" => {
            let seconds = value.get("t").and_then(Json::as_i64).ok_or(FromJsonError::Date)?;
            Some(json!({"$date": seconds.saturating_mul(1_000)}))
        }
        "$undefined" => Some(Json::Null),
        "$symbol" => Some(value.clone()),
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
    fn every_form_of_a_value_is_read() {
        for (given, expected) in [
            (json!({"$numberLong": "5"}), json!(5)),
            (json!({"$numberLong": 5}), json!(5)),
            (json!({"$numberInt": "-1"}), json!(-1)),
            (json!({"$numberDouble": "2.5"}), json!(2.5)),
            (json!({"$numberDouble": 2}), json!(2.0)),
            (json!({"$numberDecimal": "1.50"}), json!(1.5)),
            (json!({"$date": "2020-02-14T00:00:00Z"}), json!({"$date": 1_581_638_400_000_i64})),
            (json!({"$date": "2020-02-14T01:00:00.123+0100"}), json!({"$date": 1_581_638_400_123_i64})),
            (json!({"$date": {"$numberLong": "7"}}), json!({"$date": 7})),
            (json!({"$date": 7}), json!({"$date": 7})),
            (json!({"$timestamp": {"t": 3, "i": 1}}), json!({"$date": 3_000})),
            (json!({"$undefined": true}), json!(null)),
            (json!({"$symbol": "x"}), json!("x")),
            (json!({"$oid": "x"}), json!({"$oid": "x"})),
        ] {
            assert_eq!(plain(json!([{"a": given}])).unwrap(), json!([{"a": expected}]), "{given}");
        }
        for wrong in [
            json!({"$numberLong": "x"}),
            json!({"$numberLong": 1.5}),
            json!({"$numberDouble": "NaN"}),
            json!({"$date": "x"}),
        ] {
            assert!(plain(wrong.clone()).is_err(), "{wrong}");
        }
    }

    /// The collections and last digits of the ids of a file.
    fn ids(text: &[u8]) -> Vec<(String, String)> {
        let mut seen = Vec::new();
        let mut sink = |collection: &str, record: Record| {
            let id = record.unwrap().get("_id").unwrap().as_id().unwrap().to_string();
            seen.push((collection.to_owned(), id[22..].to_owned()));
            true
        };
        let (form, text) = form(text).unwrap();
        match form {
            Form::Collections => read_collections(text, &mut sink).unwrap(),
            Form::Array => read_array(text, "named", &mut sink).unwrap(),
            Form::Lines => assert!(read_lines(text, "named", &mut sink).unwrap()),
        }
        seen
    }

    #[test]
    fn the_form_of_a_file_is_told_by_how_it_begins() {
        let one = r#"{"_id": {"$oid": "000000000000000000000001"}, "errors": []}"#;
        let two = r#"{ "_id" : {"$oid": "000000000000000000000002"} }"#;
        let listed = r#"{"errors": 5, "_id": {"$oid": "000000000000000000000003"}}"#;
        for (text, expected) in [
            (format!("{one}\n{two}\n"), vec![("named", "01"), ("named", "02")]),
            (format!("{one}\r\n{two}"), vec![("named", "01"), ("named", "02")]),
            (format!("\u{feff}{one}\n"), vec![("named", "01")]),
            (format!("{listed}\n{one}"), vec![("named", "03"), ("named", "01")]),
            (format!(" [{one},\n{two}]\n"), vec![("named", "01"), ("named", "02")]),
            (format!("\u{feff}[{one}]"), vec![("named", "01")]),
            (format!("{{\"job\" : [{one}], \"build\": [{two}]}}"), vec![("job", "01"), ("build", "02")]),
            ("[]".to_owned(), vec![]),
            ("{}".to_owned(), vec![]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|(name, id)| (name.to_owned(), id.to_owned())).collect();
            assert_eq!(ids(text.as_bytes()), expected, "{text}");
        }
    }
}
