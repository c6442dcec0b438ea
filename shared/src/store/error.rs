//! What can go wrong between us and what keeps the items.

use super::ItemError;
use crate::error::Error;

/// A failure of the store. Its text is for the log.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB cannot take the request now, or does not answer; the same request may succeed later. Whether a write
    /// was done is not known: the answer to any of its attempts may have been lost.
    #[error("the store is busy: {0}")]
    Busy(String),
    /// DynamoDB refused the request or answered nonsense.
    #[error("the store failed: {0}")]
    Failed(String),
    /// A condition on what is stored does not hold.
    #[error("a condition on the stored item does not hold")]
    Condition,
    /// More would have to be read than one request may read.
    #[error("the reading budget of {pages} pages is used up")]
    Budget {
        /// The pages that may be read.
        pages: usize,
    },
    /// The answer would hold more bytes than one answer may.
    #[error("an answer may hold {bytes} bytes")]
    Memory {
        /// The bytes that it may hold.
        bytes: usize,
    },
    /// What is to be stored together is counted in more cells than one transaction changes.
    #[error("an import is of too many revisions and days for one transaction")]
    TooMuch,
    /// An item does not hold what its table promises, or a document cannot be an item.
    #[error(transparent)]
    Item(#[from] ItemError),
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Budget { .. } => Self::TooWide,
            StoreError::Memory { bytes } => Self::TooMuchMemory(bytes),
            StoreError::Busy(text) => Self::Busy(text),
            StoreError::TooMuch => Self::Invalid(
                "What is to be stored together is of too many revisions and days: send it in several requests"
                    .to_owned(),
            ),
            StoreError::Item(item) if item.is_callers() => {
                Self::Invalid(format!("The document cannot be stored: {item}"))
            }
            other => Self::Internal(other.to_string()),
        }
    }
}
