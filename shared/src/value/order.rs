//! The order of values, as lists are sorted by it.

use std::cmp::Ordering;

use super::Value;

/// Compares two values, `None` being an absent member. Null and absent are equal and come first; then numbers, texts,
/// objects, lists, ids, truth values and dates, each kind in its own order. Texts compare by their UTF-8 bytes.
pub fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    let (a, b) = (a.unwrap_or(&Value::Null), b.unwrap_or(&Value::Null));
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
        (Value::Integer(a), Value::Float(b)) => number(*a).total_cmp(b),
        (Value::Float(a), Value::Integer(b)) => a.total_cmp(&number(*b)),
        (Value::Float(a), Value::Float(b)) => a.total_cmp(b),
        (Value::Text(a), Value::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
        (Value::Id(a), Value::Id(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        (Value::List(a), Value::List(b)) => lists(a.iter(), b.iter()),
        (Value::Map(a), Value::Map(b)) => {
            let names = a.keys().cmp(b.keys());
            names.then_with(|| lists(a.values(), b.values()))
        }
        _ => rank(a).cmp(&rank(b)),
    }
}

fn lists<'a>(mut a: impl Iterator<Item = &'a Value>, mut b: impl Iterator<Item = &'a Value>) -> Ordering {
    loop {
        return match (a.next(), b.next()) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match compare(Some(a), Some(b)) {
                Ordering::Equal => continue,
                unequal => unequal,
            },
        };
    }
}

// Whole numbers past 2^53 compare with fractions by their nearest fraction, as the original's store did.
#[allow(clippy::cast_precision_loss)]
fn number(whole: i64) -> f64 {
    whole as f64
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Integer(_) | Value::Float(_) => 1,
        Value::Text(_) => 2,
        Value::Map(_) => 3,
        Value::List(_) => 4,
        Value::Id(_) => 5,
        Value::Bool(_) => 6,
        Value::Date(_) => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    #[test]
    fn kinds_have_an_order_of_their_own() {
        let ascending = [
            Value::Null,
            Value::Float(-1.5),
            Value::Integer(-1),
            Value::Integer(2),
            Value::Float(2.5),
            Value::from(""),
            Value::from("Z"),
            Value::from("a"),
            Value::from("é"),
            Value::Map([("a".to_owned(), Value::Integer(1))].into()),
            Value::List(vec![]),
            Value::List(vec![Value::Integer(1)]),
            Value::Bool(false),
            Value::Bool(true),
            Value::Date(Timestamp::from_milliseconds(-5)),
            Value::Date(Timestamp::from_milliseconds(5)),
        ];
        for (i, a) in ascending.iter().enumerate() {
            for (j, b) in ascending.iter().enumerate() {
                assert_eq!(compare(Some(a), Some(b)), i.cmp(&j), "{a:?} {b:?}");
            }
        }
        assert_eq!(compare(None, Some(&Value::Null)), Ordering::Equal);
    }
}
