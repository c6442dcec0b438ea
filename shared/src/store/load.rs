//! Documents that come from elsewhere: they keep their ids, and what identifies them leads to them.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, stream};

use super::{
    Store, StoreError,
    attribute::AttributeValue,
    condition::WriteCondition,
    get::{CONCURRENCY, is_document},
    identity::{POINTS_TO, derived_id, pointer_item},
    item::{Item, ItemError, to_document},
    keys::ID,
    packing::unnamed_parts,
    put::{Action, Change, Put, Transaction},
    totals::{CounterDeltas, PriorCount, Write, transactions},
};
use crate::{
    collections::Collection,
    pause::Pauses,
    token::{TokenGrant, TokenHash},
    value::{Document, ObjectId, Value},
};

/// What became of a document that was loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loaded {
    /// There was none of its id.
    New,
    /// It took the place of one.
    Updated,
    /// It is not stored: another has what is to be its own.
    Refused,
}

/// A document whose item is all that is left to write.
struct Prepared {
    id: ObjectId,
    /// The id that derives from what identifies it, where that is another.
    derived: Option<ObjectId>,
    item: Item,
}

impl Store {
    /// Stores a document under the id that it has. The first document of an identity is the one that imports find.
    ///
    /// # Errors
    /// The document cannot be stored, or the store fails.
    pub async fn load(&self, collection: &'static Collection, document: Document) -> Result<Loaded, StoreError> {
        let prepared = self.prepared(collection, &document).await?;
        // Mostly there is nothing.
        self.load_over(collection, &prepared, None).await
    }

    /// Stores documents as [`Store::load`] does, and says of each what became of it. The new ones are written many at
    /// once, then, one by one, those that take the place of others. Where the store fails, what was not yet written is
    /// not tried.
    pub async fn load_all(
        &self,
        collection: &'static Collection,
        documents: &[Document],
    ) -> Vec<Result<Loaded, StoreError>> {
        let prepared: Vec<_> = documents.iter().map(|document| self.prepared(collection, document)).collect();
        let prepared: Vec<_> = stream::iter(prepared).buffered(CONCURRENCY).collect().await;
        let (put, mut failure) = self.put_new(collection, items(&prepared)).await;
        let (mut new, mut outcomes) = (HashMap::new(), Vec::with_capacity(prepared.len()));
        for (place, prepared) in prepared.into_iter().enumerate() {
            let outcome = match prepared {
                Err(error) => Err(error),
                // Of two of one id, the first was put.
                Ok(Prepared { id, derived, .. }) if put.contains(&id.to_string()) && !new.contains_key(&id) => {
                    new.insert(id, derived.map(|derived| (place, derived)));
                    Ok(Loaded::New)
                }
                Ok(prepared) => match &failure {
                    Some(failure) => Err(failure.clone()),
                    None => {
                        // What led to the first does not lead to the second.
                        new.entry(prepared.id).and_modify(|led_from| *led_from = None);
                        self.load_after(collection, &prepared).await
                    }
                },
            };
            failure = failure.or_else(|| outcome.as_ref().err().filter(|error| is_stores(error)).cloned());
            outcomes.push(outcome);
        }
        self.lead_to(collection, new, &mut outcomes).await;
        outcomes
    }

    /// Stores what leads to new documents: by their ids, the place of the outcome and what is derived. Last, for what
    /// took the place of others has left what it was identified by.
    async fn lead_to(
        &self,
        collection: &'static Collection,
        new: HashMap<ObjectId, Option<(usize, ObjectId)>>,
        outcomes: &mut [Result<Loaded, StoreError>],
    ) {
        let mut led: Vec<_> =
            new.into_iter().filter_map(|(id, led)| led.map(|(place, from)| (place, from, id))).collect();
        led.sort_unstable();
        let (mut from, mut pointers) = (HashSet::new(), Vec::new());
        for (_, derived, id) in &led {
            if from.insert(*derived) {
                pointers.push(pointer_item(*derived, *id));
            }
        }
        if let (_, Some(error)) = self.put_new(collection, pointers).await {
            // Which of them are led to is not known.
            let places: HashSet<usize> = led.into_iter().map(|(place, ..)| place).collect();
            let unled = outcomes.iter_mut().enumerate().filter(|(place, _)| places.contains(place));
            unled.for_each(|(_, outcome)| *outcome = Err(error.clone()));
        }
    }

    async fn prepared(&self, collection: &'static Collection, document: &Document) -> Result<Prepared, StoreError> {
        let id = document.get(ID).and_then(Value::as_id).ok_or(ItemError::NoId)?;
        let derived = derived_id(collection, document).filter(|derived| *derived != id);
        Ok(Prepared { id, derived, item: self.prepare(collection, document).await? })
    }

    /// Puts items whose keys nothing has, in as few transactions as the engine takes. Gives the keys of those that it has
    /// put, and what kept the rest from being put.
    async fn put_new(
        &self,
        collection: &'static Collection,
        items: Vec<Item>,
    ) -> (HashSet<String>, Option<StoreError>) {
        let (mut put, mut left) = (HashSet::new(), items);
        while !left.is_empty() {
            let mut again = Vec::new();
            let writes = left.into_iter().map(|item| new(collection, item));
            for changes in transactions(self.transaction_limits(), writes) {
                match self.transact(&changes).await {
                    Ok(Transaction::Done) => put.extend(changes.into_iter().map(|change| change.key)),
                    // At least one is refused each time, so there are ever fewer.
                    Ok(Transaction::Refused(places)) => {
                        let rest = changes.into_iter().enumerate().filter(|(place, _)| !places.contains(place));
                        again.extend(rest.filter_map(|(_, change)| match change.action {
                            Action::Put(item) => Some(item),
                            _ => None,
                        }));
                    }
                    Err(error) => return (put, Some(error)),
                }
            }
            left = again;
        }
        (put, None)
    }

    async fn load_after(&self, collection: &'static Collection, prepared: &Prepared) -> Result<Loaded, StoreError> {
        let before = self.get_item_now(collection, &prepared.id.to_string()).await?;
        self.load_over(collection, prepared, before).await
    }

    /// Stores one in the place of what is there: `before`, as far as is known.
    async fn load_over(
        &self,
        collection: &'static Collection,
        prepared: &Prepared,
        before: Option<Item>,
    ) -> Result<Loaded, StoreError> {
        let Prepared { id, derived, item } = prepared;
        let before = self.put_over(collection, item, before).await?.filter(is_document);
        if let Some(derived) = derived {
            self.put_item(collection, pointer_item(*derived, *id), Some(WriteCondition::NoItem)).await?;
        }
        let Some(before) = before else { return Ok(Loaded::New) };
        self.discard(collection, &unnamed_parts(&before, Some(item))).await;
        let identified = derived_id(collection, &to_document(collection, before)?).filter(|before| before != id);
        if let Some(left) = identified.filter(|before| Some(before) != derived.as_ref()) {
            let ours = WriteCondition::Is(POINTS_TO, AttributeValue::S(id.to_string()));
            self.transact(&[Change::delete(collection, &left.to_string(), Some(ours))]).await?;
        }
        Ok(Loaded::Updated)
    }

    /// Puts an item in the place of what has its key, and gives that.
    async fn put_over(
        &self,
        collection: &'static Collection,
        item: &Item,
        mut before: Option<Item>,
    ) -> Result<Option<Item>, StoreError> {
        let mut pauses = Pauses::default();
        loop {
            let held = before.as_ref().and_then(|before| PriorCount::of(collection, before));
            let (mut item, mut counter_deltas) = (item.clone(), CounterDeltas::default());
            counter_deltas.put(collection, &mut item, held.as_ref());
            let demand = match &before {
                None => Some(WriteCondition::NoItem),
                Some(_) => PriorCount::demand(collection, held.as_ref()),
            };
            let totals: Vec<Change> = counter_deltas.changes().collect();
            let found = if totals.is_empty() {
                match self.put_item(collection, item, demand).await? {
                    Put::Stored(_) => return Ok(before),
                    Put::Refused(found) => found,
                }
            } else {
                let put = Change::put(collection, item, demand);
                let key = put.key.clone();
                let changes: Vec<Change> = [put].into_iter().chain(totals).collect();
                if self.transact(&changes).await? == Transaction::Done {
                    return Ok(before);
                }
                self.get_item_now(collection, &key).await?
            };
            if before.is_some() && !pauses.pause().await {
                return Err(StoreError::Busy("a document changes again and again while it is loaded".to_owned()));
            }
            before = found;
        }
    }

    /// Stores a token under the id that it has.
    ///
    /// # Errors
    /// As [`Store::load`].
    pub async fn load_token(
        &self,
        document: &Document,
        hash: &TokenHash,
        grant: &TokenGrant,
    ) -> Result<Loaded, StoreError> {
        if self.create_token(document, hash, grant).await? {
            return Ok(Loaded::New);
        }
        match self.replace_token(document, hash, grant).await? {
            true => Ok(Loaded::Updated),
            false => Ok(Loaded::Refused),
        }
    }
}

/// The items of those that can be stored, of each id the first.
fn items(prepared: &[Result<Prepared, StoreError>]) -> Vec<Item> {
    let mut ids = HashSet::new();
    prepared.iter().flatten().filter(|prepared| ids.insert(prepared.id)).map(|prepared| prepared.item.clone()).collect()
}

/// Whether the store is at fault, and not a document.
fn is_stores(error: &StoreError) -> bool {
    !matches!(error, StoreError::Item(_))
}

/// What puts an item whose key nothing has; a document is counted.
fn new(collection: &'static Collection, mut item: Item) -> Write {
    let mut counter_deltas = CounterDeltas::default();
    if is_document(&item) {
        counter_deltas.put(collection, &mut item, None);
    }
    Write { change: Change::put(collection, item, Some(WriteCondition::NoItem)), counter_deltas }
}
