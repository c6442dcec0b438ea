//! Clients of AWS, set up by hand: loading the whole default configuration, and the system's root certificates, is most
//! of what a cold start would cost.

use std::{env, time::Duration};

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_smithy_http_client::{
    Builder,
    tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// What keeps a client from being made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The environment lacks something that Lambda sets.
    #[error("the environment lacks {0}")]
    Missing(&'static str),
    /// The root certificates are damaged.
    #[error("the root certificates cannot be read: {0}")]
    Certificates(String),
}

/// The certificates that AWS endpoints are signed with.
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon-roots.pem");

/// A client of DynamoDB, or of what the environment names in its place.
///
/// # Errors
/// The environment lacks something.
pub fn dynamodb() -> Result<aws_sdk_dynamodb::Client, ConnectionError> {
    let settings = Settings::read("AWS_ENDPOINT_URL_DYNAMODB")?;
    let mut config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
        .region(aws_sdk_dynamodb::config::Region::new(settings.region))
        .credentials_provider(settings.credentials)
        .timeout_config(timeouts())
        .http_client(settings.http);
    config.set_endpoint_url(settings.endpoint);
    Ok(aws_sdk_dynamodb::Client::from_conf(config.build()))
}

// One attempt that hangs leaves room for others within what API Gateway waits for.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .operation_attempt_timeout(Duration::from_secs(6))
        .operation_timeout(Duration::from_secs(20))
        .build()
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
        .http_client(settings.http);
    config.set_endpoint_url(settings.endpoint);
    Ok(aws_sdk_s3::Client::from_conf(config.build()))
}

/// A client of a DynamoDB that runs on this machine.
pub fn local_dynamodb(endpoint: &str) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
        .region(aws_sdk_dynamodb::config::Region::new("local"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .endpoint_url(endpoint)
        .http_client(Builder::new().build_http());
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

struct Settings {
    region: String,
    credentials: Credentials,
    endpoint: Option<String>,
    http: SharedHttpClient,
}

impl Settings {
    fn read(endpoint: &str) -> Result<Self, ConnectionError> {
        let variable = |name: &'static str| env::var(name).map_err(|_| ConnectionError::Missing(name));
        let endpoint = env::var(endpoint).ok().filter(|url| !url.is_empty());
        let http = match endpoint.as_deref() {
            Some(url) if url.starts_with("http://") => Builder::new().build_http(),
            _ => https()?,
        };
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
            http,
        })
    }
}

fn https() -> Result<SharedHttpClient, ConnectionError> {
    let trusted = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
    let context = TlsContext::builder().with_trust_store(trusted).build();
    let context = context.map_err(|error| ConnectionError::Certificates(error.to_string()))?;
    Ok(Builder::new().tls_provider(tls::Provider::Rustls(CryptoMode::Ring)).tls_context(context).build_https())
}
