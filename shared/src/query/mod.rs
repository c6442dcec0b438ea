//! From the query string of a request to what is asked of the store.
//!
//! Raw text becomes [`Arguments`]; they become a [`Selection`], typed against the collection's field table; of its
//! [`Filter`] and order a [`Plan`] is made. [`evaluate`] says what a selection means without any store, and is what
//! the tests hold every plan against.

mod arguments;
mod common;
mod distinct;
mod evaluate;
mod filter;
mod number;
mod partition_key;
mod period;
mod plan;
mod read;
mod selection;

pub use arguments::{Arguments, MAX_ARGUMENTS};
pub use common::{COMMON_ARGUMENTS, CommonArgument, ReadKind, Values};
pub use distinct::{DistinctValues, distinct};
pub use evaluate::{Group, arrange, compare_documents, group, group_key, matches, project, select};
pub use filter::{Condition, Created, Filter, MAX_VALUES};
pub use partition_key::partition_key;
pub use period::MINUTES;
pub use plan::{Keys, MAX_KEYS, Plan, QueryPlan, plan};
pub use read::read_value;
pub use selection::{Selection, SortKey};

use crate::error::Error;

/// An argument that cannot be used: the reason names it, its value and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Argument '{name}': {wrong}")]
pub struct BadArgument {
    name: String,
    wrong: String,
}

impl BadArgument {
    /// The argument `name` has `value`, where `expected` would be right.
    pub fn value(name: &str, value: &str, expected: &str) -> Self {
        Self { name: name.to_owned(), wrong: format!("'{}' is not {expected}", shown(value)) }
    }

    /// What is wrong with the argument `name`, in other words.
    pub fn because(name: &str, wrong: impl Into<String>) -> Self {
        Self { name: name.to_owned(), wrong: wrong.into() }
    }
}

impl From<BadArgument> for Error {
    fn from(error: BadArgument) -> Self {
        Self::Argument(error.to_string())
    }
}

/// A caller's text as it may be repeated in an answer: cut, and without control characters.
pub fn shown(text: &str) -> String {
    const MAX_LENGTH: usize = 80;
    let mut shown: String = text.chars().take(MAX_LENGTH).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(MAX_LENGTH).is_some() {
        shown.push_str("..");
    }
    shown
}

#[cfg(test)]
mod tests;
