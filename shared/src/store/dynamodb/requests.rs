//! The text of the requests that read.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::store::engine::{AttributeValue, PAGE};

/// A request that reads. There is none that scans.
pub(super) trait Reads: Serialize {
    /// DynamoDB's name for it.
    const OPERATION: &'static str;
}

impl Reads for GetItem<'_> {
    const OPERATION: &'static str = "GetItem";
}

impl Reads for BatchGetItem<'_> {
    const OPERATION: &'static str = "BatchGetItem";
}

impl Reads for Query<'_> {
    const OPERATION: &'static str = "Query";
}

/// What the answer is to say of the capacity that it took.
#[derive(Clone, Copy, Serialize)]
pub(super) enum Capacity {
    #[serde(rename = "TOTAL")]
    Total,
}

/// A primary key.
#[derive(Serialize)]
pub(super) struct Key<'a> {
    _id: TextAttribute<'a>,
}

#[derive(Serialize)]
struct TextAttribute<'a> {
    #[serde(rename = "S")]
    text: &'a str,
}

impl<'a> From<&'a str> for Key<'a> {
    fn from(text: &'a str) -> Self {
        Self { _id: TextAttribute { text } }
    }
}

/// `GetItem`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetItem<'a> {
    pub(super) table_name: &'a str,
    pub(super) key: Key<'a>,
    pub(super) consistent_read: bool,
    pub(super) return_consumed_capacity: Capacity,
}

/// `BatchGetItem`, of one table.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BatchGetItem<'a> {
    #[serde(serialize_with = "of_table")]
    pub(super) request_items: (&'a str, Wanted<'a>),
    pub(super) return_consumed_capacity: Capacity,
}

/// The keys of a batch.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Wanted<'a> {
    /// These.
    #[serde(rename_all = "PascalCase")]
    Keys { keys: Vec<Key<'a>>, consistent_read: bool },
    /// Those that an answer has left unprocessed, as it says.
    Unprocessed(&'a RawValue),
}

fn of_table<S: Serializer>((table, wanted): &(&str, Wanted<'_>), serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map([(table, wanted)])
}

/// `Query`, of an index.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Query<'a> {
    pub(super) table_name: &'a str,
    pub(super) index_name: &'a str,
    pub(super) key_condition_expression: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) filter_expression: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) projection_expression: Option<&'a str>,
    pub(super) expression_attribute_names: Names<'a>,
    pub(super) expression_attribute_values: Values<'a>,
    pub(super) scan_index_forward: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) select: Option<Select>,
    /// Every query has one: without it a page reads up to a megabyte, and a stand-in for DynamoDB may read the whole
    /// partition.
    pub(super) limit: usize,
    /// Where the page before ended, as its answer said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) exclusive_start_key: Option<&'a RawValue>,
    pub(super) return_consumed_capacity: Capacity,
}

impl<'a> Query<'a> {
    /// The first page of all that an index carries under a key, in order.
    pub(super) fn of(
        table_name: &'a str,
        index_name: &'a str,
        key_condition_expression: &'a str,
        (expression_attribute_names, expression_attribute_values): (Names<'a>, Values<'a>),
    ) -> Self {
        Self {
            table_name,
            index_name,
            key_condition_expression,
            filter_expression: None,
            projection_expression: None,
            expression_attribute_names,
            expression_attribute_values,
            scan_index_forward: true,
            select: None,
            limit: PAGE,
            exclusive_start_key: None,
            return_consumed_capacity: Capacity::Total,
        }
    }
}

/// What a query returns.
#[derive(Clone, Copy, Serialize)]
pub(super) enum Select {
    /// Only how many items there are.
    #[serde(rename = "COUNT")]
    Count,
}

/// Names, by the placeholders that stand for them in expressions.
#[derive(Clone, Copy)]
pub(super) struct Names<'a>(pub(super) &'a [String]);

impl Serialize for Names<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().enumerate().map(|(place, name)| (format!("#n{place}"), name)))
    }
}

/// Values, by the placeholders that stand for them in expressions.
#[derive(Clone, Copy)]
pub(super) struct Values<'a>(pub(super) &'a [AttributeValue]);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().enumerate().map(|(place, value)| (format!(":v{place}"), value)))
    }
}
