//! Labs. A lab and its token change in one transaction.

use super::{
    Store, StoreError,
    condition::WriteCondition,
    get::is_document,
    item::{ItemError, attribute, kind},
    keys::{ID, ORDER},
    packing::{named_parts, unnamed_parts},
    put::{Change, Transaction},
};
use crate::{
    collections::LAB,
    token::{TokenGrant, TokenHash},
    value::{Document, ObjectId, Value},
};

/// The write of a changed lab; its condition is that the lab is as it was read.
const UPDATED_ON: &str = "updated_on";

impl Store {
    /// Stores a lab and the token created for it, if any. `false` when one of the ids exists.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the engine throttles or does not answer; [`StoreError::Failed`] when it refuses the
    /// request. [`StoreError::Item`] when a document has no id.
    pub async fn create_lab(
        &self,
        lab: &Document,
        token: Option<(&Document, &TokenHash, &TokenGrant)>,
    ) -> Result<bool, StoreError> {
        let item = self.prepare(&LAB, lab).await?;
        let mut changes = vec![Change::put(&LAB, item, Some(WriteCondition::NoItem))];
        if let Some((document, hash, grant)) = token {
            changes.extend(self.new_token_changes(document, hash, grant).await?);
        }
        match (self.transact(&changes).await, token) {
            // The write may have succeeded. The token's value would be lost with the answer, so the lab is looked up.
            (Err(error @ StoreError::Busy(_)), Some((document, hash, _))) => match self.grant(hash).await {
                Ok(Some((id, _))) if document.get(ID).and_then(Value::as_id) == Some(id) => Ok(true),
                _ => Err(error),
            },
            (outcome, _) => Ok(outcome? == Transaction::Done),
        }
    }

    /// Replaces `before` by `after` and changes tokens, in one transaction. `false` when the lab has changed since it
    /// was read.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the engine throttles or does not answer; [`StoreError::Failed`] when it refuses the
    /// request. [`StoreError::Item`] when a document has no id.
    pub async fn update_lab(
        &self,
        before: &Document,
        after: &Document,
        tokens: &[(Document, TokenGrant)],
    ) -> Result<bool, StoreError> {
        let id = after.get(ID).and_then(Value::as_id).ok_or(ItemError::NoId)?;
        let unchanged = match before.get(UPDATED_ON) {
            None => WriteCondition::HasNot(UPDATED_ON),
            Some(date) => WriteCondition::Is(UPDATED_ON, attribute(kind(&LAB, UPDATED_ON), date)),
        };
        let stored = self.get_item_now(&LAB, &id.to_string()).await?;
        let item = self.prepare(&LAB, after).await?;
        let demand = WriteCondition::All(vec![WriteCondition::Has(ORDER), unchanged]);
        let mut changes = vec![Change::put(&LAB, item.clone(), Some(demand))];
        changes.extend(self.changes_of_tokens(tokens).await?);
        let done = self.transact(&changes).await? == Transaction::Done;
        let left = match (done, stored) {
            (true, Some(stored)) => unnamed_parts(&stored, Some(&item)),
            (true, None) => Vec::new(),
            (false, stored) => unnamed_parts(&item, stored.as_ref()),
        };
        self.discard(&LAB, &left).await;
        Ok(done)
    }

    /// Deletes a lab and changes tokens, in one transaction. `false` when the lab does not exist.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the engine throttles or does not answer; [`StoreError::Failed`] when it refuses the
    /// request.
    pub async fn delete_lab(&self, id: ObjectId, tokens: &[(Document, TokenGrant)]) -> Result<bool, StoreError> {
        let key = id.to_string();
        let Some(stored) = self.get_item_now(&LAB, &key).await?.filter(is_document) else { return Ok(false) };
        let mut changes = vec![Change::delete(&LAB, &key, Some(WriteCondition::Has(ORDER)))];
        changes.extend(self.changes_of_tokens(tokens).await?);
        let gone = self.transact(&changes).await? == Transaction::Done;
        if gone {
            self.discard(&LAB, &named_parts(&stored)).await;
        }
        Ok(gone)
    }

    /// A token that was deleted in the meantime is not created again.
    async fn changes_of_tokens(&self, tokens: &[(Document, TokenGrant)]) -> Result<Vec<Change>, StoreError> {
        let mut changes = Vec::new();
        for (document, grant) in tokens {
            let id = document.get(ID).and_then(Value::as_id).ok_or(ItemError::NoId)?;
            if let Some(key) = self.grant_key_of(id).await? {
                changes.extend(self.token_changes(document, &key, grant, &WriteCondition::AnItem).await?);
            }
        }
        Ok(changes)
    }
}
