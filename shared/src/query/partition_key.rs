//! The partition key of an access pattern over members of a document.

use crate::value::{ObjectId, Value};

/// The longest partition key that holds its values as they are; DynamoDB takes 2,048 bytes.
const MAX_KEY: usize = 1_024;

/// Between the values of a key of several members.
const SEPARATOR: char = '\u{1f}';

/// The partition key that holds these values, the same for equal values and different for others.
pub fn partition_key<'a>(values: impl IntoIterator<Item = &'a Value>) -> String {
    let texts: Vec<String> = values.into_iter().map(key_text).collect();
    let joined = texts.join(&SEPARATOR.to_string());
    let ambiguous = texts.iter().any(|text| text.contains(SEPARATOR));
    if joined.len() > MAX_KEY || ambiguous {
        let id = ObjectId::derived("partition", texts.iter().map(String::as_str));
        return format!("{SEPARATOR}{id}");
    }
    joined
}

fn key_text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::Id(id) => id.to_string(),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partition_keys_of_different_values_differ() {
        let text = |text: &str| Value::from(text);
        let keys = [
            partition_key([&text("a"), &text("b")]),
            partition_key([&text("a\u{1f}b")]),
            partition_key([&text("a\u{1f}"), &text("b")]),
            partition_key([&text("a"), &text("\u{1f}b")]),
            partition_key([&text(&"a".repeat(2_000))]),
            partition_key([&text(&"a".repeat(2_001))]),
        ];
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
        assert!(keys.iter().all(|key| key.len() <= MAX_KEY));
    }
}
