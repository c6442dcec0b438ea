//! Tasks: the work of an answer of 202. A task is one item, so accepting it is one write.

use super::{
    Store, StoreError,
    attribute::AttributeValue,
    condition::{UpdateAction, WriteCondition},
    delivery_state::DeliveryState,
    engine::ReturnValue,
    item::Item,
    keys::{EXPIRES, ID},
    packing,
    put::{Action, Change, Put},
    unpacking,
};
use crate::{
    collections::TASK,
    query::{Filter, Selection},
    time::{DAY, Timestamp},
    value::{Document, ObjectId, Value},
};

/// The value of `pending` in unfinished tasks.
const PENDING: &str = "yes";

/// The attribute that names the last taker of a task.
const TAKER: &str = "_taker";
/// How long a finished and a failed task are kept, in milliseconds.
const DONE_KEPT: i64 = 7 * DAY;
const FAILED_KEPT: i64 = 90 * DAY;

/// A due task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueTask {
    /// Its id.
    pub id: ObjectId,
    /// The time from which on it may be taken.
    pub since: Timestamp,
}

/// A task that belongs to this caller until its lease ends.
#[derive(Debug, Clone)]
pub struct TakenTask {
    /// Its id.
    pub id: ObjectId,
    /// The work, as it was stored.
    pub work: Value,
    /// When it was accepted.
    pub accepted: Timestamp,
    /// The number of times that it has been taken, including this one.
    pub attempts: i64,
    /// The keys of the part items of the task.
    pub parts: Vec<String>,
    /// The delivery state at the time of taking.
    pub delivery_state: DeliveryState,
}

/// The result of an attempt at a task.
#[derive(Debug, Clone)]
pub enum TaskEnd {
    /// The work is done.
    Done,
    /// The work cannot be done; the reason is stored.
    Failed(String),
    /// The work may succeed later; the reason is stored.
    Again {
        /// The time from which on it may be taken again.
        due: Timestamp,
        /// The reason of the failure.
        error: String,
    },
}

/// A task as it is stored at acceptance.
pub(super) fn task(id: ObjectId, work: Value, due: Timestamp, now: Timestamp) -> Document {
    [
        (ID, Value::Id(id)),
        ("created_on", Value::Date(now)),
        ("due", Value::Date(due)),
        ("taken_until", Value::Date(Timestamp::from_milliseconds(0))),
        ("attempts", Value::Integer(0)),
        ("pending", Value::from(PENDING)),
        ("state", Value::from("accepted")),
        ("work", work),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

impl Store {
    /// Stores a task that is due now.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the engine throttles or does not answer; [`StoreError::Failed`] when it refuses the
    /// request.
    pub async fn add_task(&self, id: ObjectId, work: Value, now: Timestamp) -> Result<(), StoreError> {
        let Change { action, demand, .. } = self.prepare_task(id, work, now).await?;
        if let Action::Put(item) = action
            && let Put::Refused(found) = self.put_item(&TASK, item.clone(), demand).await?
        {
            self.discard(&TASK, &packing::unnamed_parts(&item, found.as_ref())).await;
        }
        Ok(())
    }

    /// Stores a task that this caller has until `until`. It is due from then on.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the engine throttles or does not answer; [`StoreError::Failed`] when it refuses the
    /// request.
    pub async fn add_taken_task(
        &self,
        id: ObjectId,
        work: Value,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<TakenTask, StoreError> {
        let item = self.task_item(id, work, now, until).await?;
        let parts = packing::named_parts(&item);
        self.put_item(&TASK, item, Some(WriteCondition::NoItem)).await?;
        Ok(TakenTask {
            id,
            work: Value::Null,
            accepted: now,
            attempts: 0,
            parts,
            delivery_state: DeliveryState::NotBegun,
        })
    }

    /// The write that stores a task that is due now, within a transaction.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the engine throttles or does not answer; [`StoreError::Failed`] when it refuses the
    /// request. [`StoreError::Item`] when the work is too long.
    pub async fn prepare_task(&self, id: ObjectId, work: Value, now: Timestamp) -> Result<Change, StoreError> {
        let item = self.task_item(id, work, now, Timestamp::from_milliseconds(0)).await?;
        Ok(Change::put(&TASK, item, Some(WriteCondition::NoItem)))
    }

    async fn task_item(
        &self,
        id: ObjectId,
        work: Value,
        now: Timestamp,
        taken_until: Timestamp,
    ) -> Result<Item, StoreError> {
        let mut task = task(id, work, now, now);
        task.insert("taken_until".to_owned(), Value::Date(taken_until));
        self.prepare(&TASK, &task).await
    }

    /// The due tasks that no worker has, oldest first, at most `most`.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the engine throttles or does not answer; [`StoreError::Failed`] when it refuses the
    /// request.
    pub async fn due_tasks(&self, now: Timestamp, most: usize) -> Result<Vec<DueTask>, StoreError> {
        let selection = Selection {
            filter: Filter::equals("pending", PENDING),
            fields: ["due", "taken_until"].map(str::to_owned).into(),
            ..Selection::default()
        };
        let as_due = |task: Document| {
            let date = |name: &str| task.get(name).and_then(Value::as_date);
            // A task whose lease has ended is due since the end of the lease.
            let since = date("due").max(date("taken_until")).unwrap_or(now);
            (since <= now).then_some(DueTask { id: task.get(ID)?.as_id()?, since })
        };
        let tasks = self.list(&TASK, &selection).await?;
        Ok(tasks.into_iter().filter_map(as_due).take(most).collect())
    }

    /// Ends the leases of all tasks. A process that is the only worker calls it at its start: the former takers no
    /// longer run.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the engine throttles or does not answer; [`StoreError::Failed`] when it refuses the
    /// request.
    pub async fn free_tasks(&self) -> Result<(), StoreError> {
        let only = vec!["taken_until".to_owned()];
        let selection = Selection { filter: Filter::equals("pending", PENDING), fields: only, ..Selection::default() };
        let free = Timestamp::from_milliseconds(0);
        for task in self.list(&TASK, &selection).await? {
            let is_taken = task.get("taken_until").and_then(Value::as_date).is_some_and(|until| until > free);
            if let Some(id) = task.get(ID).and_then(Value::as_id).filter(|_| is_taken) {
                let steps =
                    [UpdateAction::Set("taken_until".to_owned(), AttributeValue::N(free.milliseconds().to_string()))];
                let pending = WriteCondition::Has("pending");
                self.update_item(&TASK, &id.to_string(), &steps, &pending, ReturnValue::None).await?;
            }
        }
        Ok(())
    }

    /// Takes a task until `until`. `None` when it is not due, done, or taken by another worker.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the engine throttles or does not answer; [`StoreError::Failed`] when it refuses the
    /// request.
    pub async fn take_task(
        &self,
        id: ObjectId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<TakenTask>, StoreError> {
        let number = |date: Timestamp| AttributeValue::N(date.milliseconds().to_string());
        let free = number(now.plus(1));
        let demand = WriteCondition::All(vec![
            WriteCondition::Has("pending"),
            WriteCondition::Less("due", free.clone()),
            WriteCondition::Less("taken_until", free),
        ]);
        let taker = AttributeValue::S(uuid::Uuid::new_v4().to_string());
        let steps = [
            UpdateAction::Set("taken_until".to_owned(), number(until)),
            UpdateAction::Set(TAKER.to_owned(), taker.clone()),
            UpdateAction::Add("attempts".to_owned(), AttributeValue::N("1".to_owned())),
        ];
        let item = match self.update_item(&TASK, &id.to_string(), &steps, &demand, ReturnValue::AllNew).await? {
            Put::Stored(Some(item)) => item,
            // This caller has taken it: the answer to an earlier attempt was lost.
            Put::Refused(Some(item)) if item.get(TAKER) == Some(&taker) => item,
            Put::Stored(None) | Put::Refused(_) => return Ok(None),
        };
        let attempts = item.get("attempts").and_then(|number| number.as_n().ok()?.parse().ok()).unwrap_or(1);
        let parts = packing::named_parts(&item);
        let delivery_state = DeliveryState::of(&item);
        let opened = unpacking::unpack(self, &TASK, item).await;
        if let Err(error @ StoreError::Busy(_)) = &opened {
            // Otherwise no worker would have it until the lease ends.
            let (work, parts, error) = (Value::Null, Vec::new(), error.to_string());
            let task = TakenTask { id, work, accepted: now, attempts, parts, delivery_state };
            self.end_task(&task, TaskEnd::Again { due: now, error }, now).await?;
        }
        let mut task = opened?;
        let accepted = task.get("created_on").and_then(Value::as_date).unwrap_or(now);
        Ok(task.remove("work").map(|work| TakenTask { id, work, accepted, attempts, parts, delivery_state }))
    }

    /// Ends a task or schedules another attempt. Has no effect when another worker has taken the task since.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the engine throttles or does not answer; [`StoreError::Failed`] when it refuses the
    /// request.
    pub async fn end_task(&self, task: &TakenTask, end: TaskEnd, now: Timestamp) -> Result<(), StoreError> {
        let set = |name: &str, value: AttributeValue| UpdateAction::Set(name.to_owned(), value);
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let date = |date: Timestamp| AttributeValue::N(date.milliseconds().to_string());
        let expires = |kept: i64| {
            let seconds = now.plus(kept).milliseconds().div_euclid(1_000);
            set(EXPIRES, AttributeValue::N(seconds.to_string()))
        };
        let ended = |state: &str, kept: i64| {
            let pending = TASK.indexes.iter().map(|index| UpdateAction::Remove(index.attribute.to_owned()));
            let mut steps = vec![UpdateAction::Remove("pending".to_owned()), set("state", text(state))];
            steps.extend([set("ended_on", date(now)), expires(kept)]);
            steps.extend(pending);
            steps
        };
        let expiry = match &end {
            TaskEnd::Done => Some(expires(DONE_KEPT)),
            TaskEnd::Failed(_) => Some(expires(FAILED_KEPT)),
            TaskEnd::Again { .. } => None,
        };
        let steps = match end {
            TaskEnd::Done => ended("done", DONE_KEPT),
            TaskEnd::Failed(error) => [ended("failed", FAILED_KEPT), vec![set("error", text(&error))]].concat(),
            TaskEnd::Again { due, error } => {
                let free = Timestamp::from_milliseconds(0);
                vec![set("due", date(due)), set("taken_until", date(free)), set("error", text(&error))]
            }
        };
        // Another worker took the task after the lease ended, and ends it.
        let ours = WriteCondition::Is("attempts", AttributeValue::N(task.attempts.to_string()));
        let put = self.update_item(&TASK, &task.id.to_string(), &steps, &ours, ReturnValue::None).await?;
        // The parts are deleted after the task, so a task never lacks a part.
        if let (Put::Stored(_), Some(expiry)) = (put, expiry) {
            for part in &task.parts {
                let expiry = std::slice::from_ref(&expiry);
                self.update_item(&TASK, part, expiry, &WriteCondition::AnItem, ReturnValue::None).await?;
            }
        }
        Ok(())
    }
}
