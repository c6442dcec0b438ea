//! Setting members of documents that are there.

use super::{
    Store, StoreError,
    condition::{UpdateAction, WriteCondition},
    engine::ReturnValue,
    get::is_document,
    identity::pointer,
    item::{self, Item},
    keys::ORDER,
    put::{Change, Put, Transaction},
    staged_import,
    totals::{CounterDeltas, PriorCount},
};
use crate::{
    collections::Collection,
    pause::Pauses,
    value::{ObjectId, Value},
};

impl Store {
    /// Sets members of the document with that derived id and stores a task, both or neither. `false` where there is no
    /// such document.
    ///
    /// # Errors
    /// The store fails.
    pub async fn update_identified(
        &self,
        collection: &'static Collection,
        derived: ObjectId,
        members: &[(&'static str, Value)],
        task: Change,
    ) -> Result<bool, StoreError> {
        let attributes = members
            .iter()
            .map(|(name, value)| ((*name).to_owned(), item::attribute(item::kind(collection, name), value)));
        let attributes: Item = attributes.collect();
        let mut key = derived.to_string();
        let mut pauses = Pauses::default();
        loop {
            let Some(before) = self.get_item_now(collection, &key).await? else { return Ok(false) };
            if let Some(to) = pointer(&before) {
                key = to;
                continue;
            }
            if !is_document(&before) {
                return Ok(false);
            }
            let after = before.clone().into_iter().chain(attributes.clone()).collect();
            let mut counter_deltas = CounterDeltas::default();
            let mark = counter_deltas.update(collection, &before, &after);
            let sets = attributes.clone().into_iter().map(|(name, value)| UpdateAction::Set(name, value));
            let as_read = PriorCount::demand(collection, PriorCount::of(collection, &before).as_ref());
            let demands = [WriteCondition::Has(ORDER)].into_iter().chain(as_read).collect();
            let update = Change::update(collection, &key, sets.chain(mark).collect(), WriteCondition::All(demands));
            let changes: Vec<Change> = [update, task.clone()].into_iter().chain(counter_deltas.changes()).collect();
            match self.transact(&changes).await? {
                Transaction::Done => return Ok(true),
                // Changed since it was read, or gone.
                Transaction::Refused(places) if places == [0] && pauses.pause().await => {}
                Transaction::Refused(places) if places == [0] => {
                    return Err(StoreError::Busy("a document changes again and again".to_owned()));
                }
                Transaction::Refused(_) => return Ok(false),
            }
        }
    }

    /// Sets members of a document that no index key is made of and no total tells apart. `false` where there is no such
    /// document.
    ///
    /// # Errors
    /// The store fails.
    pub async fn update(
        &self,
        collection: &'static Collection,
        id: ObjectId,
        members: &[(&'static str, Value)],
    ) -> Result<bool, StoreError> {
        let sets = members.iter().map(|(name, value)| set(collection, name, value));
        let steps: Vec<UpdateAction> = sets.chain(staged_import::note_update(collection)).collect();
        let (key, there) = (id.to_string(), WriteCondition::Has(ORDER));
        Ok(matches!(self.update_item(collection, &key, &steps, &there, ReturnValue::None).await?, Put::Stored(_)))
    }
}

fn set(collection: &Collection, name: &str, value: &Value) -> UpdateAction {
    UpdateAction::Set(name.to_owned(), item::attribute(item::kind(collection, name), value))
}
