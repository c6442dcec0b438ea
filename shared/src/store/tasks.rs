//! Tasks: work that an answer of 202 promises. A task is one item, so that accepting it is one write.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{
    Store, StoreError,
    expression::{Demand, Step},
    keys::ID,
    packing,
    put::{Action, Change, Put},
    unpacking,
};
use crate::{
    collections::TASK,
    query::{Filter, Selection},
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

/// The value of `pending` in tasks that are still to be done.
const PENDING: &str = "yes";

/// A task that this caller alone has until its lease ends.
#[derive(Debug, Clone)]
pub struct TakenTask {
    /// Its id.
    pub id: ObjectId,
    /// What is to be done.
    pub work: Value,
    /// How often it has been taken, this time included.
    pub attempts: i64,
}

/// How a task ended.
#[derive(Debug, Clone)]
pub enum TaskEnd {
    /// It is done.
    Done,
    /// It cannot be done, ever: the reason is kept with it.
    Failed(String),
    /// It may be done later; the reason is kept with it.
    Again {
        /// When it may be taken again.
        due: Timestamp,
        /// Why it was not done.
        error: String,
    },
}

impl Store {
    /// Stores a task that is due at once.
    ///
    /// # Errors
    /// The store fails.
    pub async fn add_task(&self, id: ObjectId, work: Value, now: Timestamp) -> Result<(), StoreError> {
        let Change { action, demand, .. } = self.prepare_task(id, work, now).await?;
        if let Action::Put(item) = action {
            let parts = packing::named_parts(&item);
            if let Put::Refused(_) = self.put_item(&TASK, item, demand).await? {
                self.delete_keys(&TASK, &parts).await?;
            }
        }
        Ok(())
    }

    /// The write that stores a task which is due at once, for a transaction.
    ///
    /// # Errors
    /// The store fails, or the work is too long.
    pub async fn prepare_task(&self, id: ObjectId, work: Value, now: Timestamp) -> Result<Change, StoreError> {
        let task: Document = [
            (ID, Value::Id(id)),
            ("created_on", Value::Date(now)),
            ("due", Value::Date(now)),
            ("taken_until", Value::Date(Timestamp::from_milliseconds(0))),
            ("attempts", Value::Integer(0)),
            ("pending", Value::from(PENDING)),
            ("state", Value::from("accepted")),
            ("work", work),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let item = self.prepare(&TASK, &task).await?;
        Ok(Change::put(&TASK, item, Some(Demand::NoItem)))
    }

    /// The tasks that are due and that nobody has, oldest first, up to `most`.
    ///
    /// # Errors
    /// The store fails.
    pub async fn due_tasks(&self, now: Timestamp, most: usize) -> Result<Vec<ObjectId>, StoreError> {
        let selection = Selection {
            filter: Filter::equals("pending", PENDING),
            fields: ["due", "taken_until"].map(str::to_owned).into(),
            ..Selection::default()
        };
        let is_due = |task: &Document| {
            ["due", "taken_until"]
                .iter()
                .all(|name| task.get(*name).and_then(Value::as_date).is_none_or(|date| date <= now))
        };
        let tasks = self.list(&TASK, &selection).await?;
        Ok(tasks.into_iter().filter(is_due).filter_map(|task| task.get(ID)?.as_id()).take(most).collect())
    }

    /// Frees every task that is taken: for the one process that does tasks, when it starts, since whoever took them is
    /// gone.
    ///
    /// # Errors
    /// The store fails.
    pub async fn free_tasks(&self) -> Result<(), StoreError> {
        let only = vec!["taken_until".to_owned()];
        let selection = Selection { filter: Filter::equals("pending", PENDING), fields: only, ..Selection::default() };
        let free = Timestamp::from_milliseconds(0);
        for task in self.list(&TASK, &selection).await? {
            let is_taken = task.get("taken_until").and_then(Value::as_date).is_some_and(|until| until > free);
            if let Some(id) = task.get(ID).and_then(Value::as_id).filter(|_| is_taken) {
                let steps = [Step::Set("taken_until".to_owned(), AttributeValue::N(free.milliseconds().to_string()))];
                self.update_item(&TASK, &id.to_string(), &steps, &Demand::Has("pending")).await?;
            }
        }
        Ok(())
    }

    /// Takes a task until `until`. `None` where it is not due, done, or somebody has it.
    ///
    /// # Errors
    /// The store fails.
    pub async fn take_task(
        &self,
        id: ObjectId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<TakenTask>, StoreError> {
        let number = |date: Timestamp| AttributeValue::N(date.milliseconds().to_string());
        let free = number(now.plus(1));
        let demand = Demand::All(vec![
            Demand::Has("pending"),
            Demand::Less("due", free.clone()),
            Demand::Less("taken_until", free),
        ]);
        let steps = [
            Step::Set("taken_until".to_owned(), number(until)),
            Step::Add("attempts".to_owned(), AttributeValue::N("1".to_owned())),
        ];
        if let Put::Refused(_) = self.update_item(&TASK, &id.to_string(), &steps, &demand).await? {
            return Ok(None);
        }
        let Some(item) = self.get_item_now(&TASK, &id.to_string()).await? else { return Ok(None) };
        let mut task = unpacking::unpack(self, &TASK, item).await?;
        let attempts = task.get("attempts").and_then(Value::as_integer).unwrap_or(1);
        Ok(task.remove("work").map(|work| TakenTask { id, work, attempts }))
    }

    /// Ends a task, or gives it back; nothing happens where somebody else has taken it since.
    ///
    /// # Errors
    /// The store fails.
    pub async fn end_task(&self, task: &TakenTask, end: TaskEnd, now: Timestamp) -> Result<(), StoreError> {
        let set = |name: &str, value: AttributeValue| Step::Set(name.to_owned(), value);
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let date = |date: Timestamp| AttributeValue::N(date.milliseconds().to_string());
        let ended = |state: &str| {
            let pending = TASK.indexes.iter().map(|index| Step::Remove(index.attribute.to_owned()));
            let mut steps =
                vec![Step::Remove("pending".to_owned()), set("state", text(state)), set("ended_on", date(now))];
            steps.extend(pending);
            steps
        };
        let steps = match end {
            TaskEnd::Done => ended("done"),
            TaskEnd::Failed(error) => [ended("failed"), vec![set("error", text(&error))]].concat(),
            TaskEnd::Again { due, error } => {
                let free = Timestamp::from_milliseconds(0);
                vec![set("due", date(due)), set("taken_until", date(free)), set("error", text(&error))]
            }
        };
        // Whoever took it since, when the lease was over, ends it.
        let ours = Demand::Is("attempts", AttributeValue::N(task.attempts.to_string()));
        self.update_item(&TASK, &task.id.to_string(), &steps, &ours).await?;
        Ok(())
    }
}
