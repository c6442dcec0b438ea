//! A parameter of SSM's Parameter Store, read by one signed request. `aws-sdk-ssm` has what is needed here and about
//! 150 operations more, which would be most of the time that a build takes.

use std::{env, fmt, time::SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4::SigningParams,
};
use aws_smithy_runtime::client::{
    orchestrator::operation::Operation,
    retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        orchestrator::{HttpRequest, HttpResponse, OrchestratorError, SensitiveOutput},
        result::SdkError,
        runtime_plugin::StaticRuntimePlugin,
    },
};
use aws_smithy_types::{body::SdkBody, config_bag::Layer, retry::RetryConfig};
use serde::Deserialize;
use serde_json::json;

use crate::{
    auth::MasterKey,
    connection::{ConnectionError, Patience, Settings, public_endpoint},
};

/// The environment name of the endpoint that stands in for SSM.
const ENDPOINT: &str = "AWS_ENDPOINT_URL_SSM";

/// Why a parameter has no value for us. No text holds the value.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ParameterError {
    /// There is no such parameter.
    #[error("the parameter {0} does not exist")]
    Missing(String),
    /// SSM refuses, cannot be reached, or answers nonsense.
    #[error("the parameter {name} cannot be read: {reason}")]
    Unavailable {
        /// The parameter.
        name: String,
        /// What happened.
        reason: String,
    },
}

/// The value of a parameter: a secret.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// The key of that text.
    pub fn as_master_key(&self) -> Option<MasterKey> {
        MasterKey::new(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A parameter, by its name.
pub struct Parameter {
    name: String,
    operation: Operation<String, Secret, Refusal>,
}

/// What SSM says in the place of a value.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
struct Refusal(String);

const NOT_FOUND: &str = "ParameterNotFound";

impl Parameter {
    /// The parameter of that name, in the account and region of the environment.
    ///
    /// # Errors
    /// The environment lacks something.
    pub fn of_environment(name: String) -> Result<Self, ConnectionError> {
        Ok(Self::new(name, Settings::read(ENDPOINT)?))
    }

    /// A parameter of what stands in for SSM on this machine.
    pub fn local(name: String, endpoint: &str) -> Self {
        Self::new(name, Settings::local(endpoint))
    }

    fn new(name: String, settings: Settings) -> Self {
        let endpoint = settings.endpoint.unwrap_or_else(|| public_endpoint("ssm", &settings.region));
        let (uri, region, credentials) = (endpoint.clone(), settings.region, settings.credentials);
        let is_secret = StaticRuntimePlugin::new().with_config({
            let mut layer = Layer::new("secret");
            layer.store_put(SensitiveOutput);
            layer.freeze()
        });
        let operation = Operation::builder()
            .service_name("ssm")
            .operation_name("GetParameter")
            .http_client(settings.http)
            .endpoint_url(&endpoint)
            .no_auth()
            .standard_retry(&RetryConfig::standard())
            .retry_classifier(TransientErrorClassifier::<Refusal>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .timeout_config(Patience::STORE.timeouts())
            .runtime_plugin(is_secret)
            .serializer(move |name: String| request(&name, &uri, &region, &credentials))
            .deserializer(answer)
            .build();
        Self { name, operation }
    }

    /// The value, decrypted.
    ///
    /// # Errors
    /// There is no such parameter, or it cannot be read now.
    pub async fn read(&self) -> Result<Secret, ParameterError> {
        self.operation.invoke(self.name.clone()).await.map_err(|error| match &error {
            SdkError::ServiceError(refused) if refused.err().0 == NOT_FOUND => {
                ParameterError::Missing(self.name.clone())
            }
            SdkError::ServiceError(refused) => self.unavailable(refused.err()),
            // The details of other failures may hold what was sent and answered.
            SdkError::TimeoutError(_) => self.unavailable("no answer in time"),
            SdkError::DispatchFailure(_) => self.unavailable("SSM cannot be reached"),
            _ => self.unavailable("the answer cannot be read"),
        })
    }

    fn unavailable(&self, reason: impl fmt::Display) -> ParameterError {
        ParameterError::Unavailable { name: self.name.clone(), reason: reason.to_string() }
    }
}

fn request(name: &str, uri: &str, region: &str, credentials: &Credentials) -> Result<HttpRequest, BoxError> {
    let body = json!({ "Name": name, "WithDecryption": true }).to_string();
    let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "AmazonSSM.GetParameter")];
    let identity = credentials.clone().into();
    let parameters = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("ssm")
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()?
        .into();
    let to_sign = SignableRequest::new("POST", uri, headers.into_iter(), SignableBody::Bytes(body.as_bytes()))?;
    let (signature, _) = sign(to_sign, &parameters)?.into_parts();
    let mut request = http::Request::post(uri);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let mut request = request.body(SdkBody::from(body))?;
    signature.apply_to_request_http1x(&mut request);
    Ok(request.try_into()?)
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Parameter")]
    parameter: AnsweredParameter,
}

#[derive(Deserialize)]
struct AnsweredParameter {
    #[serde(rename = "Value")]
    value: String,
}

#[derive(Deserialize)]
struct AnsweredRefusal {
    #[serde(rename = "__type")]
    kind: String,
}

fn answer(response: &HttpResponse) -> Result<Secret, OrchestratorError<Refusal>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        // The text of the parser's error could show the value.
        let answer: Answer =
            serde_json::from_slice(body).map_err(|_| OrchestratorError::other("no parameter in it"))?;
        return Ok(Secret(answer.parameter.value));
    }
    let refusal = serde_json::from_slice::<AnsweredRefusal>(body).map_or_else(
        |_| format!("status {}", response.status().as_u16()),
        // A kind may come with the namespace that it is from.
        |refusal| refusal.kind.rsplit('#').next().unwrap_or_default().to_owned(),
    );
    Err(OrchestratorError::operation(Refusal(refusal)))
}

/// The parameter that an environment name names; `None` where it names none.
///
/// # Errors
/// The environment lacks what a request to SSM needs.
pub fn named_in(variable: &str) -> Result<Option<Parameter>, ConnectionError> {
    let name = env::var(variable).ok().filter(|name| !name.is_empty());
    name.map(Parameter::of_environment).transpose()
}
