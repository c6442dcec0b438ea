//! What all clients of AWS have in common: region, credentials, endpoints, and the connections below them.

use std::env;

use aws_config::{
    BehaviorVersion, ConfigLoader, Region, SdkConfig,
    environment::EnvironmentVariableCredentialsProvider,
    meta::{credentials::CredentialsProviderChain, region::RegionProviderChain},
    profile::ProfileFileCredentialsProvider,
    provider_config::ProviderConfig,
    stalled_stream_protection::StalledStreamProtectionConfig,
};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;

use super::RetryPolicy;
use crate::transport::{connector, http_client};

/// Lambda sets this name in the environment of every function.
const LAMBDA: &str = "AWS_LAMBDA_FUNCTION_NAME";

/// The region of a stand-in where none is named. Some stand-ins know the regions of AWS only.
const STAND_IN_REGION: &str = "us-east-1";

/// Reads the configuration: from the environment, and outside of Lambda also from the files of profiles and from the
/// services that give credentials. A function reads no file and asks no service, which keeps its cold start short: Lambda
/// gives region and credentials in the environment.
pub async fn configuration() -> SdkConfig {
    if env::var_os(LAMBDA).is_none() {
        return loader().load().await;
    }
    loader_of_function().load().await
}

/// Reads the environment only. The one profile file is empty and in memory, because a set of files needs one.
fn loader_of_function() -> ConfigLoader {
    let no_profiles = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, "").build();
    loader().profile_files(no_profiles).credentials_provider(EnvironmentVariableCredentialsProvider::new())
}

/// The configuration for a stand-in at `endpoint`, such as DynamoDB Local. Region and credentials are those of the
/// environment or of a profile; where there are none, the stand-in takes any.
pub async fn stand_in(endpoint: &str) -> SdkConfig {
    let http = http_client(connector(RetryPolicy::STORE.connect));
    let providers = ProviderConfig::without_region().with_http_client(http);
    let credentials = CredentialsProviderChain::first_try("Environment", EnvironmentVariableCredentialsProvider::new())
        .or_else("Profile", ProfileFileCredentialsProvider::builder().configure(&providers).build())
        .or_else("StandIn", Credentials::new("local", "local", None, None, "stand-in"));
    let region = RegionProviderChain::first_try(env::var("AWS_DEFAULT_REGION").ok().map(Region::new));
    let region = RegionProviderChain::first_try(env::var("AWS_REGION").ok().map(Region::new)).or_else(region);
    loader()
        .endpoint_url(endpoint)
        .credentials_provider(credentials)
        .region(region.or_else(STAND_IN_REGION))
        .load()
        .await
}

/// The configuration for what answers at `endpoint`, or in this process, by the key of an id and a secret.
pub(super) fn fixed(endpoint: &str, id: &str, secret: &str, http: Option<SharedHttpConnector>) -> SdkConfig {
    let http = http.unwrap_or_else(|| connector(RetryPolicy::STORE.connect));
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(STAND_IN_REGION))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(id, secret, None, None, "fixed")))
        .endpoint_url(endpoint)
        .http_client(http_client(http))
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build()
}

// An attempt that hangs ends by its own time: no stream needs a watch beside it.
fn loader() -> ConfigLoader {
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client(connector(RetryPolicy::STORE.connect)))
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use aws_smithy_runtime_api::client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector},
        orchestrator::HttpRequest,
        result::ConnectorError,
    };

    use super::*;
    use crate::connection::DynamoDb;

    /// Keeps the addresses and the signatures of requests, and answers none.
    #[derive(Debug, Clone, Default)]
    struct Recorder(Arc<Mutex<Vec<(String, String)>>>);

    impl HttpConnector for Recorder {
        fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
            let signature = request.headers().get("authorization").unwrap_or_default().to_owned();
            self.0.lock().unwrap().push((request.uri().to_owned(), signature));
            HttpConnectorFuture::ready(Err(ConnectorError::user("no answer".into())))
        }
    }

    async fn requested(configuration: SdkConfig) -> (String, String) {
        let recorder = Recorder::default();
        let connector = SharedHttpConnector::new(recorder.clone());
        let configuration = configuration.into_builder().http_client(http_client(connector));
        let dynamodb = DynamoDb::new(&configuration.build());
        assert!(dynamodb.client().list_tables().send().await.is_err());
        let requests = recorder.0.lock().unwrap();
        requests.first().unwrap().clone()
    }

    fn in_region(region: &'static str) -> SdkConfig {
        let credentials = Credentials::new("id", "secret", None, None, "test");
        SdkConfig::builder()
            .region(Region::from_static(region))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .behavior_version(BehaviorVersion::latest())
            .build()
    }

    #[tokio::test]
    async fn endpoints_have_the_form_of_their_partition() {
        for (region, fips, dual_stack, host) in [
            ("eu-central-1", false, false, "dynamodb.eu-central-1.amazonaws.com"),
            ("eu-central-1", false, true, "dynamodb.eu-central-1.api.aws"),
            ("us-east-1", true, false, "dynamodb-fips.us-east-1.amazonaws.com"),
            ("us-gov-west-1", false, false, "dynamodb.us-gov-west-1.amazonaws.com"),
            ("cn-north-1", false, false, "dynamodb.cn-north-1.amazonaws.com.cn"),
        ] {
            let (url, signature) =
                requested(in_region(region).into_builder().use_fips(fips).use_dual_stack(dual_stack).build()).await;
            assert_eq!(url.trim_end_matches('/'), format!("https://{host}"));
            assert!(signature.contains(&format!("/{region}/dynamodb/aws4_request")), "{signature}");
        }
    }

    #[tokio::test]
    async fn a_function_is_configured_without_profile_files() {
        let configuration = loader_of_function().region(Region::from_static("eu-central-1")).load().await;
        assert_eq!(configuration.region(), Some(&Region::from_static("eu-central-1")));
        assert!(configuration.credentials_provider().is_some());
    }

    #[tokio::test]
    async fn a_named_endpoint_takes_the_place_of_that_of_the_region() {
        let (url, _) =
            requested(in_region("eu-central-1").into_builder().endpoint_url("https://store.example").build()).await;
        assert_eq!(url.trim_end_matches('/'), "https://store.example");
    }

    #[tokio::test]
    async fn credentials_that_change_sign_the_next_request() {
        #[derive(Debug, Default)]
        struct Rotating(Mutex<u32>);
        impl aws_credential_types::provider::ProvideCredentials for Rotating {
            fn provide_credentials<'a>(&'a self) -> aws_credential_types::provider::future::ProvideCredentials<'a>
            where
                Self: 'a,
            {
                let mut count = self.0.lock().unwrap();
                *count += 1;
                // Expired at once: the next request asks again.
                let expires = std::time::SystemTime::now();
                let credentials = Credentials::new(format!("id{count}"), "secret", None, Some(expires), "test");
                aws_credential_types::provider::future::ProvideCredentials::ready(Ok(credentials))
            }
        }
        let recorder = Recorder::default();
        let connector = SharedHttpConnector::new(recorder.clone());
        let configuration = in_region("eu-central-1")
            .into_builder()
            .credentials_provider(SharedCredentialsProvider::new(Rotating::default()))
            .http_client(http_client(connector))
            .build();
        let dynamodb = DynamoDb::new(&configuration);
        for _ in 0..2 {
            assert!(dynamodb.client().list_tables().send().await.is_err());
        }
        let requests = recorder.0.lock().unwrap();
        let signed_by = |id: &str| requests.iter().any(|(_, signature)| signature.contains(&format!("={id}/")));
        assert!(signed_by("id1") && signed_by("id2"), "{requests:?}");
    }
}
