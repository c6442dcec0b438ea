//! What can go wrong between us and DynamoDB.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use super::ItemError;

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
    /// What is to be stored together is counted in more cells than one transaction changes.
    #[error("an import is of too many revisions and days for one transaction")]
    TooMuch,
    /// An item does not hold what its table promises, or a document cannot be an item.
    #[error(transparent)]
    Item(#[from] ItemError),
}

/// The codes by which DynamoDB says "not now".
const BUSY: [&str; 7] = [
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
    "InternalServerError",
    "ServiceUnavailable",
];

impl<E> From<SdkError<E>> for StoreError
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    fn from(error: SdkError<E>) -> Self {
        let code = error.code().unwrap_or_default();
        if code == "ConditionalCheckFailedException" {
            return Self::Condition;
        }
        let text = chain(&error);
        let unreachable =
            matches!(error, SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_));
        let is_theirs = error.raw_response().is_some_and(|answer| answer.status().is_server_error());
        if unreachable || is_theirs || BUSY.contains(&code) { Self::Busy(text) } else { Self::Failed(text) }
    }
}

// The messages alone: the details of an error may hold items.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}
