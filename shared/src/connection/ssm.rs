//! The client of Systems Manager, for its Parameter Store.

use aws_config::SdkConfig;
use aws_sdk_ssm::{Client, config::Builder};

use super::{RetryPolicy, configuration::fixed};

/// The client of Systems Manager, or of a stand-in that the environment names.
pub fn ssm(configuration: &SdkConfig) -> Client {
    let config = Builder::from(configuration)
        .timeout_config(RetryPolicy::STORE.timeouts())
        .retry_config(RetryPolicy::STORE.retries());
    Client::from_conf(config.build())
}

/// The client of a stand-in for Systems Manager on this machine.
pub fn local_ssm(endpoint: &str) -> Client {
    ssm(&fixed(endpoint, "local", "local", None))
}
