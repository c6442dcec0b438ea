//! The text of answers, read without the SDK: it would make a map of attributes of every item, of which documents are
//! made again.

use std::{collections::HashMap, fmt, marker::PhantomData};

use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{
    collections::Collection,
    store::{
        attribute::{Item, Text},
        item::ItemError,
        item_text::{DocumentReader, ItemText},
        unpacking::Opened,
    },
};

/// What an answer says of the capacity that it took.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Capacity {
    capacity_units: f64,
}

/// An item that was got.
pub(super) struct Got {
    pub(super) item: Option<Item>,
    /// The read units that it took.
    pub(super) units: f64,
}

impl Got {
    /// Reads an answer to `GetItem`.
    pub(super) fn read(text: &str) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            item: Option<Item>,
            consumed_capacity: Option<Capacity>,
        }
        let Answer { item, consumed_capacity } = serde_json::from_str(text)?;
        let units = consumed_capacity.iter().map(|capacity| capacity.capacity_units).sum();
        Ok(Self { item, units })
    }
}

/// Items of one table that were got together.
pub(super) struct GotTogether {
    pub(super) items: Vec<Item>,
    /// What is left, in the words in which it is to be asked for again.
    pub(super) unprocessed: Option<Box<RawValue>>,
    /// The read units that they took.
    pub(super) units: f64,
}

impl GotTogether {
    /// Reads an answer to `BatchGetItem`.
    pub(super) fn read(text: &str, table: &str) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            responses: HashMap<String, Vec<Item>>,
            #[serde(default)]
            unprocessed_keys: HashMap<String, Box<RawValue>>,
            #[serde(default)]
            consumed_capacity: Vec<Capacity>,
        }
        let Answer { mut responses, mut unprocessed_keys, consumed_capacity } = serde_json::from_str(text)?;
        let items = responses.remove(table).unwrap_or_default();
        Ok(Self {
            items,
            unprocessed: unprocessed_keys.remove(table),
            units: consumed_capacity.iter().map(|capacity| capacity.capacity_units).sum(),
        })
    }
}

/// A page of a query.
pub(super) struct ReadPage<T> {
    pub(super) items: Vec<T>,
    /// Items that passed the filter, whether or not they were returned.
    pub(super) count: usize,
    /// Items that were read.
    pub(super) scanned_count: usize,
    /// Where the next page begins, in the words in which it is to be asked for.
    pub(super) next: Option<Box<RawValue>>,
    /// The read units that it took.
    pub(super) units: f64,
}

impl ReadPage<Item> {
    /// Reads an answer to `Query`: its items as they are.
    pub(super) fn of_items(text: &str) -> serde_json::Result<Self> {
        Self::read(text, PhantomData::<Item>)
    }
}

impl ReadPage<Result<Opened, ItemError>> {
    /// Reads an answer to `Query`: the documents that its items are.
    pub(super) fn of_documents(collection: &'static Collection, text: &str) -> serde_json::Result<Self> {
        Self::read(text, ItemText(&DocumentReader::new(collection)))
    }
}

impl<T> ReadPage<T> {
    fn read<'de>(text: &'de str, item: impl DeserializeSeed<'de, Value = T> + Copy) -> serde_json::Result<Self> {
        serde_json::Deserializer::from_str(text).deserialize_map(PageVisitor(item))
    }
}

struct PageVisitor<S>(S);

impl<'de, S: DeserializeSeed<'de> + Copy> Visitor<'de> for PageVisitor<S> {
    type Value = ReadPage<S::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer to a query")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut items, mut count, mut scanned_count, mut next, mut units) = (Vec::new(), None, None, None, 0.0);
        while let Some(Text(name)) = map.next_key()? {
            match name.as_ref() {
                "Items" => items = map.next_value_seed(Items(self.0))?,
                "Count" => count = Some(map.next_value()?),
                "ScannedCount" => scanned_count = Some(map.next_value()?),
                "LastEvaluatedKey" => next = map.next_value()?,
                "ConsumedCapacity" => units = map.next_value::<Capacity>()?.capacity_units,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        // What lacks them is no answer, and no page without items either.
        let count = count.ok_or_else(|| A::Error::missing_field("Count"))?;
        let scanned_count = scanned_count.ok_or_else(|| A::Error::missing_field("ScannedCount"))?;
        Ok(ReadPage { items, count, scanned_count, next, units })
    }
}

struct Items<S>(S);

impl<'de, S: DeserializeSeed<'de> + Copy> DeserializeSeed<'de> for Items<S> {
    type Value = Vec<S::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, S: DeserializeSeed<'de> + Copy> Visitor<'de> for Items<S> {
    type Value = Vec<S::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(self.0)? {
            items.push(item);
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{collections::BUILD, store::attribute::AttributeValue};

    #[test]
    fn a_page_is_read_with_all_that_is_beside_its_items() {
        let text = json!({
            "Count": 2, "ScannedCount": 5, "Items": [{"a": {"SS": ["x"]}}], "Later": {"a": [1]},
            "LastEvaluatedKey": {"_id": {"S": "x"}, "_order": {"S": "1"}},
            "ConsumedCapacity": {"TableName": "t", "CapacityUnits": 1.5},
        })
        .to_string();
        let page = ReadPage::of_items(&text).unwrap();
        assert_eq!((page.count, page.scanned_count, page.units), (2, 5, 1.5));
        assert_eq!(page.next.unwrap().get(), r#"{"_id":{"S":"x"},"_order":{"S":"1"}}"#);
        assert_eq!(page.items[0], [("a".to_owned(), AttributeValue::Ss(vec!["x".to_owned()]))].into());
        let last = ReadPage::of_items(r#"{"Count": 0, "ScannedCount": 0, "Items": []}"#).unwrap();
        assert!(last.next.is_none() && last.items.is_empty());
    }

    #[test]
    fn packed_members_stay_packed_and_a_damaged_item_is_told() {
        let id = json!({ "S": "5e79f370f870c5da21eece6d" });
        let packed = json!({ "M": { "log": { "B": "AAEC" } } });
        let text = json!({ "Count": 1, "ScannedCount": 1, "Items": [{ "_id": id, "_packed": packed, "_order": { "S": "1" } }] }).to_string();
        let read = |text: &str| ReadPage::of_documents(&BUILD, text).map(|mut page| page.items.remove(0));
        let item = read(&text).unwrap().unwrap();
        assert!(item.packed.is_some());
        assert_eq!(item.document.len(), 1);
        let damaged = read(r#"{"Count": 1, "ScannedCount": 1, "Items": [{"_id": {"S": "no id"}}]}"#).unwrap();
        assert_eq!(damaged.unwrap_err(), ItemError::Damaged("_id".to_owned()));
        assert!([r#"{"Items": ["#, "{}", r#"{"Count": 0}"#].iter().all(|text| read(text).is_err()));
    }

    #[test]
    fn of_a_batch_what_is_left_is_asked_for_in_the_same_words() {
        let text = r#"{"Responses": {"t": [{"_id": {"S": "a"}}]}, "ConsumedCapacity": [{"CapacityUnits": 0.5}],
            "UnprocessedKeys": {"t": {"Keys": [{"_id": {"S": "b"}}], "ConsistentRead": true}}}"#;
        let got = GotTogether::read(text, "t").unwrap();
        assert_eq!((got.items.len(), got.units), (1, 0.5));
        assert_eq!(got.unprocessed.unwrap().get(), r#"{"Keys": [{"_id": {"S": "b"}}], "ConsistentRead": true}"#);
        let none = GotTogether::read(r#"{"Responses": {}, "UnprocessedKeys": {}}"#, "t").unwrap();
        assert!(none.items.is_empty() && none.unprocessed.is_none());
    }

    #[test]
    fn an_item_that_is_not_there_is_none() {
        assert!(Got::read("{}").unwrap().item.is_none());
        let got = Got::read(r#"{"Item": {"_id": {"S": "a"}}, "ConsumedCapacity": {"CapacityUnits": 1.0}}"#).unwrap();
        assert_eq!((got.item.unwrap().len(), got.units), (1, 1.0));
        assert!(Got::read("<html>").is_err());
    }
}
