//! What failures of DynamoDB mean to the store.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::{
    connection::{is_retryable, with_sources},
    store::StoreError,
};

impl<E> From<SdkError<E>> for StoreError
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    fn from(error: SdkError<E>) -> Self {
        let code = error.code().unwrap_or_default();
        if code == "ConditionalCheckFailedException" {
            return Self::Condition;
        }
        let text = with_sources(&error);
        let unreachable =
            matches!(error, SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_));
        let status = error.raw_response().map_or(0, |answer| answer.status().as_u16());
        if unreachable || is_retryable(code, status) { Self::Busy(text) } else { Self::Failed(text) }
    }
}
