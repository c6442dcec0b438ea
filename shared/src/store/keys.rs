//! The key attributes of tables and indexes.

use crate::{
    collections::{Collection, FieldKind, Index, Partition},
    query::partition_key,
    time::Timestamp,
    value::{Document, Value},
};

/// The partition key of every table.
pub(super) const ID: &str = "_id";

/// The sort key of every index: `created_on`, then `_id`, as one text with the same order.
pub const ORDER: &str = "_order";

/// The time at which an item expires, in seconds since the epoch (DynamoDB: time to live).
pub const EXPIRES: &str = "_expires";

/// The month of documents whose `created_on` is null or absent.
pub(super) const NO_MONTH: &str = "none";

/// The sort key of a document. Null and absent dates sort first, as in every ascending list.
pub(super) fn order(created_on: Option<&Value>, id: &str) -> String {
    match created_on.and_then(Value::as_date) {
        None => format!("0{id}"),
        Some(date) => format!("1{}{id}", sortable(date)),
    }
}

/// The sort keys at which the dates from `from` on and the dates from `below` on start.
pub(super) fn order_bounds(from: Option<Timestamp>, below: Option<Timestamp>) -> (String, String) {
    let from = from.map_or_else(|| "1".to_owned(), |date| format!("1{}", sortable(date)));
    let below = below.map_or_else(|| "2".to_owned(), |date| format!("1{}", sortable(date)));
    (from, below)
}

/// The range of the sort keys of documents without a date.
pub(super) fn null_order_bounds() -> (String, String) {
    ("0".to_owned(), "1".to_owned())
}

// Sixteen hex digits that sort as text in the order of the dates, also before 1970.
fn sortable(date: Timestamp) -> String {
    format!("{:016x}", date.milliseconds().cast_unsigned() ^ (1 << 63))
}

/// The partition key of `document` in `index`; `None` when the document is not in the index.
pub(super) fn index_key(collection: &Collection, index: &Index, document: &Document) -> Option<String> {
    match index.partition {
        Partition::Month => Some(month(document.get("created_on").and_then(Value::as_date))),
        Partition::Members(members) => {
            // A value of another type than the field's matches no filter.
            let value = |name: &&str| {
                let value = document.get(name)?;
                match (collection.field(name)?.kind, value) {
                    (FieldKind::Text, Value::Text(_)) | (FieldKind::Id, Value::Id(_)) => Some(value),
                    _ => None,
                }
            };
            let values: Vec<&Value> = members.iter().map(value).collect::<Option<_>>()?;
            let key = partition_key(values);
            (!key.is_empty()).then_some(key)
        }
    }
}

/// The month of a date: the partition key of `by_time`.
pub(super) fn month(date: Option<Timestamp>) -> String {
    date.map_or_else(|| NO_MONTH.to_owned(), |date| date.month().unwrap_or_else(|| NO_MONTH.to_owned()))
}

/// The members that a narrow index of `collection` carries in addition to its keys.
pub fn narrow_members(collection: &Collection) -> impl Iterator<Item = &'static str> {
    let carried = |name: &&str| *name != ID;
    collection.fields.iter().filter(|field| field.filter || field.distinct).map(|field| field.member()).filter(carried)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Value {
        Value::Date(Timestamp::from_milliseconds(milliseconds))
    }

    #[test]
    fn sort_keys_sort_as_dates_then_ids() {
        let ascending = [
            order(None, "f"),
            order(Some(&at(i64::MIN)), "f"),
            order(Some(&at(-1)), "f"),
            order(Some(&at(0)), "a"),
            order(Some(&at(0)), "b"),
            order(Some(&at(1_580_515_200_000)), "a"),
            order(Some(&at(i64::MAX)), "a"),
        ];
        assert!(ascending.is_sorted(), "{ascending:?}");
    }

    #[test]
    fn bounds_hold_exactly_their_dates() {
        let date = |text| Timestamp::parse_day(text).unwrap();
        let (from, below) = order_bounds(Some(date("2020-02-14")), Some(date("2020-02-15")));
        let key = |time: Timestamp| order(Some(&Value::Date(time)), "ffffffffffffffffffffffff");
        assert!(key(date("2020-02-14")) >= from && key(date("2020-02-15").plus(-1)) < below);
        assert!(key(date("2020-02-14").plus(-1)) < from && order(Some(&Value::Date(date("2020-02-15"))), "0") >= below);
        assert_eq!(order(Some(&Value::Null), "a"), order(None, "a"));
    }
}
