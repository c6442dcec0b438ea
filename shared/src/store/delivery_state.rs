//! The progress of a task whose effect must not be repeated, such as sending a mail. It is stored before and after the
//! effect, so that the next worker knows after a crash whether it may start.

use super::{
    Store, StoreError, TakenTask,
    attribute::AttributeValue,
    condition::{UpdateAction, WriteCondition},
    engine::ReturnValue,
    item::Item,
    put::Put,
};
use crate::collections::TASK;

/// The attribute with the delivery state.
const DELIVERY_STATE: &str = "_handing";
const ATTEMPTS: &str = "attempts";

/// The progress of an effect that must not be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// It has not started.
    NotBegun,
    /// It has started; the result is unknown.
    Begun,
    /// It has finished.
    Over,
}

impl DeliveryState {
    const fn name(self) -> &'static str {
        match self {
            Self::NotBegun => "not begun",
            Self::Begun => "begun",
            Self::Over => "over",
        }
    }

    pub(super) fn of(item: &Item) -> Self {
        let mark = item.get(DELIVERY_STATE).and_then(|mark| mark.as_s().ok()).map(String::as_str);
        // An unknown value counts as started, so that nothing is repeated.
        match mark {
            None | Some("not begun") => Self::NotBegun,
            Some("over") => Self::Over,
            Some(_) => Self::Begun,
        }
    }
}

impl Store {
    /// Stores the delivery state of a task that this caller has. `false` when another worker has taken the task; the
    /// effect must not start then.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the engine throttles or does not answer; [`StoreError::Failed`] when it refuses the
    /// request. After [`StoreError::Busy`] the state may have been stored.
    pub async fn mark_delivery_state(
        &self,
        task: &TakenTask,
        delivery_state: DeliveryState,
    ) -> Result<bool, StoreError> {
        let steps = [UpdateAction::Set(DELIVERY_STATE.to_owned(), AttributeValue::S(delivery_state.name().to_owned()))];
        let ours = WriteCondition::Is(ATTEMPTS, AttributeValue::N(task.attempts.to_string()));
        let put = self.update_item(&TASK, &task.id.to_string(), &steps, &ours, ReturnValue::None).await?;
        Ok(matches!(put, Put::Stored(_)))
    }
}
