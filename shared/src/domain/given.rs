//! A value of a request, read as its field's kind. Numbers and truth values may come as text.

use serde_json::{Number, Value as Json};

use crate::collections::Kind;

/// The value as it is stored, or what was expected in its place.
///
/// # Errors
/// The value is of another kind: the words for what was expected.
pub fn read(kind: Kind, value: Json) -> Result<Json, &'static str> {
    let expected = match (kind, &value) {
        (Kind::Text | Kind::Secret | Kind::Id | Kind::Texts | Kind::Date, Json::String(_))
        | (Kind::Object, Json::Object(_))
        | (Kind::Other, _) => return Ok(value),
        (Kind::Texts | Kind::List, Json::Array(list)) if list.iter().all(Json::is_string) => return Ok(value),
        (Kind::BoolOrText, Json::String(_)) => return Ok(truth(&value).map_or(value, Json::Bool)),
        (Kind::Text | Kind::Secret | Kind::Id, _) => "a text",
        (Kind::Texts, _) => "a text or a list of texts",
        (Kind::List, _) => "a list of texts",
        (Kind::Object, _) => "an object",
        (Kind::Date, _) => "a date as text",
        (Kind::Integer, _) => match number(&value).as_ref().and_then(whole) {
            Some(whole) => return Ok(whole.into()),
            None => "a whole number",
        },
        (Kind::Number, _) => match number(&value) {
            Some(number) => return Ok(number.into()),
            None => "a number",
        },
        (Kind::Bool | Kind::BoolOrText, _) => match truth(&value) {
            Some(truth) => return Ok(truth.into()),
            None if kind == Kind::Bool => "true or false",
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
    // The parser of floats takes exponents too, which no sender writes.
    let is_decimal = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse::<f64>().ok().filter(|_| is_decimal).and_then(Number::from_f64)
}

/// A whole number; `5.0` is one in languages that have one type of number.
fn whole(number: &Number) -> Option<i64> {
    /// Up to here a float holds every whole number.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[allow(clippy::cast_possible_truncation, reason = "the number is whole and in range")]
    let of_float = |float: f64| (float.fract() == 0.0 && float.abs() <= EXACT).then_some(float as i64);
    number.as_i64().or_else(|| number.as_f64().filter(|_| !number.is_u64()).and_then(of_float))
}

/// A truth value, 0 or 1, or a text for one of them.
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

/// The words for the type of a value.
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
            (Kind::Number, json!("0.0"), json!(0.0)),
            (Kind::Number, json!(" 28.07 "), json!(28.07)),
            (Kind::Number, json!("-3"), json!(-3)),
            (Kind::Integer, json!("12"), json!(12)),
            (Kind::Integer, json!("2.0"), json!(2)),
            (Kind::Integer, json!(2.0), json!(2)),
            (Kind::Bool, json!("True"), json!(true)),
            (Kind::Bool, json!("true"), json!(true)),
            (Kind::Bool, json!("1"), json!(true)),
            (Kind::Bool, json!(1), json!(true)),
            (Kind::Bool, json!("False"), json!(false)),
            (Kind::Bool, json!("false"), json!(false)),
            (Kind::Bool, json!("0"), json!(false)),
            (Kind::Bool, json!(""), json!(false)),
            (Kind::BoolOrText, json!("False"), json!(false)),
            (Kind::BoolOrText, json!("qemu-system-arm"), json!("qemu-system-arm")),
            (Kind::BoolOrText, json!(true), json!(true)),
            (Kind::Text, json!(""), json!("")),
            (Kind::List, json!(["a"]), json!(["a"])),
        ] {
            assert_eq!(read(kind, given.clone()), Ok(expected), "{given}");
        }
    }

    #[test]
    fn other_values_are_refused() {
        for (kind, given) in [
            (Kind::Number, json!("")),
            (Kind::Number, json!("nan")),
            (Kind::Number, json!("1e3")),
            (Kind::Number, json!("1.2.3")),
            (Kind::Number, json!(true)),
            (Kind::Integer, json!("1.5")),
            (Kind::Integer, json!(1.5)),
            (Kind::Integer, json!(1e300)),
            (Kind::Integer, json!(u64::MAX)),
            (Kind::Integer, json!("99999999999999999999")),
            (Kind::Bool, json!("yes")),
            (Kind::Bool, json!(2)),
            (Kind::BoolOrText, json!([])),
            (Kind::Text, json!(5)),
            (Kind::List, json!("a")),
            (Kind::Object, json!([])),
        ] {
            assert!(read(kind, given.clone()).is_err(), "{kind:?} {given}");
        }
    }
}
