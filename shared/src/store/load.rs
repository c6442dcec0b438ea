//! Documents that come from elsewhere: they keep their ids, and what identifies them leads to them.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{
    Store, StoreError,
    expression::Demand,
    get::is_document,
    identity::{POINTS_TO, derived_id, pointer_item},
    item::{ItemError, to_document},
    keys::ID,
    packing::named_parts,
    put::{Change, Put},
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
        let item = self.prepare(collection, &document).await?;
        let before = match self.put_item(collection, item.clone(), Some(Demand::NoItem)).await? {
            Put::Stored => None,
            Put::Refused(before) => {
                self.put_item(collection, item, None).await?;
                before.filter(is_document)
            }
        };
        if let Some(derived) = derived {
            self.put_item(collection, pointer_item(derived, id), Some(Demand::NoItem)).await?;
        }
        let Some(before) = before else { return Ok(Loaded::New) };
        self.delete_keys(collection, &named_parts(&before)).await?;
        let identified = derived_id(collection, &to_document(collection, before)?).filter(|before| *before != id);
        if let Some(left) = identified.filter(|before| Some(*before) != derived) {
            let ours = Demand::Is(POINTS_TO, AttributeValue::S(id.to_string()));
            self.transact(&[Change::delete(collection, &left.to_string(), Some(ours))]).await?;
        }
        Ok(Loaded::Updated)
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
            false => Err(StoreError::Failed("another token has the same value".to_owned())),
        }
    }
}
