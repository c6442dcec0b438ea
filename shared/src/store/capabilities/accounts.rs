//! Tokens and labs.

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
    /// The tokens and labs of a store.
    pub fn new(store: &'a Store) -> Self {
        Self { reader: Reader::new(store) }
    }

    /// As [`Store::grant`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn grant(&self, hash: &TokenHash) -> Stored<Option<(ObjectId, TokenGrant)>> {
        self.reader.store.grant(hash).await
    }

    /// As [`Store::create_token`].
    ///
    /// # Errors
    /// As [`Store::create_token`].
    pub async fn create(&self, document: &Document, hash: &TokenHash, grant: &TokenGrant) -> Stored<bool> {
        self.reader.store.create_token(document, hash, grant).await
    }

    /// As [`Store::update_token`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn update(&self, document: &Document, grant: &TokenGrant) -> Stored<bool> {
        self.reader.store.update_token(document, grant).await
    }

    /// As [`Store::delete_token`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn delete(&self, id: ObjectId) -> Stored<bool> {
        self.reader.store.delete_token(id).await
    }

    /// As [`Store::create_lab`].
    ///
    /// # Errors
    /// As [`Store::create_lab`].
    pub async fn create_lab(
        &self,
        lab: &Document,
        token: Option<(&Document, &TokenHash, &TokenGrant)>,
    ) -> Stored<bool> {
        self.reader.store.create_lab(lab, token).await
    }

    /// As [`Store::update_lab`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn update_lab(
        &self,
        before: &Document,
        after: &Document,
        tokens: &[(Document, TokenGrant)],
    ) -> Stored<bool> {
        self.reader.store.update_lab(before, after, tokens).await
    }

    /// As [`Store::delete_lab`].
    ///
    /// # Errors
    /// The store fails.
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
