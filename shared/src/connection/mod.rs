//! Clients of AWS, set up by hand: loading the whole default configuration, and the system's root certificates, is most
//! of what a cold start would cost.

mod dynamodb;
mod json_service;
mod s3;
mod ses;

use std::{env, time::Duration};

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};

pub use dynamodb::DynamoDb;
pub(crate) use json_service::{JsonService, Protocol, ServiceError, is_retryable, with_sources};
pub use s3::s3;
pub use ses::{local_ses, ses};

use crate::transport::connector;

/// What keeps a client from being made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The environment lacks something that Lambda sets.
    #[error("the environment lacks {0}")]
    Missing(&'static str),
}

/// How long a client waits for answers, and how often it asks again. Pauses are random, from nothing to the longest that
/// they may be, so that clients which were refused together do not come back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// For a connection.
    pub connect: Duration,
    /// For the answer to one attempt.
    pub attempt: Duration,
    /// For the answer to a request: all attempts, and the pauses between them.
    pub request: Duration,
    /// The most attempts.
    pub attempts: u32,
    /// The longest first pause; each later one may be twice as long.
    pub first_pause: Duration,
    /// The longest pause of all.
    pub longest_pause: Duration,
}

impl RetryPolicy {
    /// For DynamoDB. An attempt that hangs leaves room for two others within what the request may take.
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

    /// For SES, which reads a whole mail and is asked once.
    pub const MAIL: Self =
        Self { attempt: Duration::from_secs(30), request: Duration::from_secs(30), attempts: 1, ..Self::STORE };

    /// For the embedded store, which does one thing after another: who waits is not forgotten.
    pub const EMBEDDED: Self =
        Self { attempt: Duration::from_secs(30), request: Duration::from_secs(60), attempts: 3, ..Self::STORE };

    fn timeouts(self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(self.connect)
            .operation_attempt_timeout(self.attempt)
            .operation_timeout(self.request)
            .build()
    }

    fn retries(self) -> RetryConfig {
        RetryConfig::standard()
            .with_max_attempts(self.attempts)
            .with_initial_backoff(self.first_pause)
            .with_max_backoff(self.longest_pause)
    }
}

/// The address of a service of AWS in a region.
fn public_endpoint(service: &str, region: &str) -> String {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://{service}.{region}.{domain}")
}

/// For what runs on this machine. Some stand-ins know no regions but those of AWS.
const ANY_REGION: &str = "us-east-1";

/// What the environment says of a service.
#[derive(Debug)]
pub(crate) struct Settings {
    region: String,
    credentials: Credentials,
    /// Of what stands in for the service.
    endpoint: Option<String>,
    http: SharedHttpConnector,
}

impl Settings {
    /// Those of a service that runs on this machine, to which any credentials will do.
    pub(crate) fn local(endpoint: &str, retry_policy: RetryPolicy) -> Self {
        Self {
            region: ANY_REGION.to_owned(),
            credentials: Credentials::new("local", "local", None, None, "local"),
            endpoint: Some(endpoint.to_owned()),
            http: connector(retry_policy.connect),
        }
    }

    /// Reads it; `endpoint` is the environment name of what stands in for the service.
    pub(crate) fn read(endpoint: &str, retry_policy: RetryPolicy) -> Result<Self, ConnectionError> {
        let variable = |name: &'static str| env::var(name).map_err(|_| ConnectionError::Missing(name));
        let endpoint = env::var(endpoint).ok().filter(|url| !url.is_empty());
        Ok(Self {
            region: variable("AWS_REGION")?,
            credentials: Credentials::new(
                variable("AWS_ACCESS_KEY_ID")?,
                variable("AWS_SECRET_ACCESS_KEY")?,
                env::var("AWS_SESSION_TOKEN").ok(),
                None,
                "environment",
            ),
            endpoint,
            http: connector(retry_policy.connect),
        })
    }
}
