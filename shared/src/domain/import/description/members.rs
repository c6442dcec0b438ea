//! Reading the members of a JSON object as the type that their field has.

use serde_json::{Map, Value, json};

use super::DescriptionError;
use crate::{collections::FieldKind, domain::given};

/// Names become parts of storage and index keys, and those may not be longer.
pub const MAX_NAME: usize = 1024;
const SHOWN_CHARACTERS: usize = 60;
/// Up to here every whole number is exact in any JSON reader.
const LARGEST_NUMBER: u64 = (1 << 53) - 1;

/// Whether a number may come as a string of digits, which old senders did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Digits {
    Refused,
    Read,
}

/// An object, or the lack of one, and where it stands in what was sent.
#[derive(Debug, Clone)]
pub(super) struct Members<'a> {
    place: String,
    members: Option<&'a Map<String, Value>>,
}

impl<'a> Members<'a> {
    pub(super) fn top(members: &'a Map<String, Value>) -> Self {
        Members { place: String::new(), members: Some(members) }
    }

    pub(super) fn read(place: String, value: Option<&'a Value>) -> Result<Self, DescriptionError> {
        match value {
            None | Some(Value::Null) => Ok(Members { place, members: None }),
            Some(Value::Object(members)) => Ok(Members { place, members: Some(members) }),
            Some(other) => Err(wrong_type(place, other, "an object")),
        }
    }

    pub(super) fn place_of(&self, key: &str) -> String {
        if self.place.is_empty() { shown_text(key) } else { format!("{}.{}", self.place, shown_text(key)) }
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.members?.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn part(&self, key: &str) -> Result<Members<'a>, DescriptionError> {
        Members::read(self.place_of(key), self.get(key))
    }

    pub(super) fn list(&self, key: &str) -> Result<&'a [Value], DescriptionError> {
        match self.get(key) {
            None => Ok(&[]),
            Some(Value::Array(items)) => Ok(items),
            Some(other) => Err(wrong_type(self.place_of(key), other, "a list")),
        }
    }

    pub(super) fn texts(&self, key: &str) -> Result<Vec<&'a str>, DescriptionError> {
        let place = |index| format!("{}[{index}]", self.place_of(key));
        self.list(key)?
            .iter()
            .enumerate()
            .map(|(index, item)| item.as_str().ok_or_else(|| wrong_type(place(index), item, "a string")))
            .collect()
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>, DescriptionError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong_type(self.place_of(key), other, "a string")),
        }
    }

    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, DescriptionError> {
        match self.get(key) {
            None => Ok(None),
            Some(value) => match given::truth(value) {
                None => Err(wrong_type(self.place_of(key), value, "true or false")),
                truth => Ok(truth),
            },
        }
    }

    /// Senders write an empty string where they have no file and no name.
    pub(super) fn non_empty(&self, key: &str) -> Result<Option<&'a str>, DescriptionError> {
        let text = self.text(key)?.filter(|text| !text.is_empty());
        match text {
            Some(text) if text.chars().count() > MAX_NAME => {
                Err(self.wrong_value(key, "is longer than 1024 characters"))
            }
            text => Ok(text),
        }
    }

    pub(super) fn named(&self, key: &str) -> Result<&'a str, DescriptionError> {
        match self.non_empty(key)? {
            Some(text) => Ok(text),
            None if self.get(key).is_some() => Err(self.wrong_value(key, "is empty")),
            None => Err(DescriptionError::Missing { place: self.place_of(key) }),
        }
    }

    /// A text that must be there and may be empty.
    pub(super) fn stated(&self, key: &str) -> Result<&'a str, DescriptionError> {
        match self.non_empty(key)? {
            Some(text) => Ok(text),
            None if self.get(key).is_some() => Ok(""),
            None => Err(DescriptionError::Missing { place: self.place_of(key) }),
        }
    }

    /// A name of a tree or revision: one step of a storage path.
    pub(super) fn revision_name(&self, key: &str) -> Result<&'a str, DescriptionError> {
        let name = self.named(key)?;
        if name.starts_with('.') || name.contains(['$', '/']) {
            return Err(self.wrong_value(key, "may not start with '.' nor hold '$' or '/'"));
        }
        check_inside(name, || self.place_of(key))?;
        Ok(name)
    }

    pub(super) fn branch(&self, key: &str) -> Result<&'a str, DescriptionError> {
        let branch = self.named_path(key)?;
        match branch.strip_prefix("local/") {
            Some("") => Err(self.wrong_value(key, "names no branch")),
            stripped => Ok(stripped.unwrap_or(branch)),
        }
    }

    /// A path that stays below the folder it starts in.
    pub(super) fn path(&self, key: &str) -> Result<Option<&'a str>, DescriptionError> {
        let path = self.non_empty(key)?;
        path.map_or(Ok(()), |path| check_inside(path, || self.place_of(key)))?;
        Ok(path)
    }

    pub(super) fn named_path(&self, key: &str) -> Result<&'a str, DescriptionError> {
        self.named(key)?;
        self.path(key)?.ok_or_else(|| DescriptionError::Missing { place: self.place_of(key) })
    }

    /// A path without the slash at its end: the caller joins folders and files with one.
    pub(super) fn folder(&self, key: &str) -> Result<Option<&'a str>, DescriptionError> {
        Ok(self.path(key)?.map(|path| path.trim_end_matches('/')))
    }

    pub(super) fn check_paths(&self, key: &str, paths: &[&str]) -> Result<(), DescriptionError> {
        paths
            .iter()
            .enumerate()
            .try_for_each(|(index, path)| check_inside(path, || format!("{}[{index}]", self.place_of(key))))
    }

    pub(super) fn value(&self, key: &str, kind: FieldKind, digits: Digits) -> Result<Option<Value>, DescriptionError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        match kind {
            FieldKind::Number => self.number(key, digits).map(Some),
            FieldKind::Integer => self.whole(key, digits).map(Some),
            FieldKind::List => Ok(Some(json!(self.texts(key)?))),
            FieldKind::Texts if value.is_string() => Ok(Some(value.clone())),
            FieldKind::Texts => Ok(Some(json!(self.texts(key)?))),
            FieldKind::Object if value.is_object() => Ok(Some(value.clone())),
            FieldKind::Object => Err(wrong_type(self.place_of(key), value, "an object")),
            FieldKind::Bool => Ok(self.flag(key)?.map(Value::from)),
            FieldKind::Text | FieldKind::Id | FieldKind::Date | FieldKind::Secret => {
                Ok(self.text(key)?.map(Value::from))
            }
            FieldKind::BoolOrText | FieldKind::Other => Ok(Some(value.clone())),
        }
    }

    fn whole(&self, key: &str, digits: Digits) -> Result<Value, DescriptionError> {
        let number = self.number(key, digits)?;
        let whole = number.as_u64().or_else(|| {
            // `5.0` is a whole number to JSON Schema, and to senders whose language has one type of number.
            number.as_f64().filter(|float| float.fract() == 0.0).map(|float| float as u64)
        });
        whole.map(Value::from).ok_or_else(|| wrong_type(self.place_of(key), &number, "a whole number"))
    }

    fn number(&self, key: &str, digits: Digits) -> Result<Value, DescriptionError> {
        let value = self.get(key).unwrap_or(&Value::Null);
        let read = match value {
            Value::String(_) if digits == Digits::Refused => None,
            value => given::number(value),
        };
        let Some(number) = read else { return Err(wrong_type(self.place_of(key), value, "a number")) };
        let in_range = number.as_f64().is_some_and(|number| (0.0..=LARGEST_NUMBER as f64).contains(&number));
        if in_range { Ok(Value::Number(number)) } else { Err(self.wrong_value(key, "is out of range")) }
    }

    pub(super) fn wrong_value(&self, key: &str, fault: &'static str) -> DescriptionError {
        let value = shown(self.get(key).unwrap_or(&Value::Null));
        DescriptionError::WrongValue { place: self.place_of(key), value, fault }
    }
}

fn check_inside(path: &str, place: impl FnOnce() -> String) -> Result<(), DescriptionError> {
    let fault = if path.is_empty() {
        "is empty"
    } else if path.starts_with('/') || path.split('/').any(|step| step == "..") {
        "leaves the folder"
    } else if path.contains(char::is_control) {
        "holds a control character"
    } else {
        return Ok(());
    };
    Err(DescriptionError::WrongValue { place: place(), value: shown(&Value::from(path)), fault })
}

fn wrong_type(place: String, value: &Value, expected: &'static str) -> DescriptionError {
    let place = if place.is_empty() { "the body".to_owned() } else { place };
    DescriptionError::WrongType { place, value: shown(value), expected }
}

/// A value as an error text may hold it.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("\"{}\"", shown_text(text)),
        Value::Array(items) if items.is_empty() => "an empty list".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// A text without control characters, cut short.
pub(super) fn shown_text(text: &str) -> String {
    let clean = |character: char| if character.is_control() { ' ' } else { character };
    if text.chars().nth(SHOWN_CHARACTERS).is_none() {
        return text.chars().map(clean).collect();
    }
    text.chars().take(SHOWN_CHARACTERS - 3).map(clean).chain("...".chars()).collect()
}
