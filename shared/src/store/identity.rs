//! Documents that are identified by some of their members: they have the id that derives from them, so that an import
//! that is repeated, or runs twice at once, meets its own document. A document that was loaded with an id of its own
//! keeps it; then the item of the derived id points to it.

use super::{
    Store, StoreError,
    attribute::AttributeValue,
    condition::WriteCondition,
    get::is_document,
    item::{self, Item},
    keys::{ID, ORDER},
    packing,
    put::{Change, Transaction},
    staged_import,
    totals::{CounterDeltas, PriorCount},
    unpacking,
};
use crate::{
    collections::Collection,
    pause::Pauses,
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

/// The attribute of a pointer: the id of the document.
pub(super) const POINTS_TO: &str = "points_to";

/// The attribute that counts the versions of a document which is read, changed and written back.
pub(super) const VERSION: &str = "_version";

/// A document that was found by what identifies it.
#[derive(Debug, Clone)]
pub struct Identified {
    /// The document, whole.
    pub document: Document,
    /// Its id.
    pub id: ObjectId,
    pub(super) parts: Vec<String>,
    pub(super) version: Option<AttributeValue>,
    pub(super) held: Option<PriorCount>,
    pub(super) imported: Option<ObjectId>,
    pub(super) accepted: Option<Timestamp>,
}

impl Identified {
    /// When the request was accepted that it was stored by last; `None` where that was no import.
    pub fn accepted(&self) -> Option<Timestamp> {
        self.accepted
    }

    /// That the document is as it was read.
    pub(super) fn is_as_read(&self) -> WriteCondition {
        match &self.version {
            Some(version) => WriteCondition::Is(VERSION, version.clone()),
            None => WriteCondition::All(vec![WriteCondition::Has(ORDER), WriteCondition::HasNot(VERSION)]),
        }
    }

    /// The staged import that wrote its dependants; `None` when one transaction wrote them.
    pub fn import(&self) -> Option<ObjectId> {
        self.imported
    }

    /// How often it was written by who had read it: another number each time, as long as it is there.
    pub fn version(&self) -> u64 {
        self.version.as_ref().and_then(|version| version.as_n().ok()?.parse().ok()).unwrap_or(0)
    }
}

/// Where a derived id leads.
enum PointerTarget {
    /// To this item.
    To(Item),
    /// To a document with an id of its own that is gone.
    Dangling(String),
    Nowhere,
}

/// A document that takes the place of another.
#[derive(Debug, Clone)]
pub struct Replacement {
    /// Where.
    pub collection: &'static Collection,
    /// What was read; `None` where there was nothing.
    pub before: Option<Identified>,
    /// What takes its place; `None` where nothing does.
    pub after: Option<Document>,
}

/// The id that derives from what identifies a document of `collection`; `None` where a member is missing.
pub fn derived_id(collection: &Collection, document: &Document) -> Option<ObjectId> {
    if collection.identity.is_empty() {
        return None;
    }
    let texts: Vec<String> = collection
        .identity
        .iter()
        .map(|name| match document.get(name) {
            Some(Value::Text(text)) => Some(text.to_string()),
            Some(Value::Id(id)) => Some(id.to_string()),
            // What an old document lacks identifies it no less.
            None | Some(Value::Null) => Some(String::new()),
            Some(_) => None,
        })
        .collect::<Option<_>>()?;
    Some(ObjectId::derived(collection.name, texts.iter().map(String::as_str)))
}

impl Store {
    /// The document with that derived id, wherever it is.
    ///
    /// # Errors
    /// The store fails.
    pub async fn identified(
        &self,
        collection: &'static Collection,
        derived: ObjectId,
    ) -> Result<Option<Identified>, StoreError> {
        match self.pointer_target(collection, derived).await? {
            PointerTarget::To(item) => self.opened(collection, item).await,
            PointerTarget::Nowhere | PointerTarget::Dangling(_) => Ok(None),
        }
    }

    /// As [`Store::identified`], for who may put one in its place: what leads to a document that is gone follows it.
    ///
    /// # Errors
    /// The store fails.
    pub async fn identified_to_change(
        &self,
        collection: &'static Collection,
        derived: ObjectId,
    ) -> Result<Option<Identified>, StoreError> {
        match self.pointer_target(collection, derived).await? {
            PointerTarget::To(item) => self.opened(collection, item).await,
            PointerTarget::Nowhere => Ok(None),
            PointerTarget::Dangling(key) => {
                let demand = WriteCondition::Is(POINTS_TO, AttributeValue::S(key));
                self.transact(&[Change::delete(collection, &derived.to_string(), Some(demand))]).await?;
                Ok(None)
            }
        }
    }

    async fn pointer_target(
        &self,
        collection: &'static Collection,
        derived: ObjectId,
    ) -> Result<PointerTarget, StoreError> {
        let Some(found) = self.get_item_now(collection, &derived.to_string()).await? else {
            return Ok(PointerTarget::Nowhere);
        };
        let Some(key) = pointer(&found) else { return Ok(PointerTarget::To(found)) };
        let item = self.get_item_now(collection, &key).await?;
        Ok(item.map_or(PointerTarget::Dangling(key), PointerTarget::To))
    }

    /// The document of that id, to be changed.
    ///
    /// # Errors
    /// The store fails.
    pub async fn read_now(
        &self,
        collection: &'static Collection,
        id: ObjectId,
    ) -> Result<Option<Identified>, StoreError> {
        match self.get_item_now(collection, &id.to_string()).await? {
            Some(found) => self.opened(collection, found).await,
            None => Ok(None),
        }
    }

    async fn opened(&self, collection: &'static Collection, found: Item) -> Result<Option<Identified>, StoreError> {
        let Some(found) = self.visible(collection, vec![found]).await?.pop() else { return Ok(None) };
        let parts = packing::named_parts(&found);
        let version = found.get(VERSION).cloned();
        let held = PriorCount::of(collection, &found);
        let imported = staged_import::came_with(&found);
        let accepted = staged_import::accepted(&found);
        let id = unpacking::document_id(&found).ok_or(item::ItemError::NoId)?;
        let document = unpacking::unpack(self, collection, found).await?;
        Ok(Some(Identified { document, id, parts, version, held, imported, accepted }))
    }

    /// Stores a document that nothing like it identifies yet, with its derived id; else gives the id of the one that
    /// is there.
    ///
    /// # Errors
    /// The store fails, or the document lacks a member that identifies it.
    pub async fn create_identified(
        &self,
        collection: &'static Collection,
        mut document: Document,
    ) -> Result<ObjectId, StoreError> {
        let derived = derived_id(collection, &document).ok_or(item::ItemError::NoId)?;
        document.insert(ID.to_owned(), Value::Id(derived));
        let mut item = None;
        let mut pauses = Pauses::default();
        loop {
            // Mostly it is there, and a transaction that is refused costs more than reading.
            let found = self.get_item_now(collection, &derived.to_string()).await?;
            let demand = match found.as_ref().map(pointer) {
                None => WriteCondition::NoItem,
                Some(None) => {
                    let unnamed = item.map(|item| packing::unnamed_parts(&item, found.as_ref())).unwrap_or_default();
                    self.discard(collection, &unnamed).await;
                    return Ok(derived);
                }
                Some(Some(key)) if self.get_item_now(collection, &key).await?.is_some() => {
                    self.discard(collection, &item.as_ref().map(packing::named_parts).unwrap_or_default()).await;
                    return key.parse().map_err(|_| item::ItemError::Damaged(POINTS_TO.to_owned()).into());
                }
                // The document that was loaded is gone; the new one takes the place of its pointer.
                Some(Some(key)) => WriteCondition::Is(POINTS_TO, AttributeValue::S(key)),
            };
            let prepared = match item.take() {
                Some(prepared) => prepared,
                None => self.prepare(collection, &document).await?,
            };
            let mut counter_deltas = CounterDeltas::default();
            let mut put = prepared.clone();
            counter_deltas.put(collection, &mut put, None);
            let changes: Vec<Change> =
                [Change::put(collection, put, Some(demand))].into_iter().chain(counter_deltas.changes()).collect();
            if self.transact(&changes).await? == Transaction::Done {
                return Ok(derived);
            }
            item = Some(prepared);
            if !pauses.pause().await {
                return Err(StoreError::Busy("a document comes and goes while it is stored".to_owned()));
            }
        }
    }

    /// Makes all replacements and what is also to be changed, or none of it. `false` where another has changed one of the
    /// documents since it was read, or where another demand does not hold.
    ///
    /// # Errors
    /// The store fails.
    pub async fn replace(
        &self,
        replacements: impl IntoIterator<Item = Replacement>,
        also: impl IntoIterator<Item = Change>,
    ) -> Result<bool, StoreError> {
        let (mut changes, mut old_parts, mut new_parts) = (Vec::new(), Vec::new(), Vec::new());
        let mut counter_deltas = CounterDeltas::default();
        for Replacement { collection, before, after } in replacements {
            let change = match after {
                Some(after) => self.replacement(collection, before.as_ref(), after, &mut counter_deltas).await?,
                None => removal(collection, before.as_ref(), &mut counter_deltas),
            };
            if let super::put::Action::Put(item) = &change.action {
                new_parts.push((collection, packing::named_parts(item)));
            }
            old_parts.push((collection, before.map(|before| before.parts).unwrap_or_default()));
            changes.push(change);
        }
        changes.extend(also);
        changes.extend(counter_deltas.changes());
        let done = self.transact(&changes).await? == Transaction::Done;
        for (collection, parts) in if done { old_parts } else { new_parts } {
            self.discard(collection, &parts).await;
        }
        Ok(done)
    }

    /// The change that replaces `before` by `after`, refused where another has changed the document since; what it adds
    /// to the totals is added to `counter_deltas`.
    pub(super) async fn replacement(
        &self,
        collection: &'static Collection,
        before: Option<&Identified>,
        mut after: Document,
        counter_deltas: &mut CounterDeltas,
    ) -> Result<Change, StoreError> {
        let own = || after.get(ID).and_then(Value::as_id);
        let id = match before {
            Some(before) => before.id,
            // What nothing identifies brings its id along.
            None => derived_id(collection, &after).or_else(own).ok_or(item::ItemError::NoId)?,
        };
        after.insert(ID.to_owned(), Value::Id(id));
        let next = before.map_or(0, Identified::version) + 1;
        let mut item = self.prepare(collection, &after).await?;
        item.insert(VERSION.to_owned(), AttributeValue::N(next.to_string()));
        staged_import::name(&mut item, before.and_then(Identified::import));
        staged_import::accept(&mut item, before.and_then(Identified::accepted));
        let demand = before.map_or(WriteCondition::NoItem, Identified::is_as_read);
        let held = before.and_then(|before| before.held.as_ref());
        counter_deltas.put(collection, &mut item, held);
        let as_read = PriorCount::demand(collection, held).filter(|_| before.is_some());
        Ok(Change::put(collection, item, Some(and(demand, as_read))))
    }
}

/// Both demands, where there is a second one.
pub(super) fn and(demand: WriteCondition, other: Option<WriteCondition>) -> WriteCondition {
    match other {
        Some(other) => WriteCondition::All(vec![demand, other]),
        None => demand,
    }
}

fn removal(collection: &'static Collection, before: Option<&Identified>, counter_deltas: &mut CounterDeltas) -> Change {
    let key = before.map(|before| before.id.to_string()).unwrap_or_default();
    let version = before.and_then(|before| before.version.clone());
    let held = before.and_then(|before| before.held.as_ref());
    counter_deltas.remove(&key, held);
    let demand = version.map_or(WriteCondition::HasNot(VERSION), |version| WriteCondition::Is(VERSION, version));
    Change::delete(collection, &key, Some(and(demand, PriorCount::demand(collection, held))))
}

pub(super) fn pointer(item: &Item) -> Option<String> {
    (!is_document(item)).then(|| item.get(POINTS_TO)?.as_s().ok().cloned())?
}

/// The item that points from a derived id to a document with an id of its own.
pub(super) fn pointer_item(derived: ObjectId, to: ObjectId) -> Item {
    [(ID, derived), (POINTS_TO, to)].map(|(name, id)| (name.to_owned(), AttributeValue::S(id.to_string()))).into()
}
