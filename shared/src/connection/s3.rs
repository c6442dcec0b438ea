//! The client of S3.

use std::env;

use aws_config::SdkConfig;
use aws_sdk_s3::{Client, config::Builder};

use super::RetryPolicy;

/// The client of S3, or of a stand-in that the environment names. Stand-ins name buckets in the path: they have no
/// domain of which a bucket's name could be a part.
pub fn s3(configuration: &SdkConfig) -> Client {
    let is_stand_in = configuration.endpoint_url().is_some() || env::var_os("AWS_ENDPOINT_URL_S3").is_some();
    let config = Builder::from(configuration)
        .force_path_style(is_stand_in)
        .timeout_config(RetryPolicy::FILES.timeouts())
        .retry_config(RetryPolicy::FILES.retries());
    Client::from_conf(config.build())
}
