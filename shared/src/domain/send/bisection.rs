//! The keys of a request that name one bisection.

use serde_json::{Map, Value as Json};

use crate::{
    domain::keys::text,
    value::{Document, ObjectId, Value},
};

/// The keys that name a bisection, beside the revision. They are members of its document too.
pub const BISECTION_KEYS: [&str; 9] = [
    "type",
    "test_case_path",
    "device_type",
    "arch",
    "defconfig_full",
    "build_environment",
    "lab_name",
    "good_commit",
    "bad_commit",
];

/// The keys that tell one bisection of a revision from another. The others narrow a list of them.
const DISTINCTIVE: [&str; 4] = ["test_case_path", "device_type", "good_commit", "bad_commit"];

/// The bisection that a request is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BisectionKeys {
    given: Vec<(&'static str, String)>,
    /// The uploaded file with the breaking commit and the log of `git bisect`.
    pub log: Option<String>,
}

impl BisectionKeys {
    /// Reads the keys; those that are not given narrow nothing.
    pub fn read(members: &Map<String, Json>) -> Self {
        let given = |name: &'static str| text(members, name).filter(|text| !text.is_empty()).map(str::to_owned);
        let named = BISECTION_KEYS.into_iter().filter_map(|name| Some((name, given(name)?)));
        Self { given: named.collect(), log: given("log") }
    }

    /// Whether the request is about one bisection, and not about all of a revision.
    pub fn is_one(&self) -> bool {
        self.log.is_some() || self.given.iter().any(|(name, _)| DISTINCTIVE.contains(name))
    }

    /// The value of a key; empty where it is not given.
    pub fn get(&self, name: &str) -> &str {
        self.given.iter().find(|(given, _)| *given == name).map_or("", |(_, value)| value)
    }

    /// Whether a document has the given values.
    pub fn matches(&self, document: &Document) -> bool {
        self.given.iter().all(|(name, value)| document.get(name).and_then(Value::as_text) == Some(value.as_str()))
    }

    /// The given values, as members of a document.
    pub fn members(&self) -> impl Iterator<Item = (String, Value)> {
        self.given.iter().map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str())))
    }

    /// What tells it from the other bisections of its revision; empty where the request is about all of them.
    pub fn name(&self) -> String {
        if !self.is_one() {
            return String::new();
        }
        let parts: Vec<&str> = self.identity().collect();
        let digits = ObjectId::derived("bisection", parts).to_string();
        let readable = ["test_case_path", "device_type"].map(|name| self.get(name)).into_iter();
        let readable = readable.filter(|part| !part.is_empty());
        readable.chain(digits.get(..12)).collect::<Vec<_>>().join("-")
    }

    /// All values, in the order of the keys.
    pub fn identity(&self) -> impl Iterator<Item = &str> {
        BISECTION_KEYS.into_iter().map(|name| self.get(name)).chain([self.log.as_deref().unwrap_or_default()])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn keys(body: &Json) -> BisectionKeys {
        BisectionKeys::read(body.as_object().unwrap())
    }

    #[test]
    fn a_request_is_about_one_bisection_where_its_keys_name_one() {
        for (body, is_one) in [
            (json!({}), false),
            (json!({"lab_name": "x", "arch": "arm", "type": "test"}), false),
            (json!({"log": "x.json"}), true),
            (json!({"test_case_path": "baseline.login"}), true),
            (json!({"bad_commit": ""}), false),
        ] {
            assert_eq!(keys(&body).is_one(), is_one, "{body}");
            assert_eq!(keys(&body).name().is_empty(), !is_one, "{body}");
        }
    }

    #[test]
    fn two_bisections_of_a_revision_have_two_names() {
        let one =
            json!({"test_case_path": "baseline.login", "device_type": "qemu", "bad_commit": "b", "good_commit": "g"});
        let mut other = one.clone();
        other["good_commit"] = json!("h");
        let (one, other) = (keys(&one).name(), keys(&other).name());
        assert!(one.starts_with("baseline.login-qemu-") && one != other, "{one} {other}");
    }
}
