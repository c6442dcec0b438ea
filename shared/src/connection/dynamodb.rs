//! DynamoDB, or what stands in for it: reads are requests of our own, and the SDK's client is made when something is first
//! written.

use std::{
    env,
    sync::{Arc, OnceLock},
};

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::{
    Client, Config,
    config::{
        BehaviorVersion, IdentityCache, Region, StalledStreamProtectionConfig,
        endpoint::{Endpoint, EndpointFuture, Params, ResolveEndpoint},
        retry::RetryPartition,
    },
};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;

use super::{ANY_REGION, ConnectionError, JsonService, Protocol, RetryPolicy, Settings, public_endpoint};
use crate::transport::{connector, http_client};

const PROTOCOL: Protocol =
    Protocol { service: "dynamodb", target: "DynamoDB_20120810", content_type: "application/x-amz-json-1.0" };

/// One DynamoDB, asked by one account.
#[derive(Debug, Clone)]
pub struct DynamoDb {
    reads: JsonService,
    writes: Arc<Writes>,
}

#[derive(Debug)]
struct Writes {
    settings: Settings,
    retry_policy: RetryPolicy,
    client: OnceLock<Client>,
}

impl DynamoDb {
    /// That of the environment, or what this names in its place.
    ///
    /// # Errors
    /// The environment lacks something.
    pub fn of_environment() -> Result<Self, ConnectionError> {
        Ok(Self::new(Settings::read("AWS_ENDPOINT_URL_DYNAMODB", RetryPolicy::STORE)?, RetryPolicy::STORE))
    }

    /// The one at an endpoint. Where the environment has no credentials or no region, as is usual with one that runs on
    /// this machine, any will do.
    pub fn at(endpoint: &str) -> Self {
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
        let id = variable("AWS_ACCESS_KEY_ID").zip(variable("AWS_SECRET_ACCESS_KEY"));
        let (id, secret) = id.unwrap_or_else(|| ("local".to_owned(), "local".to_owned()));
        let settings = Settings {
            region: region.unwrap_or_else(|| ANY_REGION.to_owned()),
            credentials: Credentials::new(id, secret, variable("AWS_SESSION_TOKEN"), None, "environment"),
            endpoint: Some(endpoint.to_owned()),
            http: connector(RetryPolicy::STORE.connect),
        };
        Self::new(settings, RetryPolicy::STORE)
    }

    /// One that runs on this machine.
    pub fn local(endpoint: &str) -> Self {
        Self::with_retry_policy(endpoint, RetryPolicy::EMBEDDED)
    }

    /// One that runs on this machine, asked as patiently as is said.
    pub fn with_retry_policy(endpoint: &str, retry_policy: RetryPolicy) -> Self {
        Self::new(Settings::local(endpoint, retry_policy), retry_policy)
    }

    /// One that runs on this machine, for those who sign with a key.
    pub fn keyed(endpoint: &str, id: &str, secret: &str) -> Self {
        let credentials = Credentials::new(id, secret, None, None, "key");
        Self::new(Settings { credentials, ..Settings::local(endpoint, RetryPolicy::EMBEDDED) }, RetryPolicy::EMBEDDED)
    }

    /// One on this machine that is asked through `http`, as patiently as is said.
    pub fn through(http: SharedHttpConnector, endpoint: &str, retry_policy: RetryPolicy) -> Self {
        Self::new(Settings { http, ..Settings::local(endpoint, retry_policy) }, retry_policy)
    }

    /// The same, with reads that are not signed: for who asks itself.
    #[must_use]
    pub fn unsigned(self) -> Self {
        Self { reads: self.reads.unsigned(), ..self }
    }

    fn new(settings: Settings, retry_policy: RetryPolicy) -> Self {
        let reads = JsonService::new(PROTOCOL, &settings, retry_policy);
        Self { reads, writes: Arc::new(Writes { settings, retry_policy, client: OnceLock::new() }) }
    }

    /// What is asked to read.
    pub(crate) fn reads(&self) -> &JsonService {
        &self.reads
    }

    /// The SDK's client.
    pub fn client(&self) -> &Client {
        self.writes.client.get_or_init(|| self.writes.made())
    }
}

impl Writes {
    fn made(&self) -> Client {
        let Settings { region, credentials, endpoint, http } = &self.settings;
        // The attempts that may be repeated are counted by partition: one endpoint's troubles are not another's.
        let partition = format!("dynamodb {}", endpoint.as_deref().unwrap_or(region));
        let endpoint = endpoint.clone().unwrap_or_else(|| public_endpoint(PROTOCOL.service, region));
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.clone()))
            .credentials_provider(credentials.clone())
            .timeout_config(self.retry_policy.timeouts())
            .retry_config(self.retry_policy.retries())
            .retry_partition(RetryPartition::new(partition))
            .http_client(http_client(http.clone()))
            .endpoint_resolver(OneEndpoint(Endpoint::builder().url(endpoint).build()))
            // The credentials are those of the environment, and an attempt that hangs is given up by its own time.
            .identity_cache(IdentityCache::no_cache())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        Client::from_conf(config.build())
    }
}

/// An endpoint that is known: the SDK would go through all its rules at every request.
#[derive(Debug)]
struct OneEndpoint(Endpoint);

impl ResolveEndpoint for OneEndpoint {
    fn resolve_endpoint(&self, _: &Params) -> EndpointFuture<'_> {
        EndpointFuture::ready(Ok(self.0.clone()))
    }
}
