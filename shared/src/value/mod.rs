//! The values of documents, as clients of the API know them.

mod document;
mod json;
mod object_id;
mod order;
mod size;

use compact_str::CompactString;

pub use document::{Document, Members, Name};
pub use json::{FromJsonError, from_json, members_from_json};
pub use object_id::{ObjectId, ParseObjectIdError};
pub use order::compare;

use crate::time::Timestamp;

/// A value of a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A stored null, which is answered as null. An absent member has no value at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// Text. A short one takes no memory of its own.
    Text(CompactString),
    /// The identity of a document: `{"$oid": ".."}` in JSON.
    Id(ObjectId),
    /// A point in time: `{"$date": milliseconds}` in JSON.
    Date(Timestamp),
    /// A list.
    List(Vec<Value>),
    /// An object.
    Map(Document),
}

impl Value {
    /// The text, where this is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The identity, where this is one.
    pub fn as_id(&self) -> Option<ObjectId> {
        match self {
            Self::Id(id) => Some(*id),
            _ => None,
        }
    }

    /// The point in time, where this is one.
    pub fn as_date(&self) -> Option<Timestamp> {
        match self {
            Self::Date(date) => Some(*date),
            _ => None,
        }
    }

    /// The whole number, where this is one.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The list, where this is one.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<CompactString> for Value {
    fn from(text: CompactString) -> Self {
        Self::Text(text)
    }
}

impl From<ObjectId> for Value {
    fn from(id: ObjectId) -> Self {
        Self::Id(id)
    }
}

impl From<Timestamp> for Value {
    fn from(date: Timestamp) -> Self {
        Self::Date(date)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
