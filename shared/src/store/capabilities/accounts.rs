//! The capability to manage tokens and labs.

use std::ops::Deref;

use super::{Reader, Stored};
use crate::{
    store::Store,
    token::{TokenGrant, TokenHash},
    value::{Document, ObjectId},
};

/// Manages tokens and labs.
#[derive(Clone, Copy)]
pub struct Accounts<'a> {
    reader: Reader<'a>,
}

impl<'a> Accounts<'a> {
    /// Tokens and labs of `store`.
    pub fn new(store: &'a Store) -> Self {
        Self { reader: Reader::new(store) }
    }

    /// The id and rights of the token with that hash; see [`Store::grant`].
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn grant(&self, hash: &TokenHash) -> Stored<Option<(ObjectId, TokenGrant)>> {
        self.reader.store.grant(hash).await
    }

    /// Stores a token. `false` when its id or value exists; see [`Store::create_token`].
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn create(&self, document: &Document, hash: &TokenHash, grant: &TokenGrant) -> Stored<bool> {
        self.reader.store.create_token(document, hash, grant).await
    }

    /// Replaces a token and its rights. `false` when the token does not exist.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn update(&self, document: &Document, grant: &TokenGrant) -> Stored<bool> {
        self.reader.store.update_token(document, grant).await
    }

    /// Deletes a token. `false` when the token does not exist.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn delete(&self, id: ObjectId) -> Stored<bool> {
        self.reader.store.delete_token(id).await
    }

    /// Stores a lab and the token created for it. `false` when one of the ids exists; see [`Store::create_lab`].
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn create_lab(
        &self,
        lab: &Document,
        token: Option<(&Document, &TokenHash, &TokenGrant)>,
    ) -> Stored<bool> {
        self.reader.store.create_lab(lab, token).await
    }

    /// Replaces a lab and changes tokens in one transaction. `false` when the lab has changed since it was read.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn update_lab(
        &self,
        before: &Document,
        after: &Document,
        tokens: &[(Document, TokenGrant)],
    ) -> Stored<bool> {
        self.reader.store.update_lab(before, after, tokens).await
    }

    /// Deletes a lab and changes tokens in one transaction. `false` when the lab does not exist.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn delete_lab(&self, id: ObjectId, tokens: &[(Document, TokenGrant)]) -> Stored<bool> {
        self.reader.store.delete_lab(id, tokens).await
    }
}

impl<'a> Deref for Accounts<'a> {
    type Target = Reader<'a>;

    fn deref(&self) -> &Self::Target {
        &self.reader
    }
}
