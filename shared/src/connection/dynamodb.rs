//! The client of DynamoDB, or of a stand-in.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{
    Client,
    config::{Builder, retry::RetryPartition},
};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;

use super::{RetryPolicy, configuration::fixed};

/// The DynamoDB of one account and region, or a stand-in.
#[derive(Debug, Clone)]
pub struct DynamoDb(Client);

impl DynamoDb {
    /// The DynamoDB that a configuration names.
    pub fn new(configuration: &SdkConfig) -> Self {
        Self::with(configuration, RetryPolicy::STORE)
    }

    /// A stand-in on this machine.
    pub fn local(endpoint: &str) -> Self {
        Self::with_retry_policy(endpoint, RetryPolicy::EMBEDDED)
    }

    /// A stand-in on this machine that is asked by `retry_policy`.
    pub fn with_retry_policy(endpoint: &str, retry_policy: RetryPolicy) -> Self {
        Self::with(&fixed(endpoint, "local", "local", None), retry_policy)
    }

    /// A stand-in on this machine that takes requests signed by one key.
    pub fn keyed(endpoint: &str, id: &str, secret: &str) -> Self {
        Self::with(&fixed(endpoint, id, secret, None), RetryPolicy::EMBEDDED)
    }

    /// A stand-in that is asked through `http`.
    pub fn through(http: SharedHttpConnector, endpoint: &str, retry_policy: RetryPolicy) -> Self {
        Self::with(&fixed(endpoint, "local", "local", Some(http)), retry_policy)
    }

    fn with(configuration: &SdkConfig, retry_policy: RetryPolicy) -> Self {
        let mut config =
            Builder::from(configuration).timeout_config(retry_policy.timeouts()).retry_config(retry_policy.retries());
        if let Some(endpoint) = configuration.endpoint_url() {
            // The SDK counts the attempts that may be repeated by partition. Each stand-in has one of its own.
            config = config.retry_partition(RetryPartition::new(format!("dynamodb {endpoint}")));
        }
        Self(Client::from_conf(config.build()))
    }

    /// The client of the SDK.
    pub fn client(&self) -> &Client {
        &self.0
    }
}
