//! Reading items by key and by access pattern. Nothing here scans a table.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{AttributeValue as SdkValue, KeysAndAttributes, ReturnConsumedCapacity, Select};

use super::{
    DynamoDbEngine,
    expression::Emitter,
    failed,
    sdk::{SdkItem, from_sdk, units},
};
use crate::{
    collections::Collection,
    pause::Pauses,
    store::{
        StoreError, Work,
        engine::{Cursor, Item, ItemError, Opened, Page, Query},
        keys::{ID, ORDER},
        staged_import::IMPORT,
        unpacking::open,
    },
};

impl DynamoDbEngine {
    pub(super) async fn get_item(
        &self,
        work: &Work,
        collection: &Collection,
        key: &str,
        consistent: bool,
    ) -> Result<Option<Item>, StoreError> {
        let answer = self
            .client()
            .get_item()
            .table_name(self.table(collection))
            .key(ID, SdkValue::S(key.to_owned()))
            .consistent_read(consistent)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        work.read(usize::from(answer.item.is_some()), units(answer.consumed_capacity.as_slice()));
        answer.item.map(from_sdk).transpose()
    }

    /// Requests again what DynamoDB leaves unprocessed.
    pub(super) async fn get_items(
        &self,
        work: &Work,
        collection: &Collection,
        keys: &[String],
        consistent: bool,
    ) -> Result<Vec<Item>, StoreError> {
        let table = self.table(collection);
        let keys = keys.iter().map(|key| SdkItem::from([(ID.to_owned(), SdkValue::S(key.clone()))])).collect();
        let request = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(consistent);
        let mut request = request.build().map_err(failed)?;
        let mut items = Vec::new();
        let mut pauses = Pauses::default();
        loop {
            let batch = self.client().batch_get_item().request_items(&table, request);
            let answer = batch.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await?;
            let found = answer.responses.unwrap_or_default().remove(&table).unwrap_or_default();
            work.read(found.len(), units(answer.consumed_capacity.as_deref().unwrap_or_default()));
            for item in found {
                items.push(from_sdk(item)?);
            }
            match answer.unprocessed_keys.unwrap_or_default().remove(&table) {
                None => return Ok(items),
                Some(rest) => request = rest,
            }
            if !pauses.pause().await {
                return Err(StoreError::Busy("DynamoDB leaves keys unprocessed in every attempt".to_owned()));
            }
        }
    }

    pub(super) async fn query_documents(&self, work: &Work, query: &Query<'_>) -> Result<Page<Opened>, StoreError> {
        let page = self.query_as_stored(work, query).await?;
        let items = page.items.into_iter().map(|mut item| {
            let import = item.remove(IMPORT).and_then(|name| name.as_s().ok().cloned());
            Ok::<_, ItemError>(Opened { import, ..open(query.collection, item)? })
        });
        Ok(Page { items: items.collect::<Result<_, _>>()?, count: page.count, next: page.next })
    }

    pub(super) async fn query_as_stored(&self, work: &Work, query: &Query<'_>) -> Result<Page<Item>, StoreError> {
        let mut emitter = Emitter::default();
        let order = query.order.clone().map(|bounds| (ORDER, bounds));
        let key_condition = emitter.key((query.index.attribute, query.key), order);
        let filter = emitter.filter(query.collection, query.filter);
        let projection = query.members.as_ref().map(|members| emitter.projection(members.iter().copied()));
        let answer = self
            .client()
            .query()
            .table_name(self.table(query.collection))
            .index_name(query.index.name)
            .key_condition_expression(key_condition)
            .set_filter_expression(filter)
            .set_projection_expression(projection)
            .set_expression_attribute_names(emitter.names())
            .set_expression_attribute_values(emitter.values())
            .scan_index_forward(!query.descending)
            .set_select(query.count_only.then_some(Select::Count))
            // Without a limit a page reads up to a megabyte, and a stand-in may read the whole partition.
            .limit(i32::try_from(query.limit).map_err(failed)?)
            .set_exclusive_start_key(query.start.map(start_key).transpose()?)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        work.read(usize::try_from(answer.scanned_count).map_err(failed)?, units(answer.consumed_capacity.as_slice()));
        Ok(Page {
            count: usize::try_from(answer.count).map_err(failed)?,
            next: answer.last_evaluated_key.as_ref().map(cursor).transpose()?,
            items: answer.items.unwrap_or_default().into_iter().map(from_sdk).collect::<Result<_, _>>()?,
        })
    }
}

/// The cursor of a page: the key after which the next one begins, as JSON. All keys of tables and indexes are texts.
fn cursor(key: &SdkItem) -> Result<Cursor, StoreError> {
    let texts = key.iter().map(|(name, value)| value.as_s().ok().map(|text| (name.as_str(), text.as_str())));
    let texts: BTreeMap<&str, &str> =
        texts.collect::<Option<_>>().ok_or_else(|| failed("a key of an index is no text"))?;
    Ok(Cursor(serde_json::to_string(&texts).map_err(failed)?.into()))
}

fn start_key(Cursor(text): &Cursor) -> Result<SdkItem, StoreError> {
    let texts: BTreeMap<String, String> = serde_json::from_str(text).map_err(failed)?;
    Ok(texts.into_iter().map(|(name, text)| (name, SdkValue::S(text))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_holds_the_key_of_the_page() {
        let key = [("_id", "5e79f370f870c5da21eece6d"), ("_job", "a\"b\u{1f}é"), ("_order", "1")];
        let key: SdkItem = key.map(|(name, text)| (name.to_owned(), SdkValue::S(text.to_owned()))).into();
        assert_eq!(start_key(&cursor(&key).unwrap()).unwrap(), key);
        assert!(cursor(&SdkItem::from([("_id".to_owned(), SdkValue::N("1".to_owned()))])).is_err());
        assert!(start_key(&Cursor("no JSON".into())).is_err());
    }
}
