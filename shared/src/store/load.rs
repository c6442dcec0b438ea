//! Documents that come from elsewhere: they keep their ids, and what identifies them leads to them.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{
    Store, StoreError,
    expression::Demand,
    get::is_document,
    identity::{POINTS_TO, derived_id, pointer_item},
    item::{Item, ItemError, to_document},
    keys::ID,
    packing::unnamed_parts,
    put::{Change, Put, Transaction},
    totals::{Held, Tally},
};
use crate::{
    auth::{TokenGrant, TokenHash},
    collections::Collection,
    pause::Pauses,
    value::{Document, Value},
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

impl Store {
    /// Stores a document under the id that it has. The first document of an identity is the one that imports find.
    ///
    /// # Errors
    /// The document cannot be stored, or the store fails.
    pub async fn load(&self, collection: &'static Collection, document: Document) -> Result<Loaded, StoreError> {
        let id = document.get(ID).and_then(Value::as_id).ok_or(ItemError::NoId)?;
        let derived = derived_id(collection, &document).filter(|derived| *derived != id);
        let item = self.prepare(collection, &document).await?;
        let before = self.put_over(collection, &item).await?.filter(is_document);
        if let Some(derived) = derived {
            self.put_item(collection, pointer_item(derived, id), Some(Demand::NoItem)).await?;
        }
        let Some(before) = before else { return Ok(Loaded::New) };
        self.discard(collection, &unnamed_parts(&before, Some(&item))).await;
        let identified = derived_id(collection, &to_document(collection, before)?).filter(|before| *before != id);
        if let Some(left) = identified.filter(|before| Some(*before) != derived) {
            let ours = Demand::Is(POINTS_TO, AttributeValue::S(id.to_string()));
            self.transact(&[Change::delete(collection, &left.to_string(), Some(ours))]).await?;
        }
        Ok(Loaded::Updated)
    }

    /// Puts an item in the place of what has its key, and gives that.
    async fn put_over(&self, collection: &'static Collection, item: &Item) -> Result<Option<Item>, StoreError> {
        let mut pauses = Pauses::default();
        // Mostly there is nothing.
        let mut before = None;
        loop {
            let held = before.as_ref().and_then(|before| Held::of(collection, before));
            let (mut item, mut tally) = (item.clone(), Tally::default());
            tally.put(collection, &mut item, held.as_ref());
            let demand = match &before {
                None => Some(Demand::NoItem),
                Some(_) => Held::demand(collection, held.as_ref()),
            };
            let totals: Vec<Change> = tally.changes().collect();
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
