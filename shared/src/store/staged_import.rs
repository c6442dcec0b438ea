//! Imports of more than one transaction: nothing of one can be seen before it has ended, and all of it from then on.
//!
//! Its documents are written with the name of the import ([`IMPORT`]), and an item that says that the import has ended
//! is written last. A reader that meets such a name asks for that item. Once the import has ended, the names are taken
//! away one by one, so that later readers ask for nothing.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Store, StoreError,
    attribute::AttributeValue,
    condition::{UpdateAction, WriteCondition},
    engine::ReturnValue,
    get::{CONCURRENCY, is_document},
    identity::Identified,
    item::Item,
    keys::{ID, index_key},
    put::{Change, Put},
};
use crate::{
    collections::{Collection, IMPORTED, Index, Projection},
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

/// The attribute of a document that came with an import, until that is known to have ended: its name.
pub(super) const IMPORT: &str = "_import";

/// The attribute of the document that the others of an import belong to: its name.
const IMPORTED_AS: &str = "_imported";

/// The attribute of that document that says when the request was accepted which stored it, in milliseconds.
const ACCEPTED: &str = "_accepted";

/// The key of the item that is there once the import has ended, in the table of each collection it has documents of.
fn ended_key(import: &str) -> String {
    format!("import/{import}")
}

/// The key of the item that says when an import began which has not ended yet.
pub(super) fn begun_key(import: ObjectId) -> String {
    format!("import/{import}/begun")
}

/// The attribute of that item that holds the time.
const BEGUN: &str = "begun";

/// The indexes that a document is in only once its import has ended: they do not carry its name.
fn withheld(collection: &Collection) -> impl Iterator<Item = &'static Index> {
    collection.indexes.iter().filter(|index| index.projection == Projection::Narrow)
}

/// Whether documents of the collection may be of an import that has not ended.
pub(super) fn may_be_hidden(collection: &Collection) -> bool {
    IMPORTED.contains(&collection)
}

/// Hides an item until its import has ended.
pub(super) fn hide(collection: &Collection, item: &mut Item, import: ObjectId) {
    for index in withheld(collection) {
        item.remove(index.attribute);
    }
    item.insert(IMPORT.to_owned(), AttributeValue::S(import.to_string()));
}

/// What is demanded of a document's place before it is written hidden: that nothing is there, or the same.
pub(super) fn free_or_hidden(import: ObjectId) -> WriteCondition {
    WriteCondition::Any(vec![WriteCondition::NoItem, WriteCondition::Is(IMPORT, AttributeValue::S(import.to_string()))])
}

/// Writes into the item of a document the id of the staged import that wrote its dependants.
pub(super) fn name(item: &mut Item, import: Option<ObjectId>) {
    item.remove(IMPORTED_AS);
    item.extend(import.map(|import| (IMPORTED_AS.to_owned(), AttributeValue::S(import.to_string()))));
}

/// The import that the item of a document names.
pub(super) fn came_with(item: &Item) -> Option<ObjectId> {
    item.get(IMPORTED_AS)?.as_s().ok()?.parse().ok()
}

/// The changes that end an import: from then on its documents can be seen. `collection` is that of the document which the
/// others belong to.
pub(super) fn end(collection: &'static Collection, import: ObjectId) -> impl Iterator<Item = Change> {
    let key = ended_key(&import.to_string());
    let item: Item = [(ID.to_owned(), AttributeValue::S(key))].into();
    let begun = Change::delete(collection, &begun_key(import), None);
    IMPORTED.into_iter().map(move |collection| Change::put(collection, item.clone(), None)).chain([begun])
}

/// The changes that forget an import: what still has its name cannot be seen any more.
pub(super) fn forget(import: ObjectId) -> impl Iterator<Item = Change> {
    let key = ended_key(&import.to_string());
    IMPORTED.into_iter().map(move |collection| Change::delete(collection, &key, None))
}

/// Notes in the item of a document when the request was accepted that stores it.
pub(super) fn accept(item: &mut Item, accepted: Option<Timestamp>) {
    let attribute = accepted.map(|time| (ACCEPTED.to_owned(), AttributeValue::N(time.milliseconds().to_string())));
    item.extend(attribute);
}

/// When the request was accepted that the item of a document was stored by.
pub(super) fn accepted(item: &Item) -> Option<Timestamp> {
    item.get(ACCEPTED)?.as_n().ok()?.parse().ok().map(Timestamp::from_milliseconds)
}

fn import_of(item: &Item) -> Option<&str> {
    item.get(IMPORT)?.as_s().ok().map(String::as_str)
}

/// What one reading takes imports for: as ended or not, by their names. It is decided once, so that a reading of several
/// pages does not see a part of an import that ends meanwhile.
#[derive(Debug, Default)]
pub(super) struct Decided(Mutex<HashMap<String, bool>>);

impl Decided {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, bool>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The imports that it was not to see.
    fn hidden(&self) -> Vec<String> {
        self.lock().iter().filter(|(_, ended)| !**ended).map(|(import, _)| import.clone()).collect()
    }
}

impl Store {
    /// When a staged import of a document of `collection` began: what the first attempt at it says, so that all of
    /// them write the same.
    ///
    /// # Errors
    /// The store fails.
    pub async fn begin_import(
        &self,
        collection: &'static Collection,
        import: ObjectId,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let time = AttributeValue::N(now.milliseconds().to_string());
        let item: Item = [(ID, AttributeValue::S(begun_key(import))), (BEGUN, time)]
            .map(|(name, value)| (name.to_owned(), value))
            .into();
        let before = match self.put_item(collection, item, Some(WriteCondition::NoItem)).await? {
            Put::Stored(_) => None,
            Put::Refused(before) => before,
        };
        let begun = before.and_then(|item| item.get(BEGUN)?.as_n().ok()?.parse().ok());
        Ok(begun.map_or(now, Timestamp::from_milliseconds))
    }

    /// Notes that a later request has stored a document as it is. `false` where the document has changed since it was
    /// read.
    ///
    /// # Errors
    /// The store fails.
    pub async fn accept(
        &self,
        collection: &'static Collection,
        document: &Identified,
        accepted: Timestamp,
    ) -> Result<bool, StoreError> {
        let time = AttributeValue::N(accepted.milliseconds().to_string());
        let (key, step) = (document.id.to_string(), [UpdateAction::Set(ACCEPTED.to_owned(), time)]);
        let put = self.update_item(collection, &key, &step, &document.is_as_read(), ReturnValue::None).await?;
        Ok(matches!(put, Put::Stored(_)))
    }

    /// The items that are documents which can be seen.
    pub(super) async fn visible(
        &self,
        collection: &'static Collection,
        mut items: Vec<Item>,
    ) -> Result<Vec<Item>, StoreError> {
        items.retain(is_document);
        // They were all read before, so one look is enough.
        self.retain_visible(collection, &Decided::default(), &mut items, import_of).await?;
        Ok(items)
    }

    /// Keeps of a page what can be seen.
    pub(super) async fn retain_visible<T>(
        &self,
        collection: &'static Collection,
        decided: &Decided,
        page: &mut Vec<T>,
        import_of: impl Fn(&T) -> Option<&str>,
    ) -> Result<(), StoreError> {
        let names: HashSet<&str> = page.iter().filter_map(&import_of).collect();
        if names.is_empty() {
            return Ok(());
        }
        let unknown: Vec<String> = {
            let known = decided.lock();
            names.into_iter().filter(|name| !known.contains_key(*name)).map(str::to_owned).collect()
        };
        let ended = self.ended(collection, &unknown).await?;
        let mut known = decided.lock();
        for name in unknown {
            let has_ended = ended.contains(&name);
            known.entry(name).or_insert(has_ended);
        }
        page.retain(|one| import_of(one).is_none_or(|name| known.get(name).copied().unwrap_or_default()));
        Ok(())
    }

    /// Whether an import has ended that a reading was not to see: then it may have seen a part of it.
    pub(super) async fn saw_a_part(
        &self,
        collection: &'static Collection,
        decided: &Decided,
    ) -> Result<bool, StoreError> {
        let hidden = decided.hidden();
        Ok(!hidden.is_empty() && !self.ended(collection, &hidden).await?.is_empty())
    }

    /// Those of the imports that have ended.
    async fn ended(
        &self,
        collection: &'static Collection,
        staged_import: &[String],
    ) -> Result<HashSet<String>, StoreError> {
        if staged_import.is_empty() {
            return Ok(HashSet::new());
        }
        let keys: Vec<String> = staged_import.iter().map(|import| ended_key(import)).collect();
        let found = self.get_items_now(collection, &keys).await?;
        let found: HashSet<String> = found.into_iter().filter_map(|item| item.get(ID)?.as_s().ok().cloned()).collect();
        Ok(staged_import.iter().filter(|import| found.contains(&ended_key(import))).cloned().collect())
    }

    /// Whether that import has ended.
    pub(super) async fn has_ended(
        &self,
        collection: &'static Collection,
        import: ObjectId,
    ) -> Result<bool, StoreError> {
        Ok(!self.ended(collection, &[import.to_string()]).await?.is_empty())
    }

    /// Takes the name of an import that has ended away from these documents that came with it. Those that have another
    /// name, or none, stay as they are.
    ///
    /// # Errors
    /// The store fails; it can be done again.
    pub async fn reveal(
        &self,
        collection: &'static Collection,
        import: ObjectId,
        documents: &[Document],
    ) -> Result<(), StoreError> {
        let demand = WriteCondition::Is(IMPORT, AttributeValue::S(import.to_string()));
        let updates: Vec<_> = documents
            .iter()
            .filter_map(|document| Some((document.get(ID).and_then(Value::as_id)?.to_string(), document)))
            .map(|(key, document)| {
                let of_index = |index: &Index| {
                    let key = index_key(collection, index, document)?;
                    Some(UpdateAction::Set(index.attribute.to_owned(), AttributeValue::S(key)))
                };
                let mut steps: Vec<UpdateAction> = withheld(collection).filter_map(of_index).collect();
                steps.push(UpdateAction::Remove(IMPORT.to_owned()));
                let demand = &demand;
                async move { self.update_item(collection, &key, &steps, demand, ReturnValue::None).await.map(|_| ()) }
            })
            .collect();
        stream::iter(updates).buffer_unordered(CONCURRENCY).try_collect().await
    }
}
