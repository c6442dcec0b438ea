//! Documents as items: attributes are native, dates are numbers, ids are texts.

use std::borrow::Cow;

use super::attribute::AttributeValue;
pub(super) use super::attribute::Item;
use super::keys::{ID, ORDER, index_key, order};
use crate::{
    collections::{Collection, FieldKind},
    time::Timestamp,
    value::{Document, Value},
};

/// Around a value whose type is not the one that its place implies. No document has a member of such a name: requests
/// and loaded documents with names that start with `$` are refused.
const ID_OF: &str = "$oid";
const DATE_OF: &str = "$date";
const TEXT_OF: &str = "$text";
const NUMBER_OF: &str = "$number";

/// The deepest nesting that an item holds; DynamoDB takes 32 levels, some of which are ours.
pub const MAX_DEPTH: usize = 24;

/// A document that cannot be an item, or an item that is no document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// The document has no `_id`.
    #[error("a document without _id")]
    NoId,
    /// A member's name is one that items keep for themselves.
    #[error("the name '{0}' is reserved")]
    Reserved(String),
    /// Lists and objects within each other, too deep.
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// A member without a name.
    #[error("a member has no name")]
    NoName,
    /// A time that documents cannot be listed by.
    #[error("created_on is neither null nor a date of the years 0 to 9999")]
    CreatedOn,
    /// An attribute of the item is not what it should be.
    #[error("attribute '{0}' is damaged")]
    Damaged(String),
    /// The operating system has no random numbers.
    #[error("there are no random numbers")]
    NoRandomness,
    /// The document is too long to be stored even in parts.
    #[error("the document is too long: {0} bytes")]
    TooLong(usize),
}

impl ItemError {
    /// Whether the document is at fault that somebody sent, and not what is stored.
    pub fn is_callers(&self) -> bool {
        matches!(self, Self::Reserved(_) | Self::TooDeep | Self::NoName | Self::CreatedOn | Self::TooLong(_))
    }
}

/// Whether a document can be stored: its names are its own, it is not too deep, and it has a place in time.
pub(super) fn check(document: &Document) -> Result<(), ItemError> {
    for (name, value) in document.iter().filter(|(name, _)| *name != ID) {
        if name.starts_with('_') {
            return Err(ItemError::Reserved(name.to_string()));
        }
        check_name(name)?;
        check_value(value, 0)?;
    }
    match document.get("created_on") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::Date(date)) if date.month().is_some() => Ok(()),
        Some(_) => Err(ItemError::CreatedOn),
    }
}

fn check_name(name: &str) -> Result<(), ItemError> {
    match name.chars().next() {
        None => Err(ItemError::NoName),
        Some('$') => Err(ItemError::Reserved(name.to_owned())),
        Some(_) => Ok(()),
    }
}

fn check_value(value: &Value, depth: usize) -> Result<(), ItemError> {
    if depth > MAX_DEPTH {
        return Err(ItemError::TooDeep);
    }
    match value {
        Value::List(list) => list.iter().try_for_each(|value| check_value(value, depth + 1)),
        Value::Map(map) => map.iter().try_for_each(|(name, value)| {
            check_name(name)?;
            check_value(value, depth + 1)
        }),
        _ => Ok(()),
    }
}

/// The item of a document: its members, and the keys of the indexes that it is in.
pub(super) fn to_item(collection: &Collection, document: &Document) -> Result<Item, ItemError> {
    let id = document.get(ID).and_then(Value::as_id).ok_or(ItemError::NoId)?.to_string();
    let mut item = Item::with_capacity(document.len() + collection.indexes.len() + 1);
    for (name, value) in document.iter().filter(|(name, _)| *name != ID) {
        item.insert(name.to_string(), attribute(kind(collection, name), value));
    }
    for index in collection.indexes {
        if let Some(key) = index_key(collection, index, document) {
            item.insert(index.attribute.to_owned(), AttributeValue::S(key));
        }
    }
    item.insert(ORDER.to_owned(), AttributeValue::S(order(document.get("created_on"), &id)));
    item.insert(ID.to_owned(), AttributeValue::S(id));
    Ok(item)
}

/// The document of an item's attributes, or of those that an index carries.
pub(super) fn to_document(
    collection: &Collection,
    attributes: impl IntoIterator<Item = (String, AttributeValue)>,
) -> Result<Document, ItemError> {
    let of_document = attributes.into_iter().filter(|(name, _)| !name.starts_with('_') || name == ID);
    let members = of_document.map(|(name, attribute)| {
        // Every document has an id, whatever its collection's table says.
        let kind = if name == ID { FieldKind::Id } else { kind(collection, &name) };
        match value(kind, attribute) {
            Some(value) if name != ID || value.as_id().is_some() => Ok((name, value)),
            _ => Err(ItemError::Damaged(name)),
        }
    });
    members.collect()
}

/// What the place of a member implies for its value. A member that a filter of another name compares is its own.
pub(super) fn kind(collection: &Collection, name: &str) -> FieldKind {
    collection.field(name).map_or(FieldKind::Other, |field| field.kind)
}

/// The attribute of a value in a place of that kind.
pub(super) fn attribute(kind: FieldKind, value: &Value) -> AttributeValue {
    let nested = |value: &Value| attribute(FieldKind::Other, value);
    let wrapped = |name: &str, inner: AttributeValue| AttributeValue::M([(name.to_owned(), inner)].into());
    match (value, kind) {
        (Value::Null, _) => AttributeValue::Null,
        (Value::Bool(truth), _) => AttributeValue::Bool(*truth),
        (Value::Id(id), FieldKind::Id) => AttributeValue::S(id.to_string()),
        (Value::Id(id), _) => wrapped(ID_OF, AttributeValue::S(id.to_string())),
        (Value::Date(date), FieldKind::Date) => AttributeValue::N(date.milliseconds().to_string()),
        (Value::Date(date), _) => wrapped(DATE_OF, AttributeValue::N(date.milliseconds().to_string())),
        (Value::Text(text), FieldKind::Id) => wrapped(TEXT_OF, AttributeValue::S(text.to_string())),
        (Value::Text(text), _) => AttributeValue::S(text.to_string()),
        (Value::Integer(number), FieldKind::Date) => wrapped(NUMBER_OF, AttributeValue::S(number.to_string())),
        (Value::Integer(number), _) => AttributeValue::N(number.to_string()),
        (Value::Float(number), kind) if kind == FieldKind::Date || !fits(*number) => {
            wrapped(NUMBER_OF, AttributeValue::S(number.to_string()))
        }
        (Value::Float(number), _) => AttributeValue::N(number.to_string()),
        (Value::List(list), _) => AttributeValue::L(list.iter().map(nested).collect()),
        (Value::Map(map), _) => {
            AttributeValue::M(map.iter().map(|(name, value)| (name.to_string(), nested(value))).collect())
        }
    }
}

// DynamoDB's numbers have 38 digits and exponents from -130 to 125.
fn fits(number: f64) -> bool {
    number == 0.0 || (1e-120..1e120).contains(&number.abs())
}

/// The value of an attribute in a place of that kind; `None` where there is no such value.
pub(super) fn value(kind: FieldKind, attribute: AttributeValue) -> Option<Value> {
    Some(match attribute {
        AttributeValue::Null => Value::Null,
        AttributeValue::Bool(truth) => Value::Bool(truth),
        AttributeValue::S(inner) => text(kind, inner.into())?,
        AttributeValue::N(inner) => digits(kind, &inner)?,
        AttributeValue::L(list) => {
            Value::List(list.into_iter().map(|inner| value(FieldKind::Other, inner)).collect::<Option<_>>()?)
        }
        AttributeValue::M(map) => {
            let members = map.into_iter().map(|(name, inner)| Some((name, value(FieldKind::Other, inner)?)));
            unwrapped(members.collect::<Option<_>>()?)?
        }
        _ => return None,
    })
}

/// The value of a text in a place of that kind.
pub(super) fn text(kind: FieldKind, text: Cow<'_, str>) -> Option<Value> {
    match kind {
        FieldKind::Id => text.parse().ok().map(Value::Id),
        _ => Some(Value::Text(text.into())),
    }
}

/// The value of a number's digits in a place of that kind.
pub(super) fn digits(kind: FieldKind, digits: &str) -> Option<Value> {
    match kind {
        FieldKind::Date => digits.parse().ok().map(|number| Value::Date(Timestamp::from_milliseconds(number))),
        _ => number(digits),
    }
}

fn number(text: &str) -> Option<Value> {
    text.parse().map(Value::Integer).ok().or_else(|| text.parse().map(Value::Float).ok())
}

/// The value of an object, which may be one around a value of another type.
pub(super) fn unwrapped(members: Document) -> Option<Value> {
    if members.len() == 1
        && let Some((name, inner)) = members.first()
    {
        match (name.as_str(), inner) {
            (ID_OF, Value::Text(text)) => return Some(Value::Id(text.parse().ok()?)),
            (DATE_OF, Value::Integer(number)) => return Some(Value::Date(Timestamp::from_milliseconds(*number))),
            (TEXT_OF, Value::Text(text)) => return Some(Value::Text(text.clone())),
            (NUMBER_OF, Value::Text(text)) => return number(text),
            _ => {}
        }
    }
    Some(Value::Map(members))
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::collections::{BUILD, JOB};

    pub(in crate::store) fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Integer),
            any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(Value::Float),
            ".*".prop_map(Value::from),
            "[0-9a-f]{24}".prop_map(|text| Value::Id(text.parse().unwrap())),
            "[0-9a-f]{24}".prop_map(Value::from),
            any::<i64>().prop_map(|ms| Value::Date(Timestamp::from_milliseconds(ms))),
        ];
        leaf.prop_recursive(3, 20, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
                prop::collection::btree_map("[a-z]{1,5}", inner, 0..5)
                    .prop_map(|members| Value::Map(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_document_comes_back_as_it_was(
            members in prop::collection::btree_map(
                prop_oneof![Just("job"), Just("created_on"), Just("job_id"), Just("errors"), Just("private"), Just("extra")],
                any_value(), 0..6)
        ) {
            let mut document: Document = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            document.insert("_id".to_owned(), Value::Id("5e79f370f870c5da21eece6d".parse().unwrap()));
            for collection in [&JOB, &BUILD] {
                let back = to_document(collection, to_item(collection, &document).unwrap()).unwrap();
                // A whole number and the equal fraction are one number to DynamoDB, and to JSON.
                prop_assert_eq!(normal(&Value::Map(back)), normal(&Value::Map(document.clone())));
            }
        }
    }

    fn normal(value: &Value) -> Value {
        match value {
            Value::Float(number) => super::number(&number.to_string()).unwrap(),
            Value::List(list) => Value::List(list.iter().map(normal).collect()),
            Value::Map(map) => Value::Map(map.iter().map(|(name, value)| (name.clone(), normal(value))).collect()),
            other => other.clone(),
        }
    }

    #[test]
    fn reserved_names_and_depth_are_refused() {
        let with = |name: &str, value: Value| {
            let id = Value::Id("5e79f370f870c5da21eece6d".parse().unwrap());
            check(&[("_id".to_owned(), id), (name.to_owned(), value)].into())
        };
        assert_eq!(with("_order", Value::Null), Err(ItemError::Reserved("_order".to_owned())));
        assert_eq!(with("$x", Value::Null), Err(ItemError::Reserved("$x".to_owned())));
        let deep = (0..40).fold(Value::Null, |inner, _| Value::List(vec![inner]));
        assert_eq!(with("a", deep), Err(ItemError::TooDeep));
        assert_eq!(with("", Value::Null), Err(ItemError::NoName));
        assert_eq!(with("created_on", Value::Integer(5)), Err(ItemError::CreatedOn));
        assert_eq!(to_item(&JOB, &Document::new()), Err(ItemError::NoId));
    }
}
