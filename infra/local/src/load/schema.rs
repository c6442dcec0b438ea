//! Documents of older schemas: the counterparts of their collections and members.
//!
//! Until 2018 the original kept a run as a `test_suite`, its parts as `test_set`s, and builds as `defconfig`s. Members
//! without a counterpart stay in the document as they are; [`Unmapped`] counts them.

use std::collections::BTreeMap;

use kernelci::{
    collections::{COLLECTIONS, Collection, FieldKind},
    domain::given,
    time::Timestamp,
    value::{Document, Value, from_json},
};

/// The collections of older schemas and the ones that they became.
const COLLECTION_NAMES: [(&str, &str); 3] =
    [("test_suite", "test_group"), ("test_set", "test_group"), ("defconfig", "build")];

/// Members of older schemas, by the collection, and the ones that they became. Of several that became the same member,
/// the first that is not null counts.
const MEMBER_NAMES: [(&str, &[(&str, &str)]); 6] = [
    (
        "test_suite",
        &[
            ("board", "device_type"),
            ("test_set", "sub_groups"),
            ("test_case", "test_cases"),
            ("vcs_commit", "git_commit"),
            ("defconfig_id", "build_id"),
        ],
    ),
    ("test_set", &[("test_suite_id", "parent_id"), ("test_case", "test_cases"), ("vcs_commit", "git_commit")]),
    (
        "test_case",
        &[("test_set_id", "test_group_id"), ("test_suite_id", "test_group_id"), ("vcs_commit", "git_commit")],
    ),
    ("boot", &[("defconfig_id", "build_id"), ("load_address", "load_addr")]),
    ("defconfig", &[("build_result", "status")]),
    ("error_logs", &[("defconfig_id", "build_id")]),
];

/// Names in one list of unmapped members; further ones are counted under no name.
const MAX_NAMES: usize = 1_000;

/// Whether a collection is one of an older schema.
pub fn is_older(name: &str) -> bool {
    COLLECTION_NAMES.iter().any(|(older, _)| *older == name)
}

/// Members without a counterpart, by collection and name, with the count of documents that have them.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Unmapped(pub BTreeMap<(String, String), u64>);

impl Unmapped {
    fn add(&mut self, collection: &str, member: &str) {
        let key = (collection.to_owned(), member.to_owned());
        if self.0.len() < MAX_NAMES || self.0.contains_key(&key) {
            *self.0.entry(key).or_default() += 1;
        }
    }
}

/// The collection that documents of this one are stored in.
pub fn collection_name(name: &str) -> &str {
    COLLECTION_NAMES.iter().find(|(older, _)| *older == name).map_or(name, |(_, current)| current)
}

/// The document in the current schema. Counts the members that have no counterpart.
pub fn convert(name: &str, mut document: Document, unmapped: &mut Unmapped) -> Document {
    let is_older_case = name == "test_case" && document.contains_key("test_suite_id");
    if is_older_case {
        add_path(&mut document);
    }
    // The values of current collections stay as the original answers them, whatever their types.
    let is_converted = is_older_case || is_older(name) || name == "boot";
    let renamed = MEMBER_NAMES.iter().find(|(of, _)| *of == name).map_or(&[][..], |(_, members)| *members);
    for (older, current) in renamed {
        let is_missing = matches!(document.get(current), None | Some(Value::Null));
        if is_missing && let Some(value) = document.remove(older) {
            document.insert(*current, value);
        }
    }
    let Some(collection) = collection(name) else { return document };
    let members = document.into_iter().map(|(member, value)| match collection.field(&member) {
        Some(field) if is_converted => (member, convert_value(field.kind, field.given_kind(), value)),
        Some(_) => (member, value),
        None => {
            if !is_empty(&value) {
                unmapped.add(name, &member);
            }
            (member, value)
        }
    });
    members.collect()
}

/// The path of a case that names the suite it was in.
fn add_path(document: &mut Document) {
    let text = |name: &str| document.get(name).and_then(Value::as_text).unwrap_or_default().to_owned();
    let (suite, name) = (text("test_suite_name"), text("name"));
    if !document.contains_key("test_case_path") && !suite.is_empty() && !name.is_empty() {
        document.insert("test_case_path", Value::from(format!("{suite}.{name}")));
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::List(list) => list.is_empty(),
        Value::Map(map) => map.is_empty(),
        _ => false,
    }
}

/// Numbers, truth values, ids and dates that an older schema kept as text or as numbers.
fn convert_value(kind: FieldKind, given_kind: FieldKind, value: Value) -> Value {
    let converted = match (kind, &value) {
        (FieldKind::Bool | FieldKind::BoolOrText | FieldKind::Integer | FieldKind::Number, Value::Text(text)) => {
            let given = serde_json::Value::String(text.to_string());
            given::read(kind, given).ok().and_then(|json| from_json(json).ok())
        }
        (FieldKind::Id, Value::Text(text)) => text.parse().ok().map(Value::Id),
        // Durations, in seconds.
        (FieldKind::Date, Value::Integer(seconds)) if given_kind == FieldKind::Number => {
            Some(Value::Date(Timestamp::from_milliseconds((*seconds).max(0).saturating_mul(1_000))))
        }
        #[allow(clippy::cast_possible_truncation, reason = "a cast of a float stops at the bounds")]
        (FieldKind::Date, Value::Float(seconds)) if given_kind == FieldKind::Number => {
            Some(Value::Date(Timestamp::from_milliseconds((seconds.max(0.0) * 1_000.0) as i64)))
        }
        _ => None,
    };
    converted.unwrap_or(value)
}

/// The collection of this name.
pub(super) fn collection(name: &str) -> Option<&'static Collection> {
    COLLECTIONS.into_iter().find(|collection| collection.loaded_as == collection_name(name))
}

#[cfg(test)]
mod tests {
    use kernelci::value::members_from_json;
    use serde_json::{Value as Json, json};

    use super::*;

    fn converted(name: &str, document: Json) -> (Json, Vec<String>) {
        let Json::Object(members) = document else { panic!("{document}") };
        let mut unmapped = Unmapped::default();
        let document = convert(name, members_from_json(members).unwrap(), &mut unmapped);
        (serde_json::to_value(document).unwrap(), unmapped.0.into_keys().map(|(_, name)| name).collect())
    }

    const ID: &str = "5540a8cff4c8b24f5af0b5ae";

    #[test]
    fn a_suite_becomes_a_group() {
        let suite = json!({
            "name": "LSK", "board": "panda", "lab_name": "lab", "test_set": [{"$oid": ID}], "test_case": [{"$oid": ID}],
            "vcs_commit": "1234", "boot_id": {"$oid": ID}, "metadata": {}, "time": 2.5, "job_id": ID,
        });
        let group = json!({
            "name": "LSK", "device_type": "panda", "lab_name": "lab", "sub_groups": [{"$oid": ID}], "test_cases": [{"$oid": ID}],
            "git_commit": "1234", "boot_id": {"$oid": ID}, "metadata": {}, "time": {"$date": 2_500}, "job_id": {"$oid": ID},
        });
        assert_eq!(converted("test_suite", suite), (group, vec!["boot_id".to_owned()]));
        assert_eq!(collection_name("test_suite"), "test_group");
    }

    #[test]
    fn a_set_becomes_a_group_within_another() {
        let set =
            json!({"name": "s", "test_suite_id": {"$oid": ID}, "test_suite_name": "LSK", "test_case": [], "time": -1});
        let group = json!({"name": "s", "parent_id": {"$oid": ID}, "test_suite_name": "LSK", "test_cases": [], "time": {"$date": 0}});
        assert_eq!(converted("test_set", set), (group, vec!["test_suite_name".to_owned()]));
    }

    #[test]
    fn a_case_is_in_its_set_or_else_in_its_suite() {
        let other = "5540a8cff4c8b24f5af0b5af";
        let case = json!({"name": "c", "test_suite_name": "LSK", "test_suite_id": {"$oid": ID}, "test_set_id": {"$oid": other}, "kvm_guest": "x", "minimum": null});
        let (found, unmapped) = converted("test_case", case);
        assert_eq!((&found["test_group_id"], &found["test_case_path"]), (&json!({"$oid": other}), &json!("LSK.c")));
        assert_eq!(unmapped, ["kvm_guest", "test_suite_id", "test_suite_name"]);
        let (found, _) =
            converted("test_case", json!({"name": "c", "test_suite_id": {"$oid": ID}, "test_set_id": null}));
        assert_eq!(found["test_group_id"], json!({"$oid": ID}));
    }

    #[test]
    fn values_of_current_collections_stay_as_they_are() {
        let build = json!({"warnings": "3", "errors": 3.0, "build_time": 30.5});
        assert_eq!(converted("build", build.clone()), (build, vec![]));
    }

    #[test]
    fn texts_become_what_their_fields_hold() {
        let boot = json!({"dtb_append": "False", "fastboot": "true", "retries": "2", "warnings": "", "defconfig_id": ID, "board": "1"});
        let stored = json!({"dtb_append": false, "fastboot": true, "retries": 2, "warnings": "", "build_id": {"$oid": ID}, "board": "1"});
        assert_eq!(converted("boot", boot), (stored, vec![]));
        let (build, unmapped) = converted("defconfig", json!({"errors": "5", "status": "PASS", "job_id": ID}));
        assert_eq!((build, unmapped), (json!({"errors": 5, "status": "PASS", "job_id": {"$oid": ID}}), vec![]));
        assert_eq!(collection_name("defconfig"), "build");
    }
}
