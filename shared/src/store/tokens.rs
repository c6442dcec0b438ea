//! Tokens. A token is two items that change together: the document that administrators read, and the grant under the
//! hash of the value, which authorizes a request with one read.

use super::{
    Store, StoreError,
    attribute::AttributeValue,
    condition::WriteCondition,
    get::is_document,
    item::{Item, ItemError},
    keys::{ID, ORDER},
    put::{Change, Transaction},
};
use crate::{
    collections::TOKEN,
    time::Timestamp,
    token::{TokenGrant, TokenHash},
    value::{Document, ObjectId, Value},
};

/// The attribute of the document with the hash. It starts with `_`, so answers do not contain it.
const HASH: &str = "_hash";

const TOKEN_ID: &str = "token_id";
const PROPERTIES: &str = "properties";
const EXPIRED: &str = "expired";
const EXPIRES_ON: &str = "expires_on";
const ADDRESSES: &str = "ip_address";

fn grant_key(hash: &TokenHash) -> String {
    format!("hash/{}", hash.to_hex())
}

impl Store {
    /// The id and rights of the token with that hash, by one consistent read; `None` when it does not exist.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the engine throttles or does not answer; [`StoreError::Failed`] when it refuses the
    /// request.
    pub async fn grant(&self, hash: &TokenHash) -> Result<Option<(ObjectId, TokenGrant)>, StoreError> {
        match self.get_item_now(&TOKEN, &grant_key(hash)).await? {
            None => Ok(None),
            Some(item) => read_grant(&item).map(Some).ok_or_else(|| ItemError::Damaged(TOKEN_ID.to_owned()).into()),
        }
    }

    /// Stores a token. `false` when its id or value exists.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the engine throttles or does not answer; [`StoreError::Failed`] when it refuses the
    /// request. [`StoreError::Item`] when the document has no id.
    pub async fn create_token(
        &self,
        document: &Document,
        hash: &TokenHash,
        grant: &TokenGrant,
    ) -> Result<bool, StoreError> {
        let id = document.get(ID).and_then(Value::as_id).ok_or(ItemError::NoId)?;
        let changes = self.new_token_changes(document, hash, grant).await?;
        match self.transact(&changes).await {
            // The write may have succeeded. Its value would be lost with the answer, so the token is looked up.
            Err(error @ StoreError::Busy(_)) => match self.grant(hash).await {
                Ok(Some((found, _))) if found == id => Ok(true),
                _ => Err(error),
            },
            outcome => Ok(outcome? == Transaction::Done),
        }
    }

    /// Replaces the document of a token and its rights. `false` when the token does not exist.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the engine throttles or does not answer; [`StoreError::Failed`] when it refuses the
    /// request.
    pub async fn update_token(&self, document: &Document, grant: &TokenGrant) -> Result<bool, StoreError> {
        let Some(id) = document.get(ID).and_then(Value::as_id) else { return Ok(false) };
        let Some(key) = self.grant_key_of(id).await? else { return Ok(false) };
        let changes = self.token_changes(document, &key, grant, &WriteCondition::AnItem).await?;
        Ok(self.transact(&changes).await? == Transaction::Done)
    }

    /// Gives an existing token another value. `false` when another token has that value.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the engine throttles or does not answer; [`StoreError::Failed`] when it refuses the
    /// request.
    pub(super) async fn replace_token(
        &self,
        document: &Document,
        hash: &TokenHash,
        grant: &TokenGrant,
    ) -> Result<bool, StoreError> {
        let id = document.get(ID).and_then(Value::as_id).ok_or(ItemError::NoId)?;
        let (old, new) = (self.grant_key_of(id).await?, grant_key(hash));
        let ours = WriteCondition::Is(TOKEN_ID, AttributeValue::S(id.to_string()));
        let demand = WriteCondition::Any(vec![WriteCondition::NoItem, ours]);
        let mut item = self.prepare(&TOKEN, document).await?;
        item.insert(HASH.to_owned(), AttributeValue::S(new.clone()));
        let mut changes =
            vec![Change::put(&TOKEN, item, None), Change::put(&TOKEN, grant_item(&new, id, grant), Some(demand))];
        if let Some(old) = old.filter(|old| *old != new) {
            changes.push(Change::delete(&TOKEN, &old, None));
        }
        Ok(self.transact(&changes).await? == Transaction::Done)
    }

    /// Deletes a token; its value is then invalid. `false` when the token does not exist.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the engine throttles or does not answer; [`StoreError::Failed`] when it refuses the
    /// request.
    pub async fn delete_token(&self, id: ObjectId) -> Result<bool, StoreError> {
        let Some(key) = self.grant_key_of(id).await? else { return Ok(false) };
        let document = Change::delete(&TOKEN, &id.to_string(), Some(WriteCondition::Has(ORDER)));
        Ok(self.transact(&[document, Change::delete(&TOKEN, &key, None)]).await? == Transaction::Done)
    }

    /// The writes that store a new token, within a transaction.
    pub(super) async fn new_token_changes(
        &self,
        document: &Document,
        hash: &TokenHash,
        grant: &TokenGrant,
    ) -> Result<[Change; 2], StoreError> {
        self.token_changes(document, &grant_key(hash), grant, &WriteCondition::NoItem).await
    }

    pub(super) async fn grant_key_of(&self, id: ObjectId) -> Result<Option<String>, StoreError> {
        let item = self.get_item_now(&TOKEN, &id.to_string()).await?.filter(is_document);
        Ok(item.and_then(|item| item.get(HASH)?.as_s().ok().cloned()))
    }

    pub(super) async fn token_changes(
        &self,
        document: &Document,
        key: &str,
        grant: &TokenGrant,
        demand: &WriteCondition,
    ) -> Result<[Change; 2], StoreError> {
        let id = document.get(ID).and_then(Value::as_id).ok_or(ItemError::NoId)?;
        let mut item = self.prepare(&TOKEN, document).await?;
        item.insert(HASH.to_owned(), AttributeValue::S(key.to_owned()));
        let grant = grant_item(key, id, grant);
        Ok([item, grant].map(|item| Change::put(&TOKEN, item, Some(demand.clone()))))
    }
}

fn grant_item(key: &str, id: ObjectId, grant: &TokenGrant) -> Item {
    let flag = |set: &bool| AttributeValue::Bool(*set);
    let mut item: Item = [
        (ID.to_owned(), AttributeValue::S(key.to_owned())),
        (TOKEN_ID.to_owned(), AttributeValue::S(id.to_string())),
        (PROPERTIES.to_owned(), AttributeValue::L(grant.properties.iter().map(flag).collect())),
        (EXPIRED.to_owned(), AttributeValue::Bool(grant.expired)),
        (ADDRESSES.to_owned(), AttributeValue::L(grant.addresses.iter().cloned().map(AttributeValue::S).collect())),
    ]
    .into();
    if let Some(date) = grant.expires_on {
        item.insert(EXPIRES_ON.to_owned(), AttributeValue::N(date.milliseconds().to_string()));
    }
    item
}

fn read_grant(item: &Item) -> Option<(ObjectId, TokenGrant)> {
    let mut properties = [false; 16];
    let stored = item.get(PROPERTIES)?.as_l().ok()?;
    for (flag, stored) in properties.iter_mut().zip(stored) {
        *flag = *stored.as_bool().ok()?;
    }
    let addresses = item.get(ADDRESSES)?.as_l().ok()?.iter().map(|address| address.as_s().ok().cloned());
    let expires_on = match item.get(EXPIRES_ON) {
        None => None,
        Some(date) => Some(Timestamp::from_milliseconds(date.as_n().ok()?.parse().ok()?)),
    };
    let grant = TokenGrant {
        properties,
        expired: *item.get(EXPIRED)?.as_bool().ok()?,
        expires_on,
        addresses: addresses.collect::<Option<_>>()?,
    };
    Some((item.get(TOKEN_ID)?.as_s().ok()?.parse().ok()?, grant))
}
