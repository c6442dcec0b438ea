//! Tasks that are accepted once within a period. The id derives from the request, so a repeated request finds the first
//! task.

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

/// A task that is accepted once within a period.
#[derive(Debug, Clone)]
pub struct DeduplicatedTask {
    /// The id, derived from the request.
    pub id: ObjectId,
    /// The work; `None` for a refused request, which is only recorded.
    pub work: Option<Value>,
    /// The time at which the task is due.
    pub due: Timestamp,
}

impl Store {
    /// Stores all of these tasks or none. `false` when one was accepted within the last `period` milliseconds or is
    /// unfinished. Each task must fit into one item, because a refused write would leave its parts behind.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the engine throttles or does not answer; [`StoreError::Failed`] when it refuses the
    /// request.
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

/// The record of a refused request. It is not a task and expires with the period.
fn remembered(id: ObjectId, now: Timestamp) -> Document {
    [(ID, Value::Id(id)), ("created_on", Value::Date(now)), ("state", Value::from("refused"))]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}
