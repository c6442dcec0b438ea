//! BSON documents: one after another, as `mongodump` writes a collection into `COLLECTION.bson`.

use std::io::Read;

use bson::{RawArray, RawBsonRef, RawDocument};
use kernelci::{
    time::Timestamp,
    value::{Document, Value},
};

use super::{FormatError, Record, Refusal, Sink, json::with_id};

/// The maximum length of a document in bytes: MongoDB's 16 MiB, and 16 KiB that its tools add for their own documents.
const MAX_DOCUMENT: usize = (16 << 20) + (16 << 10);

/// The minimum: a length and a terminating zero.
const MIN_DOCUMENT: usize = 5;

/// The maximum depth of documents and arrays within each other; MongoDB's.
const MAX_DEPTH: usize = 100;

/// Reads documents of one collection to the end of `source`; `false` where `sink` stopped it.
///
/// # Errors
/// The file cannot be read, or is no sequence of BSON documents.
pub fn read_documents(mut source: impl Read, collection: &str, sink: &mut Sink<'_>) -> Result<bool, FormatError> {
    let mut buffer = Vec::new();
    while let Some(length) = read_length(&mut source)? {
        read_body(&mut source, length, &mut buffer)?;
        if !sink(collection, record(&buffer)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The four bytes that begin a document; `None` at the end of the file.
pub(super) fn read_length(source: &mut impl Read) -> Result<Option<[u8; 4]>, FormatError> {
    let mut length = [0; 4];
    let mut filled = 0;
    while let Some(rest) = length.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read(rest) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(FormatError::Truncated),
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Some(length))
}

/// Reads the rest of a document into `buffer`, behind its length.
pub(super) fn read_body(source: &mut impl Read, length: [u8; 4], buffer: &mut Vec<u8>) -> Result<(), FormatError> {
    let bytes = usize::try_from(i32::from_le_bytes(length)).unwrap_or(usize::MAX);
    if !(MIN_DOCUMENT..=MAX_DOCUMENT).contains(&bytes) {
        return Err(FormatError::Bson(format!("a document of {} bytes", i32::from_le_bytes(length))));
    }
    buffer.clear();
    buffer.extend_from_slice(&length);
    let rest = bytes.saturating_sub(length.len());
    match source.by_ref().take(rest as u64).read_to_end(buffer)? {
        read if read == rest => Ok(()),
        _ => Err(FormatError::Truncated),
    }
}

/// The document that these bytes are, or why it is not stored.
pub(super) fn record(bytes: &[u8]) -> Record {
    let refused = |id: String, reason: String| Refusal { id, reason };
    let raw = RawDocument::from_bytes(bytes).map_err(|error| refused(String::new(), error.to_string()))?;
    let id = match raw.get("_id") {
        Ok(Some(RawBsonRef::ObjectId(id))) => id.to_hex(),
        Ok(Some(RawBsonRef::String(id))) => id.to_owned(),
        Ok(Some(other)) => format!("{other:?}"),
        _ => String::new(),
    };
    let document = document(raw, MAX_DEPTH).and_then(|document| with_id(document).map_err(str::to_owned));
    document.map_err(|reason| refused(id, reason))
}

fn document(raw: &RawDocument, depth: usize) -> Result<Document, String> {
    let mut members = Document::new();
    for element in raw {
        let (name, raw) = element.map_err(|error| error.to_string())?;
        members.insert(name.as_str(), value(raw, depth)?);
    }
    Ok(members)
}

fn list(raw: &RawArray, depth: usize) -> Result<Vec<Value>, String> {
    raw.into_iter().map(|element| value(element.map_err(|error| error.to_string())?, depth)).collect()
}

fn value(raw: RawBsonRef<'_>, depth: usize) -> Result<Value, String> {
    let inner = || depth.checked_sub(1).ok_or_else(|| format!("it is nested more than {MAX_DEPTH} deep"));
    Ok(match raw {
        RawBsonRef::Null | RawBsonRef::Undefined => Value::Null,
        RawBsonRef::Boolean(truth) => Value::Bool(truth),
        RawBsonRef::Int32(number) => Value::Integer(number.into()),
        RawBsonRef::Int64(number) => Value::Integer(number),
        RawBsonRef::Double(number) if number.is_finite() => Value::Float(number),
        RawBsonRef::Decimal128(number) => match number.to_string().parse::<f64>() {
            Ok(number) if number.is_finite() => Value::Float(number),
            _ => return Err("a decimal number is out of range".to_owned()),
        },
        RawBsonRef::String(text) | RawBsonRef::Symbol(text) => Value::from(text),
        RawBsonRef::ObjectId(id) => Value::Id(id.to_hex().parse().map_err(|_| "an id is damaged".to_owned())?),
        RawBsonRef::DateTime(date) => Value::Date(Timestamp::from_milliseconds(date.timestamp_millis())),
        RawBsonRef::Timestamp(time) => {
            Value::Date(Timestamp::from_milliseconds(i64::from(time.time).saturating_mul(1_000)))
        }
        RawBsonRef::Array(raw) => Value::List(list(raw, inner()?)?),
        RawBsonRef::Document(raw) => Value::Map(document(raw, inner()?)?),
        other => return Err(format!("a value of BSON type {:?} has no counterpart", other.element_type())),
    })
}

#[cfg(test)]
mod tests {
    use bson::doc;
    use serde_json::json;

    use super::*;

    fn bytes(document: &bson::Document) -> Vec<u8> {
        let mut bytes = Vec::new();
        document.to_writer(&mut bytes).unwrap();
        bytes
    }

    fn id(nth: u8) -> bson::oid::ObjectId {
        bson::oid::ObjectId::from_bytes([nth; 12])
    }

    #[test]
    fn every_type_with_a_counterpart_is_converted() {
        let document = doc! {
            "_id": id(1), "int32": 5_i32, "int64": 5_000_000_000_i64, "double": 2.5, "text": "é", "truth": true, "null": null,
            "date": bson::DateTime::from_millis(-7), "list": [1, "x", doc! {"a": 1}], "map": {"b": {"c": null}},
            "decimal": "12.50".parse::<bson::Decimal128>().unwrap(), "timestamp": bson::Timestamp { time: 3, increment: 1 },
            "undefined": bson::Bson::Undefined,
        };
        let expected = json!({
            "_id": {"$oid": "010101010101010101010101"}, "int32": 5, "int64": 5_000_000_000_i64, "double": 2.5, "text": "é",
            "truth": true, "null": null, "date": {"$date": -7}, "list": [1, "x", {"a": 1}], "map": {"b": {"c": null}},
            "decimal": 12.5, "timestamp": {"$date": 3_000}, "undefined": null,
        });
        assert_eq!(serde_json::to_value(record(&bytes(&document)).unwrap()).unwrap(), expected);
    }

    #[test]
    fn documents_that_cannot_be_stored_are_refused_with_their_ids() {
        let refused =
            |document: bson::Document| record(&bytes(&document)).map_err(|refusal| (refusal.id, refusal.reason));
        let text = |id: &str, reason: &str| Err((id.to_owned(), reason.to_owned()));
        assert_eq!(refused(doc! {"_id": "name"}), text("name", "its _id is no id"));
        let regex = bson::Regex { pattern: "x".try_into().unwrap(), options: "".try_into().unwrap() };
        let expected = text("020202020202020202020202", "a value of BSON type RegularExpression has no counterpart");
        assert_eq!(refused(doc! {"_id": id(2), "r": regex}), expected);
        assert!(refused(doc! {"_id": id(2), "d": f64::NAN}).is_err());
    }

    #[test]
    fn a_file_that_ends_within_a_document_is_an_error_after_the_whole_ones() {
        let mut file = bytes(&doc! {"_id": id(1)});
        file.extend(bytes(&doc! {"_id": id(2), "text": "x"}));
        for (length, expected) in
            [(file.len(), Some(2)), (file.len() - 1, None), (24, None), (22, Some(1)), (0, Some(0))]
        {
            let mut count = 0;
            let read = read_documents(&file[..length], "job", &mut |collection, record| {
                assert!(collection == "job" && record.is_ok());
                count += 1;
                true
            });
            assert_eq!(read.ok().map(|_| count), expected, "{length}");
        }
    }

    #[test]
    fn a_length_out_of_bounds_is_refused_before_anything_is_allocated() {
        for length in [i32::MAX, -1, 4, 0] {
            let read = read_documents(&length.to_le_bytes()[..], "job", &mut |_, _| true);
            assert!(matches!(read, Err(FormatError::Bson(_))), "{length}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let mut deep = doc! {};
        for _ in 0..=MAX_DEPTH {
            deep = doc! {"a": deep};
        }
        deep.insert("_id", id(1));
        assert!(record(&bytes(&deep)).unwrap_err().reason.contains("nested"));
    }
}
