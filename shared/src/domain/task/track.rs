//! The tasks that follow the write of test results, as they are stored.

use serde_json::{Value as Json, json};

use crate::{
    collections::{Collection, TEST_CASE, TEST_GROUP},
    store::Removal,
    value::{Document, ObjectId, Value, from_json},
};

/// A group that was stored.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackGroup {
    /// Its id.
    pub group: ObjectId,
    /// Whether it was there before.
    pub again: bool,
    /// What was in it before and has not been deleted with the write of the group.
    pub gone: Vec<Removal>,
    /// The cases that were in it before and may be in a regression for what they were, as far as a regression is found by
    /// them. Those that are in it now are judged anyway; the others are taken out.
    pub withdrawn: Vec<Document>,
}

impl TrackGroup {
    /// As it is kept with a task.
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

    /// Reads what was kept; `None` where that is something else.
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

/// A case that was stored or changed.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackCase {
    /// Its id.
    pub case: ObjectId,
    /// The case as it was, as far as a regression is found by it; `None` where the change left that alone.
    pub withdrawn: Option<Document>,
}

impl TrackCase {
    /// As it is kept with a task.
    pub fn to_text(&self) -> String {
        match &self.withdrawn {
            None => self.case.to_string(),
            Some(case) => json!({"case": self.case.to_string(), "withdrawn": Value::Map(case.clone())}).to_string(),
        }
    }

    /// Reads what was kept; `None` where that is something else.
    pub fn from_text(text: &str) -> Option<Self> {
        if let Ok(case) = text.parse() {
            return Some(Self { case, withdrawn: None });
        }
        let kept: Json = serde_json::from_str(text).ok()?;
        let case = kept.get("case")?.as_str()?.parse().ok()?;
        Some(Self { case, withdrawn: Some(document(kept.get("withdrawn")?)?) })
    }
}

/// A document as it is kept with a task.
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
