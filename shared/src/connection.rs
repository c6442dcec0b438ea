//! Clients of AWS, set up by hand: loading the whole default configuration, and the system's root certificates, is most
//! of what a cold start would cost.

use std::{env, time::Duration};

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::{
    IdentityCache, StalledStreamProtectionConfig,
    endpoint::{Endpoint, EndpointFuture, Params, ResolveEndpoint},
    retry::{RetryConfig, RetryPartition},
    timeout::TimeoutConfig,
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use crate::transport::http_client;

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
pub struct Patience {
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

impl Patience {
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

    pub(crate) fn timeouts(self) -> TimeoutConfig {
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

/// A client of DynamoDB, or of what the environment names in its place.
///
/// # Errors
/// The environment lacks something.
pub fn dynamodb() -> Result<aws_sdk_dynamodb::Client, ConnectionError> {
    Ok(dynamodb_of(Settings::read("AWS_ENDPOINT_URL_DYNAMODB")?, Patience::STORE))
}

fn dynamodb_of(settings: Settings, patience: Patience) -> aws_sdk_dynamodb::Client {
    // The attempts that may be repeated are counted by partition: one endpoint's troubles are not another's.
    let partition = format!("dynamodb {}", settings.endpoint.as_deref().unwrap_or(&settings.region));
    let endpoint = settings.endpoint.unwrap_or_else(|| public_endpoint("dynamodb", &settings.region));
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
        .region(aws_sdk_dynamodb::config::Region::new(settings.region))
        .credentials_provider(settings.credentials)
        .timeout_config(patience.timeouts())
        .retry_config(patience.retries())
        .retry_partition(RetryPartition::new(partition))
        .http_client(settings.http)
        .endpoint_resolver(OneEndpoint(Endpoint::builder().url(endpoint).build()))
        // The credentials are those of the environment, and an attempt that hangs is given up by its own time.
        .identity_cache(IdentityCache::no_cache())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

/// An endpoint that is known: the SDK would go through all its rules at every request.
#[derive(Debug)]
struct OneEndpoint(Endpoint);

impl ResolveEndpoint for OneEndpoint {
    fn resolve_endpoint(&self, _: &Params) -> EndpointFuture<'_> {
        EndpointFuture::ready(Ok(self.0.clone()))
    }
}

/// The address of a service of AWS in a region.
pub(crate) fn public_endpoint(service: &str, region: &str) -> String {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://{service}.{region}.{domain}")
}

/// A client of S3, or of what the environment names in its place.
///
/// # Errors
/// The environment lacks something.
pub fn s3() -> Result<aws_sdk_s3::Client, ConnectionError> {
    let settings = Settings::read("AWS_ENDPOINT_URL_S3")?;
    let mut config = aws_sdk_s3::Config::builder()
        .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
        .region(aws_sdk_s3::config::Region::new(settings.region))
        .credentials_provider(settings.credentials)
        .force_path_style(settings.endpoint.is_some())
        .timeout_config(Patience::FILES.timeouts())
        .retry_config(Patience::FILES.retries())
        .http_client(settings.http);
    config.set_endpoint_url(settings.endpoint);
    Ok(aws_sdk_s3::Client::from_conf(config.build()))
}

/// A client of SES, or of what the environment names in its place. It sends each request once: see [`crate::mail::Ses`].
///
/// # Errors
/// The environment lacks something.
pub fn ses() -> Result<aws_sdk_sesv2::Client, ConnectionError> {
    Ok(ses_of(Settings::read("AWS_ENDPOINT_URL_SESV2")?))
}

/// A client of what stands in for SES on this machine.
pub fn local_ses(endpoint: &str) -> aws_sdk_sesv2::Client {
    ses_of(Settings::local(endpoint))
}

fn ses_of(settings: Settings) -> aws_sdk_sesv2::Client {
    let mut config = aws_sdk_sesv2::Config::builder()
        .behavior_version(aws_sdk_sesv2::config::BehaviorVersion::latest())
        .region(aws_sdk_sesv2::config::Region::new(settings.region))
        .credentials_provider(settings.credentials)
        .timeout_config(Patience::MAIL.timeouts())
        .retry_config(RetryConfig::disabled())
        .http_client(settings.http);
    config.set_endpoint_url(settings.endpoint);
    aws_sdk_sesv2::Client::from_conf(config.build())
}

/// A client of the DynamoDB at an endpoint. Where the environment has no credentials or no region, as is usual with one
/// that runs on this machine, any will do.
pub fn dynamodb_at(endpoint: &str) -> aws_sdk_dynamodb::Client {
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
    let id = variable("AWS_ACCESS_KEY_ID").zip(variable("AWS_SECRET_ACCESS_KEY"));
    let (id, secret) = id.unwrap_or_else(|| ("local".to_owned(), "local".to_owned()));
    let credentials = Credentials::new(id, secret, variable("AWS_SESSION_TOKEN"), None, "environment");
    let settings = Settings {
        region: region.unwrap_or_else(|| ANY_REGION.to_owned()),
        credentials,
        endpoint: Some(endpoint.to_owned()),
        http: http_client(),
    };
    dynamodb_of(settings, Patience::STORE)
}

/// A client of a DynamoDB that runs on this machine.
pub fn local_dynamodb(endpoint: &str) -> aws_sdk_dynamodb::Client {
    patient_dynamodb(endpoint, Patience::EMBEDDED)
}

/// A client of a DynamoDB that runs on this machine, as patient as is said.
pub fn patient_dynamodb(endpoint: &str, patience: Patience) -> aws_sdk_dynamodb::Client {
    dynamodb_of(Settings::local(endpoint), patience)
}

/// A client of a DynamoDB on this machine that is asked through `http`, as patient as is said.
pub fn dynamodb_through(http: SharedHttpClient, endpoint: &str, patience: Patience) -> aws_sdk_dynamodb::Client {
    dynamodb_of(Settings { http, ..Settings::local(endpoint) }, patience)
}

/// For what runs on this machine. Some stand-ins know no regions but those of AWS.
const ANY_REGION: &str = "us-east-1";

/// What the environment says of a service.
pub(crate) struct Settings {
    pub(crate) region: String,
    pub(crate) credentials: Credentials,
    pub(crate) endpoint: Option<String>,
    pub(crate) http: SharedHttpClient,
}

impl Settings {
    /// Those of a service that runs on this machine, to which any credentials will do.
    pub(crate) fn local(endpoint: &str) -> Self {
        Self {
            region: ANY_REGION.to_owned(),
            credentials: Credentials::new("local", "local", None, None, "local"),
            endpoint: Some(endpoint.to_owned()),
            http: http_client(),
        }
    }

    /// Reads it; `endpoint` is the environment name of what stands in for the service.
    pub(crate) fn read(endpoint: &str) -> Result<Self, ConnectionError> {
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
            http: http_client(),
        })
    }
}
