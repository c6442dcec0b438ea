//! The client of S3.

use aws_sdk_s3::{
    Client, Config,
    config::{BehaviorVersion, Region},
};

use super::{ConnectionError, RetryPolicy, Settings};
use crate::transport::http_client;

/// A client of S3, or of what the environment names in its place.
///
/// # Errors
/// The environment lacks something.
pub fn s3() -> Result<Client, ConnectionError> {
    let settings = Settings::read("AWS_ENDPOINT_URL_S3", RetryPolicy::FILES)?;
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(settings.region))
        .credentials_provider(settings.credentials)
        .force_path_style(settings.endpoint.is_some())
        .timeout_config(RetryPolicy::FILES.timeouts())
        .retry_config(RetryPolicy::FILES.retries())
        .http_client(http_client(settings.http));
    config.set_endpoint_url(settings.endpoint);
    Ok(Client::from_conf(config.build()))
}
