//! A page of a query, read from the text of DynamoDB's answer at once.
//!
//! The SDK would make a map of attributes of every item, with text of their own for every name, of which documents are
//! made again: in a list of builds that took more of the processor's time than all the rest.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use aws_sdk_dynamodb::{operation::query::QueryOutput, types::ConsumedCapacity};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{BeforeDeserializationInterceptorContextMut, Error, Output},
            dyn_dispatch_hint,
        },
        orchestrator::{HttpResponse, OrchestratorError},
        runtime_components::RuntimeComponents,
        ser_de::{DeserializeResponse, SharedResponseDeserializer},
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::{
    item::{Item, ItemError},
    item_text::{ItemText, Stored, Text},
    unpacking::Opened,
};
use crate::collections::Collection;

/// Takes the items out of the answer to one query; what the SDK then returns has all but them.
#[derive(Debug, Clone)]
pub(super) struct PageReader {
    collection: &'static Collection,
    items: Arc<Mutex<Result<Vec<Opened>, ItemError>>>,
}

impl PageReader {
    pub(super) fn of(collection: &'static Collection) -> Self {
        Self { collection, items: Arc::new(Mutex::new(Ok(Vec::new()))) }
    }

    /// The items of the answer that came last.
    ///
    /// # Errors
    /// One of them is no document.
    pub(super) fn take(&self) -> Result<Vec<Opened>, ItemError> {
        std::mem::replace(&mut *self.items.lock().unwrap_or_else(PoisonError::into_inner), Ok(Vec::new()))
    }

    fn read(&self, text: &[u8]) -> Result<QueryOutput, serde_json::Error> {
        // Checked at once: as bytes, each of the thousands of names and texts in it would be checked by itself.
        let text = std::str::from_utf8(text).map_err(serde::de::Error::custom)?;
        let mut text = serde_json::Deserializer::from_str(text);
        let Page { items, output } = text.deserialize_map(PageVisitor(self.collection))?;
        *self.items.lock().unwrap_or_else(PoisonError::into_inner) = items;
        Ok(output)
    }
}

#[dyn_dispatch_hint]
impl Intercept for PageReader {
    fn name(&self) -> &'static str {
        "PageReader"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // Errors are read as ever.
        if context.response().status().is_success() {
            config.interceptor_state().store_put(SharedResponseDeserializer::new(self.clone()));
        }
        Ok(())
    }
}

impl DeserializeResponse for PageReader {
    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        _: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        let text = response.body().bytes().unwrap_or_default();
        let output = self.read(text).map_err(|error| OrchestratorError::other(BoxError::from(error)))?;
        Ok(Output::erase(output))
    }
}

struct Page {
    items: Result<Vec<Opened>, ItemError>,
    output: QueryOutput,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Capacity {
    capacity_units: f64,
}

struct PageVisitor(&'static Collection);

impl<'de> Visitor<'de> for PageVisitor {
    type Value = Page;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer to a query")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Page, A::Error> {
        let (mut items, mut output) = (Ok(Vec::new()), QueryOutput::builder());
        while let Some(Text(name)) = map.next_key()? {
            output = match name.as_ref() {
                "Items" => {
                    items = map.next_value_seed(Items(self.0))?;
                    output
                }
                "Count" => output.count(map.next_value()?),
                "ScannedCount" => output.scanned_count(map.next_value()?),
                "LastEvaluatedKey" => {
                    let key: HashMap<String, Stored<'de>> = map.next_value()?;
                    let key = key.into_iter().map(|(name, stored)| Ok((name, stored.attribute()?)));
                    output.set_last_evaluated_key(Some(key.collect::<Result<Item, A::Error>>()?))
                }
                "ConsumedCapacity" => {
                    let Capacity { capacity_units } = map.next_value()?;
                    output.consumed_capacity(ConsumedCapacity::builder().capacity_units(capacity_units).build())
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    output
                }
            };
        }
        Ok(Page { items, output: output.build() })
    }
}

struct Items(&'static Collection);

impl<'de> DeserializeSeed<'de> for Items {
    type Value = Result<Vec<Opened>, ItemError>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items {
    type Value = Result<Vec<Opened>, ItemError>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Ok(Vec::new());
        while let Some(item) = list.next_element_seed(ItemText(self.0))? {
            items = items.and_then(|mut items| {
                items.push(item?);
                Ok(items)
            });
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    use aws_sdk_dynamodb::types::AttributeValue;
    use aws_smithy_types::base64;

    use super::*;
    use crate::{
        collections::BUILD,
        store::{
            item::{tests::any_value, to_item},
            unpacking::open,
        },
        value::Value,
    };

    /// An attribute as DynamoDB writes it.
    fn written(attribute: &AttributeValue) -> Json {
        match attribute {
            AttributeValue::S(text) => json!({ "S": text }),
            AttributeValue::N(digits) => json!({ "N": digits }),
            AttributeValue::B(bytes) => json!({ "B": base64::encode(bytes) }),
            AttributeValue::Bool(truth) => json!({ "BOOL": truth }),
            AttributeValue::Null(truth) => json!({ "NULL": truth }),
            AttributeValue::L(list) => json!({ "L": list.iter().map(written).collect::<Vec<_>>() }),
            AttributeValue::M(members) => json!({ "M": written_members(members) }),
            other => panic!("nothing of ours is {other:?}"),
        }
    }

    fn written_members(members: &Item) -> BTreeMap<&String, Json> {
        members.iter().map(|(name, attribute)| (name, written(attribute))).collect()
    }

    fn read(page: &Json) -> (QueryOutput, Result<Vec<Opened>, ItemError>) {
        let reader = PageReader::of(&BUILD);
        let output = reader.read(page.to_string().as_bytes()).unwrap();
        (output, reader.take())
    }

    proptest! {
        #[test]
        fn a_document_comes_back_as_it_was(members in prop::collection::btree_map("[a-z\"\\\\é]{1,8}", any_value(), 0..8)) {
            let mut document = members;
            document.insert("_id".to_owned(), Value::Id("5e79f370f870c5da21eece6d".parse().unwrap()));
            let item = to_item(&BUILD, &document).unwrap();
            let expected = open(&BUILD, item.clone()).unwrap();
            let (_, items) = read(&json!({ "Items": [written_members(&item)] }));
            let items = items.unwrap();
            prop_assert_eq!(items.len(), 1);
            prop_assert_eq!(&items[0].document, &expected.document);
            prop_assert!(items[0].packed.is_none());
        }
    }

    #[test]
    fn what_is_beside_the_items_is_the_sdks_to_return() {
        let (output, items) = read(&json!({
            "Count": 2, "ScannedCount": 5, "Items": [], "Later": {"a": [1]},
            "LastEvaluatedKey": {"_id": {"S": "x"}, "_order": {"S": "1"}},
            "ConsumedCapacity": {"TableName": "t", "CapacityUnits": 1.5},
        }));
        assert_eq!((output.count(), output.scanned_count()), (2, 5));
        assert_eq!(output.last_evaluated_key().unwrap().len(), 2);
        assert_eq!(output.consumed_capacity().unwrap().capacity_units(), Some(1.5));
        assert!(items.unwrap().is_empty());
    }

    #[test]
    fn packed_members_stay_packed_and_a_damaged_item_is_told() {
        let id = json!({ "S": "5e79f370f870c5da21eece6d" });
        let packed = json!({ "M": { "log": { "B": "AAEC" } } });
        let (_, items) = read(&json!({ "Items": [{ "_id": id, "_packed": packed, "_order": { "S": "1" } }] }));
        let items = items.unwrap();
        assert!(items[0].packed.is_some());
        assert_eq!(items[0].document.len(), 1);
        let (_, items) = read(&json!({ "Items": [{ "_id": { "S": "no id" } }] }));
        assert_eq!(items.unwrap_err(), ItemError::Damaged("_id".to_owned()));
        assert!(PageReader::of(&BUILD).read(b"{\"Items\": [").is_err());
    }
}
