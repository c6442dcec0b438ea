//! Values as JSON: ids and dates wrapped in objects of one member, as the API has always written them.

use serde::ser::{Error, Serialize, SerializeMap, Serializer};

use super::{Document, Value};
use crate::time::Timestamp;

const ID: &str = "$oid";
const DATE: &str = "$date";

/// JSON that is no value of a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FromJsonError {
    /// `{"$oid": ..}` that holds no id.
    #[error("$oid must be a text of 24 hex digits")]
    Id,
    /// `{"$date": ..}` that holds no time.
    #[error("$date must be a whole number of milliseconds")]
    Date,
    /// A number that no 64-bit number holds.
    #[error("a number is out of range")]
    Number,
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(truth) => serializer.serialize_bool(*truth),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Float(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Id(id) => {
                let digits = id.digits();
                wrapped(serializer, ID, &str::from_utf8(&digits).map_err(S::Error::custom)?)
            }
            Self::Date(date) => wrapped(serializer, DATE, &date.milliseconds()),
            Self::List(list) => list.serialize(serializer),
            Self::Map(map) => map.serialize(serializer),
        }
    }
}

fn wrapped<S: Serializer>(serializer: S, name: &str, value: &impl Serialize) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(name, value)?;
    map.end()
}

/// Reads a value, ids and dates from their wrapped form.
///
/// # Errors
/// A wrapped id or date that is none, or a number that 64 bits do not hold.
pub fn from_json(json: serde_json::Value) -> Result<Value, FromJsonError> {
    Ok(match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::Bool(truth),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Integer(whole),
            (None, Some(fraction)) if fraction.is_finite() => Value::Float(fraction),
            _ => return Err(FromJsonError::Number),
        },
        serde_json::Value::String(text) => Value::from(text),
        serde_json::Value::Array(list) => Value::List(list.into_iter().map(from_json).collect::<Result<_, _>>()?),
        serde_json::Value::Object(map) if map.len() == 1 && map.contains_key(ID) => {
            let id = map.get(ID).and_then(serde_json::Value::as_str).and_then(|text| text.parse().ok());
            Value::Id(id.ok_or(FromJsonError::Id)?)
        }
        serde_json::Value::Object(map) if map.len() == 1 && map.contains_key(DATE) => {
            let milliseconds = map.get(DATE).and_then(serde_json::Value::as_i64).ok_or(FromJsonError::Date)?;
            Value::Date(Timestamp::from_milliseconds(milliseconds))
        }
        serde_json::Value::Object(map) => Value::Map(members_from_json(map)?),
    })
}

/// Reads the members of an object.
///
/// # Errors
/// As [`from_json`].
pub fn members_from_json(map: serde_json::Map<String, serde_json::Value>) -> Result<Document, FromJsonError> {
    map.into_iter().map(|(name, value)| Ok((name, from_json(value)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_written_as_it_was_read() {
        let text = r#"{"_id":{"$oid":"5e79f370f870c5da21eece6d"},"a":null,"b":[true,-1,2.5,"é"],"c":{"d":{"$date":1580515200000}}}"#;
        let value = from_json(serde_json::from_str(text).unwrap()).unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), text);
    }

    #[test]
    fn damaged_wrappings_are_refused() {
        for (text, error) in [
            (r#"{"$oid":"xyz"}"#, FromJsonError::Id),
            (r#"{"$oid":5}"#, FromJsonError::Id),
            (r#"{"$date":"2020"}"#, FromJsonError::Date),
            (r#"{"a":[{"$date":1.5}]}"#, FromJsonError::Date),
        ] {
            assert_eq!(from_json(serde_json::from_str(text).unwrap()), Err(error), "{text}");
        }
    }

    #[test]
    fn an_object_that_only_holds_such_a_name_among_others_is_an_object() {
        let value = from_json(serde_json::json!({"$oid": "x", "a": 1})).unwrap();
        assert!(matches!(value, Value::Map(_)));
    }
}
