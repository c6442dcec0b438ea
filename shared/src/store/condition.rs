//! Conditions of writes and steps of updates, and what they mean. An engine that holds items itself evaluates them here;
//! the DynamoDB engine makes expressions of them.

use std::cmp::Ordering;

use super::{
    attribute::{AttributeValue, Item},
    keys::ID,
};

/// What a write demands of the item that is there.
#[derive(Debug, Clone)]
pub enum WriteCondition {
    /// There is no item of that key.
    NoItem,
    /// There is one.
    AnItem,
    /// The attribute is there.
    Has(&'static str),
    /// The attribute is not there.
    HasNot(&'static str),
    /// The attribute has this value.
    Is(&'static str, AttributeValue),
    /// The attribute is of the same kind as this value, and less.
    Less(&'static str, AttributeValue),
    /// All of these hold.
    All(Vec<WriteCondition>),
    /// One of these holds.
    Any(Vec<WriteCondition>),
}

impl WriteCondition {
    /// Whether it holds for the item that is there, if any.
    pub fn holds(&self, item: Option<&Item>) -> bool {
        let attribute = |name: &str| item.and_then(|item| item.get(name));
        let order = |name: &str, value: &AttributeValue| attribute(name).and_then(|stored| compare(stored, value));
        match self {
            Self::NoItem => item.is_none(),
            Self::AnItem => item.is_some(),
            Self::Has(name) => attribute(name).is_some(),
            Self::HasNot(name) => attribute(name).is_none(),
            Self::Is(name, value) => order(name, value) == Some(Ordering::Equal),
            Self::Less(name, value) => order(name, value) == Some(Ordering::Less),
            Self::All(demands) => demands.iter().all(|demand| demand.holds(item)),
            Self::Any(demands) => demands.iter().any(|demand| demand.holds(item)),
        }
    }
}

/// One step of an update.
#[derive(Debug, Clone)]
pub enum UpdateAction {
    /// The attribute gets this value.
    Set(String, AttributeValue),
    /// The attribute goes.
    Remove(String),
    /// These texts are added to a set, or this number to a number. An attribute that is not there is an empty set, or 0.
    Add(String, AttributeValue),
}

/// A step that does not fit the attribute that is there, by the attribute's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("attribute '{0}' is of a kind to which nothing can be added")]
pub struct BadUpdateAction(String);

impl UpdateAction {
    /// Changes an item as the step says.
    ///
    /// # Errors
    /// Something is to be added to an attribute of another kind.
    pub fn apply(&self, item: &mut Item) -> Result<(), BadUpdateAction> {
        match self {
            Self::Set(name, value) => drop(item.insert(name.clone(), value.clone())),
            Self::Remove(name) => drop(item.remove(name)),
            Self::Add(name, value) => {
                let sum = sum(item.get(name), value).ok_or_else(|| BadUpdateAction(name.clone()))?;
                item.insert(name.clone(), sum);
            }
        }
        Ok(())
    }

    /// The item that an update makes of the one of that key, or of none.
    ///
    /// # Errors
    /// As [`UpdateAction::apply`].
    pub fn apply_all(steps: &[Self], key: &str, item: Option<Item>) -> Result<Item, BadUpdateAction> {
        let mut item = item.unwrap_or_else(|| [(ID.to_owned(), AttributeValue::S(key.to_owned()))].into());
        steps.iter().try_for_each(|step| step.apply(&mut item))?;
        Ok(item)
    }
}

fn sum(stored: Option<&AttributeValue>, added: &AttributeValue) -> Option<AttributeValue> {
    match (stored, added) {
        (None, AttributeValue::N(_) | AttributeValue::Ss(_)) => Some(added.clone()),
        (Some(AttributeValue::N(stored)), AttributeValue::N(added)) => {
            let sum = stored.parse::<i64>().ok()?.checked_add(added.parse().ok()?)?;
            Some(AttributeValue::N(sum.to_string()))
        }
        (Some(AttributeValue::Ss(stored)), AttributeValue::Ss(added)) => {
            let new = added.iter().filter(|text| !stored.contains(text));
            Some(AttributeValue::Ss(stored.iter().chain(new).cloned().collect()))
        }
        _ => None,
    }
}

/// The order of two attributes of one kind; `None` where they cannot be compared.
fn compare(a: &AttributeValue, b: &AttributeValue) -> Option<Ordering> {
    use AttributeValue::{B, Bool, N, Null, S};
    match (a, b) {
        (S(a), S(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
        (N(a), N(b)) => match (a.parse::<i64>(), b.parse::<i64>()) {
            (Ok(a), Ok(b)) => Some(a.cmp(&b)),
            _ => a.parse::<f64>().ok()?.partial_cmp(&b.parse().ok()?),
        },
        (B(a), B(b)) => Some(a.cmp(b)),
        (Bool(a), Bool(b)) if a == b => Some(Ordering::Equal),
        (Null, Null) => Some(Ordering::Equal),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(digits: &str) -> AttributeValue {
        AttributeValue::N(digits.to_owned())
    }

    fn item() -> Item {
        [("_id", AttributeValue::S("a".to_owned())), ("n", number("9")), ("t", AttributeValue::Null)]
            .map(|(name, value)| (name.to_owned(), value))
            .into()
    }

    #[test]
    fn a_condition_on_nothing_holds_only_where_it_demands_nothing() {
        let holds = |demand: WriteCondition| (demand.holds(None), demand.holds(Some(&item())));
        assert_eq!(holds(WriteCondition::NoItem), (true, false));
        assert_eq!(holds(WriteCondition::AnItem), (false, true));
        assert_eq!(holds(WriteCondition::Has("t")), (false, true));
        assert_eq!(holds(WriteCondition::HasNot("x")), (true, true));
        assert_eq!(holds(WriteCondition::Any(vec![])), (false, false));
        assert_eq!(
            holds(WriteCondition::All(vec![WriteCondition::NoItem, WriteCondition::HasNot("n")])),
            (true, false)
        );
    }

    #[test]
    fn numbers_compare_as_numbers_and_with_nothing_else() {
        let item = item();
        let holds = |demand: WriteCondition| demand.holds(Some(&item));
        assert!(holds(WriteCondition::Less("n", number("10"))) && !holds(WriteCondition::Less("n", number("9"))));
        assert!(
            holds(WriteCondition::Is("n", number("9.0")))
                && !holds(WriteCondition::Is("n", AttributeValue::S("9".to_owned())))
        );
        assert!(
            !holds(WriteCondition::Less("n", AttributeValue::S("z".to_owned())))
                && !holds(WriteCondition::Less("x", number("1")))
        );
    }

    #[test]
    fn an_update_of_nothing_makes_an_item() {
        let texts = |texts: &[&str]| AttributeValue::Ss(texts.iter().map(|text| (*text).to_owned()).collect());
        let steps = [
            UpdateAction::Add("n".to_owned(), number("-2")),
            UpdateAction::Add("s".to_owned(), texts(&["x", "y"])),
            UpdateAction::Set("a".to_owned(), AttributeValue::Null),
            UpdateAction::Remove("b".to_owned()),
        ];
        let made = UpdateAction::apply_all(&steps, "k", None).unwrap();
        assert_eq!((made.len(), &made["_id"], &made["n"]), (4, &AttributeValue::S("k".to_owned()), &number("-2")));
        let again =
            UpdateAction::apply_all(&[UpdateAction::Add("s".to_owned(), texts(&["y", "z"]))], "k", Some(made)).unwrap();
        assert_eq!(again["s"], texts(&["x", "y", "z"]));
        assert_eq!(
            UpdateAction::Add("a".to_owned(), number("1")).apply(&mut again.clone()),
            Err(BadUpdateAction("a".to_owned()))
        );
    }
}
