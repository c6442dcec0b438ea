//! The errors of the store.

use super::ItemError;
use crate::error::Error;

/// A failure of the store. Its text goes to the log.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The engine throttles or does not answer; the same request may succeed later. A write may have been made, because
    /// the answer to an attempt may be lost.
    #[error("the store is busy: {0}")]
    Busy(String),
    /// The engine refused the request, or its answer cannot be read.
    #[error("the store failed: {0}")]
    Failed(String),
    /// A write condition does not hold.
    #[error("a condition on the stored item does not hold")]
    Condition,
    /// The request needs more pages than the page budget.
    #[error("the reading budget of {pages} pages is used up")]
    Budget {
        /// The page budget.
        pages: usize,
    },
    /// The answer needs more memory than one answer may hold.
    #[error("an answer may hold {bytes} bytes")]
    Memory {
        /// The maximum, in bytes.
        bytes: usize,
    },
    /// The counters of the documents do not fit into one transaction.
    #[error("an import is of too many revisions and days for one transaction")]
    TooMuch,
    /// An item is not as its table requires, or a document cannot be stored as an item.
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
