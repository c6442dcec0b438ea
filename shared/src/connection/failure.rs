//! Failures of AWS's services: which of them may pass, and their text for the log.

/// The error codes after which the same request may succeed: those of throttling and of passing failures that the SDK
/// retries, and those of DynamoDB.
const RETRYABLE_CODES: [&str; 19] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "InternalServerError",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

/// The statuses below 500 after which the same request may succeed.
const RETRYABLE_STATUS: [u16; 2] = [408, 429];

/// Whether the same request may succeed later, after an answer with this error code and status.
pub(crate) fn is_retryable(code: &str, status: u16) -> bool {
    status >= 500 || RETRYABLE_STATUS.contains(&status) || RETRYABLE_CODES.contains(&code)
}

/// The messages of an error and of its sources. Its other details may hold what was sent, and are left out.
pub(crate) fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}
