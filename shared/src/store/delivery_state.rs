//! How far a task has come with what can be done once only, such as handing a mail over. The mark is made before and after
//! it, so that whoever takes the task after a worker died knows whether it may begin.

use super::{
    Store, StoreError, TakenTask,
    attribute::AttributeValue,
    condition::{UpdateAction, WriteCondition},
    engine::ReturnValue,
    item::Item,
    put::Put,
};
use crate::collections::TASK;

/// The attribute that holds the mark.
const DELIVERY_STATE: &str = "_handing";
const ATTEMPTS: &str = "attempts";

/// How far a task has come with what can be done once only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// It has not begun.
    NotBegun,
    /// It has begun, and nobody knows more.
    Begun,
    /// It is over.
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
        // A mark of another version of this code is taken for the one that lets nothing begin.
        match mark {
            None | Some("not begun") => Self::NotBegun,
            Some("over") => Self::Over,
            Some(_) => Self::Begun,
        }
    }
}

impl Store {
    /// Marks a task that this caller has. `false` where somebody else has taken it since: nothing may be handed over then.
    ///
    /// # Errors
    /// The store fails; the mark may have been made.
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
