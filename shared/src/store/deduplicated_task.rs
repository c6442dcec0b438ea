//! Tasks that are accepted once within a period, however often they are asked for: the id of each derives from what is
//! asked, so the second finds the first.

use super::{
    Store, StoreError,
    attribute::AttributeValue,
    condition::WriteCondition,
    keys::{EXPIRES, ID},
    put::{Change, Transaction},
    tasks,
};
use crate::{
    collections::TASK,
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

/// A task that is accepted once.
#[derive(Debug, Clone)]
pub struct DeduplicatedTask {
    /// Its id, which derives from what is asked.
    pub id: ObjectId,
    /// What is to be done; `None` where the request was refused, and is only remembered.
    pub work: Option<Value>,
    /// When it is to be done.
    pub due: Timestamp,
}

impl Store {
    /// Stores all these tasks, or none of them. `false` where one was asked for within the last `period` milliseconds, or
    /// is still to be done. The work has to fit into an item: what does not would leave its parts behind.
    ///
    /// # Errors
    /// The store fails.
    pub async fn add_deduplicated(
        &self,
        wanted: &[DeduplicatedTask],
        now: Timestamp,
        period: i64,
    ) -> Result<bool, StoreError> {
        let number = |date: Timestamp| AttributeValue::N(date.milliseconds().to_string());
        let long_ago = WriteCondition::All(vec![
            WriteCondition::HasNot("pending"),
            WriteCondition::Less("created_on", number(now.plus(1).plus(-period))),
        ]);
        let demand = WriteCondition::Any(vec![WriteCondition::NoItem, long_ago]);
        let mut changes = Vec::new();
        for DeduplicatedTask { id, work, due } in wanted {
            let document = match work {
                Some(work) => tasks::task(*id, work.clone(), *due, now),
                None => remembered(*id, now),
            };
            let mut item = self.prepare(&TASK, &document).await?;
            if work.is_none() {
                let seconds = now.plus(period).milliseconds().div_euclid(1_000);
                item.insert(EXPIRES.to_owned(), AttributeValue::N(seconds.to_string()));
            }
            changes.push(Change::put(&TASK, item, Some(demand.clone())));
        }
        Ok(self.transact(&changes).await? == Transaction::Done)
    }
}

/// A request that was refused: it is no task, and goes when its period is over.
fn remembered(id: ObjectId, now: Timestamp) -> Document {
    [(ID, Value::Id(id)), ("created_on", Value::Date(now)), ("state", Value::from("refused"))]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}
