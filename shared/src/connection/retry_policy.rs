//! How long clients wait, and how often they try again.

use std::time::Duration;

use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};

/// A retry policy: the timeouts of a request and of each attempt, and the attempts. The pause before an attempt is random,
/// between zero and its maximum, so that clients that were throttled at one moment do not return at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The timeout of a connection.
    pub connect: Duration,
    /// The timeout of one attempt.
    pub attempt: Duration,
    /// The timeout of the request: of all attempts and the pauses between them.
    pub request: Duration,
    /// The most attempts.
    pub attempts: u32,
    /// The maximum of the first pause; that of each later pause is twice the one before.
    pub first_pause: Duration,
    /// The maximum of every pause.
    pub longest_pause: Duration,
}

impl RetryPolicy {
    /// For DynamoDB. The timeout of a request holds three attempts that time out.
    pub const STORE: Self = Self {
        connect: Duration::from_secs(2),
        attempt: Duration::from_secs(4),
        request: Duration::from_secs(12),
        attempts: 5,
        first_pause: Duration::from_millis(100),
        longest_pause: Duration::from_secs(2),
    };

    /// For S3, where an attempt may carry ten megabytes.
    pub const FILES: Self = Self { attempt: Duration::from_secs(10), request: Duration::from_secs(22), ..Self::STORE };

    /// For SES. A mail is sent in one attempt, so that nobody receives it twice.
    pub const MAIL: Self =
        Self { attempt: Duration::from_secs(30), request: Duration::from_secs(30), attempts: 1, ..Self::STORE };

    /// For a stand-in in the same process or on the same machine, which answers one request after another.
    pub const EMBEDDED: Self =
        Self { attempt: Duration::from_secs(30), request: Duration::from_secs(60), attempts: 3, ..Self::STORE };

    pub(super) fn timeouts(self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(self.connect)
            .operation_attempt_timeout(self.attempt)
            .operation_timeout(self.request)
            .build()
    }

    pub(super) fn retries(self) -> RetryConfig {
        RetryConfig::standard()
            .with_max_attempts(self.attempts)
            .with_initial_backoff(self.first_pause)
            .with_max_backoff(self.longest_pause)
    }
}
