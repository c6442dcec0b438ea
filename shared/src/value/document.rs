//! Documents: members by name, in the order in which they are answered.

use std::ops::Index;

use compact_str::CompactString;
use litemap::{Entry, LiteMap, store::StoreIterable};
use serde::{Serialize, Serializer};

use super::Value;

/// The name of a member. Those of fields are nowhere copied, and other short ones take no memory of their own.
pub type Name = CompactString;

/// A document: its members in the order of their names, so that equal documents have equal text and equal ETags.
///
/// ```
/// use kernelci::value::{Document, Value};
///
/// let document = Document::from([("kernel", Value::from("v5.6")), ("job", "next".into())]);
/// assert_eq!(document.get("job"), Some(&Value::from("next")));
/// assert!(document.keys().eq(["job", "kernel"]));
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Document(LiteMap<Name, Value, Sorted>);

impl Document {
    /// A document without members.
    pub const fn new() -> Self {
        Self(LiteMap::new_vec())
    }

    /// A document of members that are in the order of their names, each there once.
    pub(crate) fn of_sorted(members: Sorted) -> Self {
        debug_assert!(members.is_sorted_by(|(a, _), (b, _)| a < b), "out of order: {members:?}");
        Self(LiteMap::from_sorted_store_unchecked(members))
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a member.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The value of a member, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.0.get_mut(name)
    }

    /// Whether there is a member of that name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Adds a member, in the place of the one of that name, which is returned.
    pub fn insert(&mut self, name: impl Into<Name>, value: Value) -> Option<Value> {
        self.0.insert(name.into(), value)
    }

    /// The place of a member, whether or not there is one.
    pub fn entry(&mut self, name: impl Into<Name>) -> Entry<'_, Name, Value, Sorted> {
        self.0.entry(name.into())
    }

    /// Takes a member away, and returns its value.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    /// Keeps the members for which `keep` holds.
    pub fn retain(&mut self, keep: impl FnMut(&Name, &Value) -> bool) {
        self.0.retain(keep);
    }

    /// The first member.
    pub fn first(&self) -> Option<(&Name, &Value)> {
        self.0.first()
    }

    /// The members.
    pub fn iter(&self) -> Members<'_> {
        self.0.iter()
    }

    /// The names of the members.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Name> {
        self.0.keys()
    }

    /// The values of the members, in the order of their names.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> {
        self.0.values()
    }
}

/// By name.
type Sorted = Vec<(Name, Value)>;

/// The members of a document.
pub type Members<'a> = <Sorted as StoreIterable<'a, Name, Value>>::KeyValueIter;

impl<'a> IntoIterator for &'a Document {
    type Item = (&'a Name, &'a Value);
    type IntoIter = Members<'a>;

    fn into_iter(self) -> Members<'a> {
        self.iter()
    }
}

impl IntoIterator for Document {
    type Item = (Name, Value);
    type IntoIter = std::vec::IntoIter<(Name, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_tuple_vec().into_iter()
    }
}

// Of several members of one name the last is kept.
impl<N: Into<Name>> FromIterator<(N, Value)> for Document {
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(members: I) -> Self {
        Self(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }
}

impl<N: Into<Name>> Extend<(N, Value)> for Document {
    fn extend<I: IntoIterator<Item = (N, Value)>>(&mut self, members: I) {
        self.0.extend(members.into_iter().map(|(name, value)| (name.into(), value)));
    }
}

impl<N: Into<Name>, const COUNT: usize> From<[(N, Value); COUNT]> for Document {
    fn from(members: [(N, Value); COUNT]) -> Self {
        members.into_iter().collect()
    }
}

impl Index<&str> for Document {
    type Output = Value;

    /// # Panics
    /// There is no such member.
    #[allow(clippy::panic, reason = "as of any map")]
    fn index(&self, name: &str) -> &Value {
        self.get(name).unwrap_or_else(|| panic!("there is no member {name}"))
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(name, value)| (name.as_str(), value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_in_the_order_of_their_names_and_the_last_of_a_name_is_kept() {
        let of = |members: &[(&'static str, i64)]| -> Document {
            members.iter().map(|(name, number)| (*name, Value::Integer(*number))).collect()
        };
        let document = of(&[("b", 1), ("a", 2), ("é", 3), ("b", 4), ("B", 5)]);
        assert_eq!(serde_json::to_string(&document).unwrap(), r#"{"B":5,"a":2,"b":4,"é":3}"#);
        assert_eq!(document, of(&[("é", 3), ("B", 5), ("b", 4), ("a", 2)]));
        let mut extended = of(&[("c", 0), ("b", 0)]);
        extended.extend(of(&[("b", 4), ("a", 2), ("d", 1)]));
        assert_eq!(extended, of(&[("a", 2), ("b", 4), ("c", 0), ("d", 1)]));
    }
}
