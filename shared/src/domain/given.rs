//! Conversion of a request's value to the type of its field. Numbers and booleans may be texts.

use serde_json::{Number, Value as Json};

use crate::collections::FieldKind;

/// The value to store.
///
/// # Errors
/// The description of the expected type, when the value has another.
pub fn read(kind: FieldKind, value: Json) -> Result<Json, &'static str> {
    let expected = match (kind, &value) {
        (FieldKind::Text | FieldKind::Secret | FieldKind::Id | FieldKind::Texts | FieldKind::Date, Json::String(_))
        | (FieldKind::Object, Json::Object(_))
        | (FieldKind::Other, _) => return Ok(value),
        (FieldKind::Texts | FieldKind::List, Json::Array(list)) if list.iter().all(Json::is_string) => {
            return Ok(value);
        }
        (FieldKind::BoolOrText, Json::String(_)) => return Ok(truth(&value).map_or(value, Json::Bool)),
        (FieldKind::Text | FieldKind::Secret | FieldKind::Id, _) => "a text",
        (FieldKind::Texts, _) => "a text or a list of texts",
        (FieldKind::List, _) => "a list of texts",
        (FieldKind::Object, _) => "an object",
        (FieldKind::Date, _) => "a date as text",
        (FieldKind::Integer, _) => match number(&value).as_ref().and_then(whole) {
            Some(whole) => return Ok(whole.into()),
            None => "a whole number",
        },
        (FieldKind::Number, _) => match number(&value) {
            Some(number) => return Ok(number.into()),
            None => "a number",
        },
        (FieldKind::Bool | FieldKind::BoolOrText, _) => match truth(&value) {
            Some(truth) => return Ok(truth.into()),
            None if kind == FieldKind::Bool => "true or false",
            None => "true, false or a text",
        },
    };
    Err(expected)
}

/// A number, or a text of decimal digits with at most one sign and one point.
pub fn number(value: &Json) -> Option<Number> {
    match value {
        Json::Number(number) => Some(number.clone()),
        Json::String(text) => number_of(text.trim()),
        _ => None,
    }
}

fn number_of(text: &str) -> Option<Number> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse::<i64>().ok().map(Number::from);
    }
    // The parser of floats also accepts exponents, which are not accepted here.
    let is_decimal = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse::<f64>().ok().filter(|_| is_decimal).and_then(Number::from_f64)
}

/// An integer. `5.0` is accepted, because some languages have one type of number.
fn whole(number: &Number) -> Option<i64> {
    /// The largest number up to which a float represents every integer.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[allow(clippy::cast_possible_truncation, reason = "the number is whole and in range")]
    let of_float = |float: f64| (float.fract() == 0.0 && float.abs() <= EXACT).then_some(float as i64);
    number.as_i64().or_else(|| number.as_f64().filter(|_| !number.is_u64()).and_then(of_float))
}

/// A boolean, 0 or 1, or a text of one of these.
pub fn truth(value: &Json) -> Option<bool> {
    match value {
        Json::Bool(truth) => Some(*truth),
        Json::Number(number) => match number.as_u64() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        },
        Json::String(text) => match text.trim() {
            "True" | "true" | "1" => Some(true),
            "False" | "false" | "0" | "" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// The name of a value's type.
pub fn type_name(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(text) if text.is_empty() => "an empty text",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_and_truth_values_may_come_as_text() {
        for (kind, given, expected) in [
            (FieldKind::Number, json!("0.0"), json!(0.0)),
            (FieldKind::Number, json!(" 28.07 "), json!(28.07)),
            (FieldKind::Number, json!("-3"), json!(-3)),
            (FieldKind::Integer, json!("12"), json!(12)),
            (FieldKind::Integer, json!("2.0"), json!(2)),
            (FieldKind::Integer, json!(2.0), json!(2)),
            (FieldKind::Bool, json!("True"), json!(true)),
            (FieldKind::Bool, json!("true"), json!(true)),
            (FieldKind::Bool, json!("1"), json!(true)),
            (FieldKind::Bool, json!(1), json!(true)),
            (FieldKind::Bool, json!("False"), json!(false)),
            (FieldKind::Bool, json!("false"), json!(false)),
            (FieldKind::Bool, json!("0"), json!(false)),
            (FieldKind::Bool, json!(""), json!(false)),
            (FieldKind::BoolOrText, json!("False"), json!(false)),
            (FieldKind::BoolOrText, json!("qemu-system-arm"), json!("qemu-system-arm")),
            (FieldKind::BoolOrText, json!(true), json!(true)),
            (FieldKind::Text, json!(""), json!("")),
            (FieldKind::List, json!(["a"]), json!(["a"])),
        ] {
            assert_eq!(read(kind, given.clone()), Ok(expected), "{given}");
        }
    }

    #[test]
    fn other_values_are_refused() {
        for (kind, given) in [
            (FieldKind::Number, json!("")),
            (FieldKind::Number, json!("nan")),
            (FieldKind::Number, json!("1e3")),
            (FieldKind::Number, json!("1.2.3")),
            (FieldKind::Number, json!(true)),
            (FieldKind::Integer, json!("1.5")),
            (FieldKind::Integer, json!(1.5)),
            (FieldKind::Integer, json!(1e300)),
            (FieldKind::Integer, json!(u64::MAX)),
            (FieldKind::Integer, json!("99999999999999999999")),
            (FieldKind::Bool, json!("yes")),
            (FieldKind::Bool, json!(2)),
            (FieldKind::BoolOrText, json!([])),
            (FieldKind::Text, json!(5)),
            (FieldKind::List, json!("a")),
            (FieldKind::Object, json!([])),
        ] {
            assert!(read(kind, given.clone()).is_err(), "{kind:?} {given}");
        }
    }
}
