//! The work that follows the storage of test results, in its stored form.

use serde_json::{Value as Json, json};

use crate::{
    collections::{Collection, TEST_CASE, TEST_GROUP},
    store::Removal,
    value::{Document, ObjectId, Value, from_json},
};

/// A stored test group.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackGroup {
    /// Its id.
    pub group: ObjectId,
    /// Whether it replaced another.
    pub again: bool,
    /// The former cases and subgroups that the write did not delete.
    pub gone: Vec<Removal>,
    /// The former cases that may be in a regression, with the members that identify it. Cases that are still in the
    /// group are evaluated again; the others are removed from their regression.
    pub withdrawn: Vec<Document>,
}

impl TrackGroup {
    /// The stored form.
    pub fn to_text(&self) -> String {
        let gone = self.gone.iter().map(|removal| {
            let owner = removal.owner.map(|owner| owner.to_string());
            json!([removal.collection.name, removal.id.to_string(), owner])
        });
        let withdrawn = self.withdrawn.iter().map(|case| json!(Value::Map(case.clone())));
        json!({
            "group": self.group.to_string(),
            "again": self.again,
            "gone": gone.collect::<Vec<Json>>(),
            "withdrawn": withdrawn.collect::<Vec<Json>>(),
        })
        .to_string()
    }

    /// Parses the stored form; `None` for another value.
    pub fn from_text(text: &str) -> Option<Self> {
        let kept: Json = serde_json::from_str(text).ok()?;
        let id = |json: &Json| json.as_str()?.parse::<ObjectId>().ok();
        let gone = kept.get("gone")?.as_array()?.iter().map(|removal| {
            let name = removal.get(0)?.as_str()?;
            let collection: &'static Collection =
                [&TEST_CASE, &TEST_GROUP].into_iter().find(|collection| collection.name == name)?;
            Some(Removal { collection, id: id(removal.get(1)?)?, owner: removal.get(2).and_then(id) })
        });
        let withdrawn = kept.get("withdrawn").and_then(Json::as_array).into_iter().flatten();
        Some(Self {
            group: id(kept.get("group")?)?,
            again: kept.get("again")?.as_bool()?,
            gone: gone.collect::<Option<_>>()?,
            withdrawn: withdrawn.map(document).collect::<Option<_>>()?,
        })
    }
}

/// A test case that was stored or changed.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackCase {
    /// Its id.
    pub case: ObjectId,
    /// The former case, with the members that identify its regression; `None` when they did not change.
    pub withdrawn: Option<Document>,
}

impl TrackCase {
    /// The stored form.
    pub fn to_text(&self) -> String {
        match &self.withdrawn {
            None => self.case.to_string(),
            Some(case) => json!({"case": self.case.to_string(), "withdrawn": Value::Map(case.clone())}).to_string(),
        }
    }

    /// Parses the stored form; `None` for another value.
    pub fn from_text(text: &str) -> Option<Self> {
        if let Ok(case) = text.parse() {
            return Some(Self { case, withdrawn: None });
        }
        let kept: Json = serde_json::from_str(text).ok()?;
        let case = kept.get("case")?.as_str()?.parse().ok()?;
        Some(Self { case, withdrawn: Some(document(kept.get("withdrawn")?)?) })
    }
}

/// A document in its stored form.
fn document(json: &Json) -> Option<Document> {
    match from_json(json.clone()).ok()? {
        Value::Map(document) => Some(document),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> ObjectId {
        ObjectId::derived("test", [name])
    }

    #[test]
    fn what_is_kept_with_a_task_is_read_back() {
        let case = Document::from([("_id", Value::Id(id("case"))), ("kernel", Value::from("v1"))]);
        let removal = |owner| Removal { collection: &TEST_CASE, id: id("gone"), owner };
        let stored = TrackGroup {
            group: id("group"),
            again: true,
            gone: vec![removal(None), removal(Some(id("group")))],
            withdrawn: vec![case.clone()],
        };
        assert_eq!(TrackGroup::from_text(&stored.to_text()), Some(stored));
        for withdrawn in [None, Some(case)] {
            let changed = TrackCase { case: id("case"), withdrawn };
            assert_eq!(TrackCase::from_text(&changed.to_text()), Some(changed));
        }
    }

    #[test]
    fn a_removal_without_an_owner_is_read() {
        let (group, gone) = (id("group"), id("gone"));
        let text = format!(r#"{{"group":"{group}","again":true,"gone":[["test_case","{gone}"]]}}"#);
        let read = TrackGroup::from_text(&text).unwrap();
        assert_eq!(read.gone, [Removal { collection: &TEST_CASE, id: gone, owner: None }]);
    }
}
