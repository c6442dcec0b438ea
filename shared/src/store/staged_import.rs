//! Staged imports: imports of more than one transaction, of which a reader sees nothing before the last one and everything
//! after it.
//!
//! The documents of an import are written with its name ([`IMPORT`]). The last transaction writes the document that they
//! belong to, which names the import too, and the marker that says that the import has ended. A reader that meets the
//! name of an import reads its marker, once for each import and reading; nothing is written to the documents again. When
//! the document that names the import is replaced or deleted, the marker is deleted with it, so that all documents of the
//! import disappear in that transaction; they are deleted afterwards.
//!
//! While an import runs, an item says when it began. The last transaction of the import deletes it and requires it, so
//! whoever deletes that item first may delete the documents of the import.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{
    Store, StoreError,
    attribute::AttributeValue,
    condition::{UpdateAction, WriteCondition},
    engine::{Cursor, Query, ReturnValue},
    get::is_document,
    identity::Identified,
    item::Item,
    keys::{ID, order_bounds},
    packing,
    put::{Change, Put, Transaction},
    totals::{Write, checked_transactions},
    unpacking,
};
use crate::{
    collections::{Collection, IMPORTED, Partition},
    query::{Created, Filter},
    time::Timestamp,
    value::{Document, ObjectId},
};

/// The attribute of a document that came with a staged import: the name of the import.
pub(super) const IMPORT: &str = "_import";

/// The attribute of a document of a staged import that was updated after the import had ended.
const UPDATED: &str = "_updated";

/// The attribute of the document that the others of an import belong to: the name of the import.
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

/// Whether documents of the collection may be of an import that has not ended.
pub(super) fn may_be_hidden(collection: &Collection) -> bool {
    IMPORTED.contains(&collection)
}

/// Hides an item until its import has ended. An index that does not carry the name shows the item to whoever reads the
/// index alone: such a reader has to get the documents that it finds.
pub(super) fn hide(item: &mut Item, import: ObjectId) {
    item.insert(IMPORT.to_owned(), AttributeValue::S(import.to_string()));
}

/// The condition on which a document is written hidden: that nothing is there, or what the same import has written. An
/// attempt that comes late does not overwrite what was updated since the import ended.
pub(super) fn free_or_hidden(import: ObjectId) -> WriteCondition {
    WriteCondition::Any(vec![
        WriteCondition::NoItem,
        WriteCondition::All(vec![came_hidden_with(import), WriteCondition::HasNot(UPDATED)]),
    ])
}

fn came_hidden_with(import: ObjectId) -> WriteCondition {
    WriteCondition::Is(IMPORT, AttributeValue::S(import.to_string()))
}

/// The step of an update that says that a document was updated.
pub(super) fn note_update(collection: &Collection) -> Option<UpdateAction> {
    may_be_hidden(collection).then(|| UpdateAction::Set(UPDATED.to_owned(), AttributeValue::Bool(true)))
}

/// Names in the item of a document the import that what belongs to it came with, where that was one in steps.
pub(super) fn name(item: &mut Item, import: Option<ObjectId>) {
    item.remove(IMPORTED_AS);
    item.extend(import.map(|import| (IMPORTED_AS.to_owned(), AttributeValue::S(import.to_string()))));
}

/// The import that the item of a document names.
pub(super) fn came_with(item: &Item) -> Option<ObjectId> {
    item.get(IMPORTED_AS)?.as_s().ok()?.parse().ok()
}

/// The changes that end an import: from then on its documents can be seen. They require that the import has begun and was
/// not abandoned. `collection` is that of the document which the others belong to.
pub(super) fn end(collection: &'static Collection, import: ObjectId) -> impl Iterator<Item = Change> {
    let key = ended_key(&import.to_string());
    let item: Item = [(ID.to_owned(), AttributeValue::S(key))].into();
    let begun = Change::delete(collection, &begun_key(import), Some(WriteCondition::AnItem));
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
    /// Notes that a staged import of a document of `collection` begins, and gives the time at which the first attempt at it
    /// began, so that all attempts write the same.
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

    /// The documents of these ids, those of imports too that have not ended or were replaced, without the members that are
    /// packed: for a caller that deletes them.
    ///
    /// # Errors
    /// The store fails.
    pub async fn get_all_to_remove(
        &self,
        collection: &'static Collection,
        ids: &[ObjectId],
    ) -> Result<Vec<Document>, StoreError> {
        let keys: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let items = self.get_items_now(collection, &keys).await?;
        let items = items.into_iter().filter(is_document);
        Ok(items
            .map(|item| unpacking::open(collection, item).map(|opened| opened.document))
            .collect::<Result<_, _>>()?)
    }

    /// Deletes hidden documents of an import by their keys, with their parts, as long as the import has not begun again.
    /// `root` is the collection of the document which the others belong to. Says how many it deleted.
    pub(super) async fn remove_hidden(
        &self,
        root: &'static Collection,
        import: ObjectId,
        collection: &'static Collection,
        keys: &[String],
    ) -> Result<usize, StoreError> {
        let name = import.to_string();
        let mut items = self.get_items_now(collection, keys).await?;
        items.retain(|item| import_of(item) == Some(&name));
        let is_not_running = Change::check(root, &begun_key(import), WriteCondition::NoItem);
        let writes = items.iter().filter_map(|item| {
            let key = item.get(ID)?.as_s().ok()?;
            Some(Write::from(Change::delete(collection, key, Some(came_hidden_with(import)))))
        });
        let mut removed = 0;
        for changes in checked_transactions(self.transaction_limits(), &is_not_running, writes) {
            if self.transact(&changes).await? != Transaction::Done {
                return Ok(removed);
            }
            removed += changes.len() - 1;
        }
        self.discard(collection, &items.iter().flat_map(packing::named_parts).collect::<Vec<_>>()).await;
        Ok(removed)
    }

    /// Deletes documents that imports have left behind which broke off and were never repeated: those of `collection`
    /// that were made before `created_below`, of imports that began before that, too. `root` is the collection of the
    /// documents which the others belong to. Says how many it deleted.
    ///
    /// # Errors
    /// The store fails; it can be done again.
    pub async fn remove_abandoned(
        &self,
        root: &'static Collection,
        collection: &'static Collection,
        created_below: Timestamp,
    ) -> Result<usize, StoreError> {
        let Some(index) = collection.indexes.iter().find(|index| index.partition == Partition::Month) else {
            return Ok(0);
        };
        let created = Created::Within { from: None, below: Some(created_below) };
        let mut removed = 0;
        for month in self.months(collection, created).await? {
            let mut next: Option<Cursor> = None;
            loop {
                let filter = Filter::default();
                let query = Query {
                    order: Some(order_bounds(None, Some(created_below))),
                    members: Some(vec![ID, IMPORT]),
                    start: next.as_ref(),
                    ..Query::of(collection, index, &month, &filter)
                };
                let page = self.engine.query_items(&self.work, &query).await?;
                let mut by_import: BTreeMap<ObjectId, Vec<String>> = BTreeMap::new();
                for item in &page.items {
                    let import = import_of(item).and_then(|name| name.parse().ok());
                    if let (Some(import), Some(Ok(key))) = (import, item.get(ID).map(AttributeValue::as_s)) {
                        by_import.entry(import).or_default().push(key.clone());
                    }
                }
                for (import, keys) in by_import {
                    if self.abandon(root, collection, import, created_below).await? {
                        removed += self.remove_hidden(root, import, collection, &keys).await?;
                    }
                }
                next = page.next;
                if next.is_none() {
                    break;
                }
            }
        }
        Ok(removed)
    }

    /// Sees to it that an import which began before `begun_below` cannot end any more. `false` where it has ended, or began
    /// later.
    async fn abandon(
        &self,
        root: &'static Collection,
        collection: &'static Collection,
        import: ObjectId,
        begun_below: Timestamp,
    ) -> Result<bool, StoreError> {
        // In this order: an import ends in the transaction that deletes what says when it began.
        let key = begun_key(import);
        let begun = self.get_item_now(root, &key).await?.and_then(|item| item.get(BEGUN).cloned());
        if self.has_ended(collection, import).await? {
            return Ok(false);
        }
        let Some(begun) = begun else { return Ok(true) };
        let time = begun.as_n().ok().and_then(|digits| digits.parse().ok()).map(Timestamp::from_milliseconds);
        if time.is_none_or(|time| time >= begun_below) {
            return Ok(false);
        }
        let as_read = Change::delete(root, &key, Some(WriteCondition::Is(BEGUN, begun)));
        Ok(self.transact(&[as_read]).await? == Transaction::Done)
    }
}
