//! Tasks.

use tokio::sync::Notify;

use super::Stored;
use crate::{
    store::{Change, DeduplicatedTask, DeliveryState, DueTask, Store, TakenTask, TaskEnd},
    time::Timestamp,
    value::{ObjectId, Value},
};

/// Adds, takes and ends tasks.
#[derive(Clone, Copy)]
pub struct Tasks<'a> {
    store: &'a Store,
    wake_worker: Option<&'a Notify>,
}

impl<'a> Tasks<'a> {
    /// The tasks of a store; the bell is rung for each that is added.
    pub fn new(store: &'a Store, wake_worker: Option<&'a Notify>) -> Self {
        Self { store, wake_worker }
    }

    /// As [`Store::add_task`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn add(&self, id: ObjectId, work: Value, now: Timestamp) -> Stored<()> {
        self.store.add_task(id, work, now).await?;
        self.ring();
        Ok(())
    }

    /// As [`Store::add_taken_task`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn add_taken(&self, id: ObjectId, work: Value, now: Timestamp, until: Timestamp) -> Stored<TakenTask> {
        self.store.add_taken_task(id, work, now, until).await
    }

    /// As [`Store::add_deduplicated`]; the bell is rung where they were added.
    ///
    /// # Errors
    /// The store fails.
    pub async fn add_deduplicated(&self, wanted: &[DeduplicatedTask], now: Timestamp, period: i64) -> Stored<bool> {
        let added = self.store.add_deduplicated(wanted, now, period).await?;
        if added {
            self.ring();
        }
        Ok(added)
    }

    /// As [`Store::mark_delivery_state`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn mark_delivery_state(&self, task: &TakenTask, delivery_state: DeliveryState) -> Stored<bool> {
        self.store.mark_delivery_state(task, delivery_state).await
    }

    /// As [`Store::prepare_task`]: the task is stored with something else, and the bell rung by the caller then.
    ///
    /// # Errors
    /// The store fails.
    pub async fn prepare(&self, id: ObjectId, work: Value, now: Timestamp) -> Stored<Change> {
        self.store.prepare_task(id, work, now).await
    }

    /// Rings the bell.
    pub fn ring(&self) {
        if let Some(wake_worker) = self.wake_worker {
            wake_worker.notify_one();
        }
    }

    /// As [`Store::due_tasks`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn due(&self, now: Timestamp, most: usize) -> Stored<Vec<DueTask>> {
        self.store.due_tasks(now, most).await
    }

    /// As [`Store::take_task`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn take(&self, id: ObjectId, now: Timestamp, until: Timestamp) -> Stored<Option<TakenTask>> {
        self.store.take_task(id, now, until).await
    }

    /// As [`Store::end_task`].
    ///
    /// # Errors
    /// The store fails.
    pub async fn end(&self, task: &TakenTask, end: TaskEnd, now: Timestamp) -> Stored<()> {
        self.store.end_task(task, end, now).await
    }
}
