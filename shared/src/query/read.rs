//! The value of a filter, read in its field's own type.

use super::{BadArgument, number::whole};
use crate::{
    collections::{Field, FieldKind},
    time::Timestamp,
    value::Value,
};

/// Reads `text` as a value of `field`; `name` is the argument that holds it.
///
/// # Errors
/// The text is no value of that type, or the field is one that nothing can be compared with.
pub fn read_value(name: &str, field: &Field, text: &str) -> Result<Value, BadArgument> {
    match field.kind {
        FieldKind::Text | FieldKind::Texts => Ok(Value::from(text)),
        FieldKind::Integer => match (whole(name, text)?, text.parse()) {
            (_, Ok(number)) => Ok(Value::Integer(number)),
            _ => Err(BadArgument::value(name, text, "a whole number that 64 bits hold")),
        },
        FieldKind::Number => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Float(number)),
            _ => Err(BadArgument::value(name, text, "a number")),
        },
        FieldKind::Bool => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(BadArgument::value(name, text, "true or false")),
        },
        FieldKind::Id => match text.parse() {
            Ok(id) => Ok(Value::Id(id)),
            Err(_) => Err(BadArgument::value(name, text, "an id of 24 hex digits")),
        },
        FieldKind::Date => date(name, text).map(Value::Date),
        FieldKind::BoolOrText => Ok(Value::from(text)),
        FieldKind::List | FieldKind::Object | FieldKind::Other => {
            Err(BadArgument::because(name, format!("'{}' holds lists or objects", field.name)))
        }
        FieldKind::Secret => Err(BadArgument::because(name, format!("'{}' is secret", field.name))),
    }
}

/// Reads a date: a day, or milliseconds since the epoch.
pub(super) fn date(name: &str, text: &str) -> Result<Timestamp, BadArgument> {
    if let Some(day) = Timestamp::parse_day(text) {
        return Ok(day);
    }
    let is_number = !text.contains('-') || text.starts_with('-');
    match text.parse() {
        // Eight digits are a day that the calendar does not have, rather than a moment of 1970.
        Ok(milliseconds) if is_number && (text.len() != 8 || text.starts_with('-')) => {
            Ok(Timestamp::from_milliseconds(milliseconds))
        }
        _ => Err(BadArgument::value(name, text, "a date (YYYY-MM-DD, YYYYMMDD, or milliseconds)")),
    }
}
