//! The capability to add, take and end tasks.

use tokio::sync::Notify;

use super::Stored;
use crate::{
    store::{Change, DeduplicatedTask, DeliveryState, DueTask, Store, TakenTask, TaskEnd},
    time::Timestamp,
    value::{ObjectId, Value},
};

/// The capability to add, take and end tasks.
#[derive(Clone, Copy)]
pub struct Tasks<'a> {
    store: &'a Store,
    wake_worker: Option<&'a Notify>,
}

impl<'a> Tasks<'a> {
    /// The tasks of `store`. Each added task wakes the worker through `wake_worker`.
    pub fn new(store: &'a Store, wake_worker: Option<&'a Notify>) -> Self {
        Self { store, wake_worker }
    }

    /// Stores a task that is due now and wakes the worker.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn add(&self, id: ObjectId, work: Value, now: Timestamp) -> Stored<()> {
        self.store.add_task(id, work, now).await?;
        self.ring();
        Ok(())
    }

    /// Stores a task that the caller has taken until its lease ends.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn add_taken(&self, id: ObjectId, work: Value, now: Timestamp, until: Timestamp) -> Stored<TakenTask> {
        self.store.add_taken_task(id, work, now, until).await
    }

    /// Stores all of these tasks or none, and wakes the worker when they were added; see [`Store::add_deduplicated`].
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn add_deduplicated(&self, wanted: &[DeduplicatedTask], now: Timestamp, period: i64) -> Stored<bool> {
        let added = self.store.add_deduplicated(wanted, now, period).await?;
        if added {
            self.ring();
        }
        Ok(added)
    }

    /// Stores the delivery state of a task. `false` when another worker has taken the task.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn mark_delivery_state(&self, task: &TakenTask, delivery_state: DeliveryState) -> Stored<bool> {
        self.store.mark_delivery_state(task, delivery_state).await
    }

    /// The write that stores a task within a transaction. The caller wakes the worker after it.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn prepare(&self, id: ObjectId, work: Value, now: Timestamp) -> Stored<Change> {
        self.store.prepare_task(id, work, now).await
    }

    /// Wakes the worker of this process.
    pub fn ring(&self) {
        if let Some(wake_worker) = self.wake_worker {
            wake_worker.notify_one();
        }
    }

    /// The due tasks that no worker has, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn due(&self, now: Timestamp, most: usize) -> Stored<Vec<DueTask>> {
        self.store.due_tasks(now, most).await
    }

    /// Takes a task. `None` when it is not due, done, or taken.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn take(&self, id: ObjectId, now: Timestamp, until: Timestamp) -> Stored<Option<TakenTask>> {
        self.store.take_task(id, now, until).await
    }

    /// Ends a task or schedules another attempt.
    ///
    /// # Errors
    /// [`StoreError::Busy`](crate::store::StoreError::Busy) when the engine throttles or does not answer;
    /// [`StoreError::Failed`](crate::store::StoreError::Failed) when it refuses the request.
    pub async fn end(&self, task: &TakenTask, end: TaskEnd, now: Timestamp) -> Stored<()> {
        self.store.end_task(task, end, now).await
    }
}
