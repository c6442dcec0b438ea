//! How a selection is read: by ids, or by an access pattern. There is no third way: nothing here can scan a table.

use super::{Condition, Created, Filter, Selection, partition_key};
use crate::{
    collections::{Collection, Index, Partition},
    value::{ObjectId, Value},
};

/// The maximum number of partition keys that one request reads concurrently.
pub const MAX_KEYS: usize = 100;

/// The most documents that one request fetches by their ids.
const MAX_IDS: usize = 1_000;

/// How the documents of a selection are found.
#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
    /// Nothing can match.
    Nothing,
    /// The documents with these ids, then what of them matches.
    Get {
        /// The ids, each once.
        ids: Vec<ObjectId>,
        /// What is left to check.
        residual: Filter,
    },
    /// An access pattern.
    Query(QueryPlan),
}

/// Which part of an index is read.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryPlan {
    /// The index.
    pub index: &'static Index,
    /// Its partition keys.
    pub keys: Keys,
    /// The condition that its sort key serves.
    pub created: Created,
    /// The conditions that the keys and the sort key serve: every document that satisfies them is read, unless reading ends
    /// early. `None` where the keys are not those of a filter.
    pub served: Option<Filter>,
    /// What is left to check on the items.
    pub residual: Filter,
    /// Whether the index's order is the answer's order, so that reading can end with the last document needed.
    pub ordered: bool,
    /// Whether the order is read from its end.
    pub descending: bool,
}

impl QueryPlan {
    /// Whether items are read one after another in the answer's order: from one partition, or month after month.
    pub fn is_one_stream(&self) -> bool {
        let is_one = match &self.keys {
            Keys::Listed(keys) => keys.len() == 1,
            Keys::Months => true,
        };
        self.ordered && is_one
    }
}

/// The partition keys of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keys {
    /// These.
    Listed(Vec<String>),
    /// The months of the collection that the condition on `created_on` leaves.
    Months,
}

impl PartialEq for Index {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.attribute == other.attribute
    }
}

/// Plans the reading of a selection of `collection`.
pub fn plan(collection: &'static Collection, selection: &Selection) -> Plan {
    let filter = &selection.filter;
    if let Created::Within { from: Some(from), below: Some(below) } = filter.created
        && from >= below
    {
        return Plan::Nothing;
    }
    if let Some((ids, residual)) = by_id(filter) {
        return Plan::Get { ids, residual };
    }
    let (index, keys, conditions) = collection
        .indexes
        .iter()
        .find_map(|index| keys(index, filter).map(|(keys, rest)| (index, keys, rest)))
        .unwrap_or_else(|| (by_time(collection), Keys::Months, filter.conditions.clone()));
    Plan::Query(QueryPlan {
        index,
        keys,
        created: filter.created,
        served: Some(Filter {
            conditions: filter.conditions.iter().filter(|other| !conditions.contains(other)).cloned().collect(),
            created: filter.created,
        }),
        residual: Filter { conditions, created: Created::Any },
        ordered: selection.by_time(),
        descending: selection.descending(),
    })
}

fn by_id(filter: &Filter) -> Option<(Vec<ObjectId>, Filter)> {
    filter.conditions.iter().find_map(|condition| match condition {
        Condition::OneOf { member: "_id", values, .. } if values.len() <= MAX_IDS => {
            let ids = values.iter().filter_map(Value::as_id).collect();
            let rest = filter.conditions.iter().filter(|other| *other != condition).cloned().collect();
            Some((ids, Filter { conditions: rest, created: filter.created }))
        }
        _ => None,
    })
}

fn by_time(collection: &'static Collection) -> &'static Index {
    const NONE: &Index = &Index::by_time(crate::collections::Projection::All);
    collection.indexes.iter().find(|index| index.partition == Partition::Month).unwrap_or(NONE)
}

/// The keys of `index` that the filter names by equality, and the conditions that they do not serve.
fn keys(index: &Index, filter: &Filter) -> Option<(Keys, Vec<Condition>)> {
    let Partition::Members(members) = index.partition else { return None };
    let mut combinations: Vec<Vec<&Value>> = vec![vec![]];
    for name in members {
        let values = filter.conditions.iter().find_map(|condition| match condition {
            Condition::OneOf { member, values, null: false, .. } if member == name => Some(values),
            _ => None,
        })?;
        if combinations.len().saturating_mul(values.len()) > MAX_KEYS {
            return None;
        }
        combinations = combinations
            .iter()
            .flat_map(|begun| values.iter().map(|value| [begun.as_slice(), &[value]].concat()))
            .collect();
    }
    let keys = combinations.iter().map(|values| partition_key(values.iter().copied())).collect();
    let served = |condition: &&Condition| {
        !(matches!(condition, Condition::OneOf { .. }) && members.contains(&condition.member()))
    };
    Some((Keys::Listed(keys), filter.conditions.iter().filter(served).cloned().collect()))
}
