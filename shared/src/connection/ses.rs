//! The client of SES. It sends each request once: see [`crate::mail::Ses`].

use aws_sdk_sesv2::{
    Client, Config,
    config::{BehaviorVersion, Region},
};
use aws_smithy_types::retry::RetryConfig;

use super::{ConnectionError, RetryPolicy, Settings};
use crate::transport::http_client;

/// A client of SES, or of what the environment names in its place.
///
/// # Errors
/// The environment lacks something.
pub fn ses() -> Result<Client, ConnectionError> {
    Ok(client(Settings::read("AWS_ENDPOINT_URL_SESV2", RetryPolicy::MAIL)?))
}

/// A client of what stands in for SES on this machine.
pub fn local_ses(endpoint: &str) -> Client {
    client(Settings::local(endpoint, RetryPolicy::MAIL))
}

fn client(settings: Settings) -> Client {
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(settings.region))
        .credentials_provider(settings.credentials)
        .timeout_config(RetryPolicy::MAIL.timeouts())
        .retry_config(RetryConfig::disabled())
        .http_client(http_client(settings.http));
    config.set_endpoint_url(settings.endpoint);
    Client::from_conf(config.build())
}
