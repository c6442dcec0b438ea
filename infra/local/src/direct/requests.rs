//! The requests that rows answer. A request that says anything else is not one of them.

use std::{borrow::Cow, collections::HashMap};

use kernelci::store::ORDER;
use serde::Deserialize;
use serde_json::value::RawValue;

/// An attribute that is a text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Text<'a> {
    #[serde(rename = "S", borrow)]
    text: Cow<'a, str>,
}

impl Text<'_> {
    /// As a key that stands in the rows.
    pub(super) fn stored(&self) -> String {
        format!("S:{}", self.text)
    }
}

/// The key of an item.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key<'a> {
    #[serde(rename = "_id", borrow)]
    pub(super) id: Text<'a>,
}

/// One item, whole.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct GetItem<'a> {
    #[serde(borrow)]
    pub(super) table_name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) key: Key<'a>,
    #[serde(default)]
    pub(super) consistent_read: bool,
    #[serde(rename = "ReturnConsumedCapacity")]
    _capacity: Total,
}

/// A page of an index, whole and unfiltered.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Query<'a> {
    #[serde(borrow)]
    pub(super) table_name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) index_name: Cow<'a, str>,
    #[serde(borrow)]
    key_condition_expression: Cow<'a, str>,
    #[serde(borrow)]
    expression_attribute_names: HashMap<&'a str, Cow<'a, str>>,
    #[serde(borrow)]
    expression_attribute_values: HashMap<&'a str, Text<'a>>,
    pub(super) scan_index_forward: bool,
    pub(super) limit: usize,
    #[serde(borrow)]
    pub(super) exclusive_start_key: Option<StartKey<'a>>,
    #[serde(rename = "ReturnConsumedCapacity")]
    _capacity: Total,
}

/// Where a page ended: of an item, what is the same in all its indexes.
#[derive(Deserialize)]
pub(super) struct StartKey<'a> {
    #[serde(rename = "_id", borrow)]
    id: Text<'a>,
    #[serde(rename = "_order", borrow)]
    order: Text<'a>,
}

impl StartKey<'_> {
    /// The sort key, and the key of the item, as they stand in the rows.
    pub(super) fn stored(&self) -> (String, String) {
        (self.order.stored(), self.id.stored())
    }
}

#[derive(Deserialize)]
enum Total {
    #[serde(rename = "TOTAL")]
    Total,
}

/// The keys of an index that a query reads, as they stand in the rows.
pub(super) struct Keys {
    pub(super) partition: String,
    /// Of the sort key, both included.
    pub(super) bounds: Option<[String; 2]>,
}

impl Query<'_> {
    /// The keys, where the condition is on nothing else.
    pub(super) fn keys(&self) -> Option<Keys> {
        let value = |placeholder: &str| self.expression_attribute_values.get(placeholder).map(Text::stored);
        let (bounds, used) = match self.key_condition_expression.as_ref() {
            "#n0 = :v0" => (None, 1),
            "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2" if self.expression_attribute_names.get("#n1")? == ORDER => {
                (Some([value(":v1")?, value(":v2")?]), 3)
            }
            _ => return None,
        };
        (self.limit > 0 && self.expression_attribute_values.len() == used)
            .then_some(Keys { partition: value(":v0")?, bounds })
    }

    /// The text of the key that an item has in the index.
    pub(super) fn last_key(&self, row: &str) -> Option<Vec<u8>> {
        let attributes: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_str(row).ok()?;
        let partition = self.expression_attribute_names.get("#n0")?.as_ref();
        let of_key = [partition, ORDER, "_id"].map(|name| Some((name, *attributes.get(name)?)));
        let attributes: Option<HashMap<&str, &RawValue>> = of_key.into_iter().collect();
        serde_json::to_vec(&attributes?).ok()
    }
}
