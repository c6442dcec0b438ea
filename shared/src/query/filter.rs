//! What a request selects: typed conditions on the fields of a collection.

use super::{Arguments, BadArgument, period, read::read_value};
use crate::{
    collections::{Collection, Field, FieldKind},
    time::Timestamp,
    value::{Value, compare},
};

/// The most values that all filters of a request may have, ids of documents apart: what fits into one expression of
/// DynamoDB.
pub const MAX_VALUES: usize = 300;

/// A condition on one field.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// The value is one of these; `null` stands for null and absent.
    OneOf {
        /// The member.
        member: &'static str,
        /// Whether a list matches by any of its values.
        lists: bool,
        /// The values, in the order in which they were given.
        values: Vec<Value>,
        /// Whether null and absent match.
        null: bool,
    },
    /// The value is of the bounds' type, not less than the first and less than the second.
    Range {
        /// The member.
        member: &'static str,
        /// The least value.
        from: Option<Value>,
        /// What the value is less than.
        below: Option<Value>,
    },
}

impl Condition {
    /// Reads the arguments of a field's name; `None` where they are no filter.
    ///
    /// # Errors
    /// A value cannot be read in the field's type.
    pub fn read(field: &'static Field, arguments: &Arguments) -> Result<Option<Self>, BadArgument> {
        one_of(field, arguments)
    }

    /// How many values of an expression it takes: documents are got by their ids, without one.
    fn weight(&self) -> usize {
        match self {
            Self::OneOf { member: "_id", .. } | Self::Range { .. } => 0,
            // A list is looked through value by value, which takes four times the text.
            Self::OneOf { lists, values, .. } => values.len() * if *lists { 4 } else { 1 },
        }
    }

    /// The member that it is about.
    pub fn member(&self) -> &'static str {
        match self {
            Self::OneOf { member, .. } | Self::Range { member, .. } => member,
        }
    }
}

/// What is asked of `created_on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Created {
    /// Nothing.
    #[default]
    Any,
    /// It is null or absent.
    Null,
    /// It is a date, not before `from` and before `below`.
    Within {
        /// The earliest date.
        from: Option<Timestamp>,
        /// The first date that is too late.
        below: Option<Timestamp>,
    },
}

/// All conditions of a request; a document matches where all of them hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    /// The conditions on all fields but `created_on`.
    pub conditions: Vec<Condition>,
    /// The condition on `created_on`.
    pub created: Created,
}

impl Filter {
    /// Reads the filters of `collection` among the arguments. Names that are no filter of it are not looked at.
    ///
    /// # Errors
    /// An argument that is a filter and cannot be read.
    pub fn read(collection: &Collection, arguments: &Arguments, now: Timestamp) -> Result<Self, BadArgument> {
        let mut filter = Self::default();
        for field in collection.fields.iter().filter(|field| field.name != "created_on") {
            if field.kind == FieldKind::Secret && arguments.has(field.name) {
                return Err(BadArgument::because(field.name, "a secret is no filter"));
            }
            if !field.filter {
                continue;
            }
            if let Some(condition) = one_of(field, arguments)? {
                filter.add(condition)?;
            }
        }
        let mut from = bounds(collection, arguments, "gte")?;
        let mut below = bounds(collection, arguments, "lt")?;
        filter.created = created(arguments, now, take(&mut from, "created_on"), take(&mut below, "created_on"))?;
        while let Some((member, value)) = from.pop() {
            let below = take(&mut below, member);
            filter.conditions.push(Condition::Range { member, from: Some(value), below });
        }
        let only_below = below.into_iter();
        filter.conditions.extend(only_below.map(|(member, value)| Condition::Range {
            member,
            from: None,
            below: Some(value),
        }));
        Ok(filter)
    }

    /// The same filter with one more condition.
    ///
    /// # Errors
    /// All conditions together have more values than an expression holds.
    pub fn add(&mut self, condition: Condition) -> Result<(), BadArgument> {
        let member = condition.member();
        self.conditions.push(condition);
        match self.conditions.iter().map(Condition::weight).sum::<usize>() > MAX_VALUES {
            true => Err(BadArgument::because(member, format!("all filters have more than {MAX_VALUES} values"))),
            false => Ok(()),
        }
    }

    /// The filter that one member has exactly one value.
    pub fn equals(member: &'static str, value: impl Into<Value>) -> Self {
        let condition = Condition::OneOf { member, lists: false, values: vec![value.into()], null: false };
        Self { conditions: vec![condition], created: Created::Any }
    }
}

fn one_of(field: &'static Field, arguments: &Arguments) -> Result<Option<Condition>, BadArgument> {
    let (mut values, mut null) = (Vec::new(), false);
    for text in arguments.all(field.name).filter(|text| !text.is_empty()) {
        if text == "null" {
            null = true;
            continue;
        }
        let value = read_value(field.name, field, text)?;
        if !values.contains(&value) {
            values.push(value);
        }
    }
    let condition = Condition::OneOf { member: field.member(), lists: field.kind == FieldKind::Texts, values, null };
    Ok(match &condition {
        Condition::OneOf { values, null: false, .. } if values.is_empty() => None,
        _ => Some(condition),
    })
}

type Bounds = Vec<(&'static str, Value)>;

fn bounds(collection: &Collection, arguments: &Arguments, operator: &str) -> Result<Bounds, BadArgument> {
    let mut bounds: Bounds = Vec::new();
    for text in arguments.all(operator) {
        let (name, value) = text.split_once(',').ok_or_else(|| BadArgument::value(operator, text, "field,value"))?;
        let (name, value) = (name.trim(), value.trim());
        let field = collection
            .filter(name)
            .ok_or_else(|| BadArgument::value(operator, name, "a field that can be compared"))?;
        if matches!(value, "" | "null") {
            return Err(BadArgument::because(operator, format!("'{name}' needs a value to be compared with")));
        }
        if !field.kind.has_order() {
            return Err(BadArgument::because(operator, format!("'{name}' has no order")));
        }
        let value = read_value(operator, field, value)?;
        take(&mut bounds, field.member());
        bounds.push((field.member(), value));
    }
    Ok(bounds)
}

fn take(bounds: &mut Bounds, member: &str) -> Option<Value> {
    let at = bounds.iter().position(|(other, _)| *other == member)?;
    Some(bounds.remove(at).1)
}

fn created(
    arguments: &Arguments,
    now: Timestamp,
    from: Option<Value>,
    below: Option<Value>,
) -> Result<Created, BadArgument> {
    let period = period::read(arguments, now)?;
    let bounds = [from.as_ref().and_then(Value::as_date), below.as_ref().and_then(Value::as_date)];
    if period.is_none() && bounds == [None, None] {
        return Ok(if arguments.last("created_on") == Some("null") { Created::Null } else { Created::Any });
    }
    let [from, below] = bounds;
    // `null` beside a range selects nothing, as any equality that a range excludes.
    if period.is_none() && arguments.last("created_on") == Some("null") {
        let never = Timestamp::from_milliseconds(0);
        return Ok(Created::Within { from: Some(never), below: Some(never) });
    }
    let later = [from, period.map(|(from, _)| from)].into_iter().flatten().max();
    let earlier = [below, period.map(|(_, below)| below)].into_iter().flatten().min();
    Ok(Created::Within { from: later, below: earlier })
}

impl Created {
    /// Whether a `created_on` satisfies it.
    pub fn holds(self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Any, _) | (Self::Null, None | Some(Value::Null)) => true,
            (Self::Within { from, below }, Some(Value::Date(date))) => {
                from.is_none_or(|from| *date >= from) && below.is_none_or(|below| *date < below)
            }
            _ => false,
        }
    }
}

impl Condition {
    /// Whether the value of the member, `None` where it is absent, satisfies the condition.
    pub fn holds(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::OneOf { null, .. }, None | Some(Value::Null)) => *null,
            (Self::OneOf { values, lists: true, .. }, Some(Value::List(list))) => {
                list.iter().any(|value| values.contains(value))
            }
            (Self::OneOf { values, .. }, Some(value)) => values.iter().any(|wanted| same(wanted, value)),
            (Self::Range { from, below, .. }, value) => {
                let beside = |bound: &Value| {
                    value.filter(|value| same_kind(bound, value)).map(|value| compare(Some(value), Some(bound)))
                };
                from.as_ref().is_none_or(|bound| beside(bound).is_some_and(std::cmp::Ordering::is_ge))
                    && below.as_ref().is_none_or(|bound| beside(bound).is_some_and(std::cmp::Ordering::is_lt))
            }
        }
    }
}

fn same(a: &Value, b: &Value) -> bool {
    same_kind(a, b) && compare(Some(a), Some(b)).is_eq()
}

fn same_kind(a: &Value, b: &Value) -> bool {
    use Value::{Bool, Date, Float, Id, Integer, Text};
    matches!(
        (a, b),
        (Text(_), Text(_))
            | (Integer(_) | Float(_), Integer(_) | Float(_))
            | (Bool(_), Bool(_))
            | (Id(_), Id(_))
            | (Date(_), Date(_))
    )
}
