//! Documents that come from elsewhere: they keep their ids, and what identifies them leads to them.

use super::{
    Store, StoreError,
    expression::Demand,
    get::is_document,
    identity::{derived_id, pointer_item},
    item::ItemError,
    keys::ID,
    put::Put,
};
use crate::{
    auth::{TokenGrant, TokenHash},
    collections::Collection,
    value::{Document, Value},
};

/// What became of a document that was loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loaded {
    /// There was none of its id.
    New,
    /// It took the place of one.
    Updated,
}

impl Store {
    /// Stores a document under the id that it has. The first document of an identity is the one that imports find.
    ///
    /// # Errors
    /// The document cannot be stored, or the store fails.
    pub async fn load(&self, collection: &'static Collection, document: Document) -> Result<Loaded, StoreError> {
        let id = document.get(ID).and_then(Value::as_id).ok_or(ItemError::NoId)?;
        let derived = derived_id(collection, &document).filter(|derived| *derived != id);
        let item = self.prepare(collection, &document, 0).await?;
        let loaded = match self.put_item(collection, item.clone(), Some(Demand::NoItem)).await? {
            Put::Stored => Loaded::New,
            Put::Refused(before) => {
                self.put_item(collection, item, None).await?;
                if before.is_some_and(|before| is_document(&before)) { Loaded::Updated } else { Loaded::New }
            }
        };
        if let Some(derived) = derived {
            self.put_item(collection, pointer_item(derived, id), Some(Demand::NoItem)).await?;
        }
        Ok(loaded)
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
        match self.update_token(document, grant).await? {
            true => Ok(Loaded::Updated),
            false => Err(StoreError::Failed("another token has the same value".to_owned())),
        }
    }
}
