//! Reading groups and cases from JSON. What is wrong is said with the place where it is.

use serde_json::{Map, Value as Json};

use super::Group;
use crate::{
    collections::{Collection, TEST_CASE, TEST_GROUP},
    domain::{
        keys::{self, Checked, Rules},
        revision,
    },
    error::Error,
    query::shown,
    time::Timestamp,
    value::{Document, ObjectId, Value, from_json, members_from_json},
};

/// The units of measurements.
pub const UNITS: [&str; 7] = ["number", "integer", "time", "epoch", "watt", "volt", "string"];

/// How deep groups may lie in one another.
const MAX_DEPTH: usize = 8;

/// Keys whose values are read here, whatever the kind of their field is.
const OWN: [&str; 5] = ["attachments", "created_on", "measurements", "sub_groups", "test_cases"];

/// What is read, and what is to be said about it.
pub(super) struct GroupReader<'a> {
    /// Where in the request it is.
    place: String,
    /// What is to be said about keys that nobody knows.
    pub(super) warnings: &'a mut Vec<String>,
}

impl<'a> GroupReader<'a> {
    /// Reads the request itself.
    pub(super) fn new(warnings: &'a mut Vec<String>) -> Self {
        Self { place: String::new(), warnings }
    }

    fn within(&mut self, list: &str, place: usize) -> GroupReader<'_> {
        let place = format!("{}{list}[{place}].", self.place);
        GroupReader { place, warnings: self.warnings }
    }

    fn wrong(&self, key: &str, why: &str) -> Error {
        Error::InvalidJson(vec![format!("Key '{}{key}' {why}", self.place)])
    }

    fn placed(&self, error: Error) -> Error {
        match error {
            Error::InvalidJson(errors) if !self.place.is_empty() => {
                let place = self.place.trim_end_matches('.');
                Error::InvalidJson(errors.into_iter().map(|error| format!("{place}: {error}")).collect())
            }
            other => other,
        }
    }

    /// The keys of one object, checked, and its values as documents have them.
    pub(super) fn members(
        &mut self,
        collection: &'static Collection,
        body: Map<String, Json>,
        mandatory: &[&str],
        only: Option<&[&str]>,
    ) -> Result<(Map<String, Json>, Document), Error> {
        let rules = Rules { mandatory, only, own: &OWN };
        let Checked { mut members, warnings } =
            keys::check_with(collection, body, &rules).map_err(|error| self.placed(error))?;
        let place = self.place.trim_end_matches('.').to_owned();
        let said = |warning: String| if place.is_empty() { warning } else { format!("{place}: {warning}") };
        self.warnings.extend(warnings.into_iter().map(said));
        let mut read = Document::new();
        for name in ["created_on", "time"] {
            if let Some(value) = members.remove(name) {
                let date = if name == "time" { self.duration(&value) } else { self.date(&value) };
                read.insert(name.to_owned(), Value::Date(date?));
            }
        }
        for name in ["build_id", "job_id", "test_group_id"] {
            if let Some(Json::String(text)) = members.get(name) {
                let id: ObjectId = text.parse().map_err(|_| self.wrong(name, "holds no id of 24 hex digits"))?;
                members.remove(name);
                read.insert(name.to_owned(), Value::Id(id));
            }
        }
        let lists: Map<String, Json> =
            ["sub_groups", "test_cases"].into_iter().filter_map(|name| members.remove_entry(name)).collect();
        for name in ["measurements", "attachments"] {
            if let Some(value) = members.remove(name) {
                read.insert(name.to_owned(), self.objects(name, value)?);
            }
        }
        let rest = members_from_json(members).map_err(|error| self.wrong("", &error.to_string()))?;
        read.extend(rest);
        Ok((lists, read))
    }

    fn duration(&self, value: &Json) -> Result<Timestamp, Error> {
        let seconds = value.as_f64().filter(|seconds| *seconds >= 0.0);
        seconds.map(revision::duration).ok_or_else(|| self.wrong("time", "holds no number of seconds from 0"))
    }

    fn date(&self, value: &Json) -> Result<Timestamp, Error> {
        let date = match value {
            Json::Number(milliseconds) => milliseconds.as_i64().map(Timestamp::from_milliseconds),
            Json::String(text) => Timestamp::parse_day(text).or_else(|| Timestamp::parse_rfc3339(text)),
            other => from_json(other.clone()).ok().and_then(|value| value.as_date()),
        };
        date.filter(|date| date.month().is_some())
            .ok_or_else(|| self.wrong("created_on", "holds no date: a day, a time, or milliseconds since the epoch"))
    }

    /// A list of objects; a measurement has one of a few units.
    fn objects(&self, name: &str, value: Json) -> Result<Value, Error> {
        let Json::Array(mut list) = value else { return Err(self.wrong(name, "holds no list")) };
        for (place, object) in list.iter_mut().enumerate() {
            let key = format!("{name}[{place}]");
            let object = object.as_object_mut().ok_or_else(|| self.wrong(&key, "is no object"))?;
            keys::drop_nulls(object);
            match object.get("unit").filter(|_| name == "measurements") {
                None => {}
                Some(Json::String(unit)) if UNITS.contains(&unit.as_str()) => {}
                Some(other) => {
                    let (unit, units) = (shown(&other.to_string()), UNITS.join(", "));
                    let why = format!("holds the unit {unit}, not one of: {units}");
                    return Err(self.wrong(&key, &why));
                }
            }
        }
        from_json(Json::Array(list)).map_err(|error| self.wrong(name, &error.to_string()))
    }

    /// A group with all that is in it.
    pub(super) fn group(&mut self, body: Map<String, Json>, mandatory: &[&str]) -> Result<Group, Error> {
        self.group_below(body, mandatory, MAX_DEPTH)
    }

    fn group_below(&mut self, body: Map<String, Json>, mandatory: &[&str], deeper: usize) -> Result<Group, Error> {
        let (mut lists, members) = self.members(&TEST_GROUP, body, mandatory, None)?;
        let name = members.get("name").and_then(Value::as_text).unwrap_or_default();
        if !is_group_name(name) {
            return Err(Error::Invalid("Test group name not valid".to_owned()));
        }
        let mut cases = Vec::new();
        for (place, case) in self.list(lists.remove("test_cases"), "test_cases")?.into_iter().enumerate() {
            cases.push(self.within("test_cases", place).case(case, &["name"], None)?);
        }
        let mut sub_groups: Vec<Group> = Vec::new();
        for (place, group) in self.list(lists.remove("sub_groups"), "sub_groups")?.into_iter().enumerate() {
            let deeper = deeper.checked_sub(1).ok_or_else(|| self.wrong("sub_groups", "lies too deep in others"))?;
            let group = self.within("sub_groups", place).group_below(group, &["name"], deeper)?;
            let name = group.members.get("name");
            if sub_groups.iter().any(|other| other.members.get("name") == name) {
                return Err(self.wrong(&format!("sub_groups[{place}]"), "has the name of another sub-group"));
            }
            sub_groups.push(group);
        }
        Ok(Group { members, cases, sub_groups })
    }

    fn list(&self, value: Option<Json>, name: &str) -> Result<Vec<Map<String, Json>>, Error> {
        let list = match value {
            None => return Ok(Vec::new()),
            Some(Json::Array(list)) => list,
            Some(_) => return Err(self.wrong(name, "holds no list")),
        };
        let object = |(place, value): (usize, Json)| match value {
            Json::Object(members) => Ok(members),
            _ => Err(self.wrong(&format!("{name}[{place}]"), "is no object")),
        };
        list.into_iter().enumerate().map(object).collect()
    }

    /// A case.
    pub(super) fn case(
        &mut self,
        body: Map<String, Json>,
        mandatory: &[&str],
        only: Option<&[&str]>,
    ) -> Result<Document, Error> {
        let (_, mut members) = self.members(&TEST_CASE, body, mandatory, only)?;
        if members.get("name").is_some_and(|name| name.as_text().is_some_and(|name| name.trim().is_empty())) {
            return Err(self.wrong("name", "is empty"));
        }
        if let Some(asked) = members.get("status").and_then(Value::as_text) {
            let status = super::STATUSES.into_iter().find(|status| status.eq_ignore_ascii_case(asked));
            let why = || format!("holds '{}', not one of: {}", shown(asked), super::STATUSES.join(", "));
            let status = status.ok_or_else(|| self.wrong("status", &why()))?;
            members.insert("status", Value::from(status));
        }
        Ok(members)
    }
}

/// Letters, digits and `.-_+`, with a letter or digit at either end.
pub(super) fn is_group_name(name: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte);
    let ends = [name.bytes().next(), name.bytes().last()];
    name.bytes().all(is_inner) && ends.iter().all(|end| end.is_some_and(|byte| byte.is_ascii_alphanumeric()))
}
