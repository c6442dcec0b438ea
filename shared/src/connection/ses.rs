//! The client of SES. It sends each request once: see [`crate::mail::Ses`].

use aws_config::SdkConfig;
use aws_sdk_sesv2::{Client, config::Builder};
use aws_smithy_types::retry::RetryConfig;

use super::{RetryPolicy, configuration::fixed};

/// The client of SES, or of a stand-in that the environment names.
pub fn ses(configuration: &SdkConfig) -> Client {
    let config =
        Builder::from(configuration).timeout_config(RetryPolicy::MAIL.timeouts()).retry_config(RetryConfig::disabled());
    Client::from_conf(config.build())
}

/// The client of a stand-in for SES on this machine.
pub fn local_ses(endpoint: &str) -> Client {
    ses(&fixed(endpoint, "local", "local", None))
}
