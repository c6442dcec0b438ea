//! Services of AWS that take a request as JSON: signed, sent, and sent again where the service could not take it.
//!
//! The SDK has a client for each of them. What it does around a request takes several times as long as the request
//! itself: what a function reads it asks for here.

use std::{sync::Arc, time::SystemTime};

use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4::SigningParams,
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        http::{HttpConnector, SharedHttpConnector},
        identity::Identity,
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use bytes::Bytes;
use serde::Deserialize;
use tokio::time::timeout;

use super::{RetryPolicy, Settings, public_endpoint};
use crate::pause::Pauses;

/// The codes by which services say "not now": the throttling and passing ones that the SDK knows, and DynamoDB's own.
const RETRYABLE_CODES: [&str; 19] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "InternalServerError",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

/// The statuses of HTTP below 500 that say so.
const RETRYABLE_STATUS: [u16; 2] = [408, 429];

/// Whether a service that answers with this code, or with this status, may take the same request later.
pub(crate) fn is_retryable(code: &str, status: u16) -> bool {
    status >= 500 || RETRYABLE_STATUS.contains(&status) || RETRYABLE_CODES.contains(&code)
}

/// Why a request has no answer. The text is for the log; of what was sent it has what the service repeats, if anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ServiceError {
    /// The service says no.
    #[error("{code} ({status}): {message}")]
    Refused {
        /// Of HTTP.
        status: u16,
        /// What the service calls it; empty where something else has answered.
        code: String,
        /// In the service's words.
        message: String,
    },
    /// The service cannot be reached, or its answer ends in the middle.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// The answer takes longer than anyone waits.
    #[error("no answer in time")]
    TooLate,
    /// There is no such request.
    #[error("no request: {0}")]
    Unsent(String),
}

impl ServiceError {
    /// Whether the same request may be answered later.
    pub(crate) fn is_retryable(&self) -> bool {
        match self {
            Self::Refused { status, code, .. } => is_retryable(code, *status),
            Self::Unreachable(_) | Self::TooLate => true,
            Self::Unsent(_) => false,
        }
    }

    fn unsent(error: impl Into<BoxError>) -> Self {
        Self::Unsent(error.into().to_string())
    }
}

/// The name of a service, and of the JSON that it takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Protocol {
    /// As in addresses and signatures.
    pub(crate) service: &'static str,
    /// What the names of its operations begin with.
    pub(crate) target: &'static str,
    pub(crate) content_type: &'static str,
}

/// One service in one region, asked by one account.
#[derive(Debug, Clone)]
pub(crate) struct JsonService(Arc<Endpoint>);

#[derive(Debug, Clone)]
struct Endpoint {
    protocol: Protocol,
    uri: String,
    region: String,
    /// As whom requests are signed; `None` for a service that takes those of everybody.
    identity: Option<Identity>,
    http: SharedHttpConnector,
    retry_policy: RetryPolicy,
}

impl JsonService {
    pub(crate) fn new(protocol: Protocol, settings: &Settings, retry_policy: RetryPolicy) -> Self {
        let uri = settings.endpoint.clone().unwrap_or_else(|| public_endpoint(protocol.service, &settings.region));
        Self(Arc::new(Endpoint {
            protocol,
            uri,
            region: settings.region.clone(),
            identity: Some(settings.credentials.clone().into()),
            http: settings.http.clone(),
            retry_policy,
        }))
    }

    /// The same, without signatures.
    pub(crate) fn unsigned(self) -> Self {
        Self(Arc::new(Endpoint { identity: None, ..(*self.0).clone() }))
    }

    /// The text of the answer to one request, with the attempts that the retry policy allows.
    ///
    /// # Errors
    /// There is none.
    pub(crate) async fn ask(&self, operation: &str, body: Vec<u8>) -> Result<Bytes, ServiceError> {
        let RetryPolicy { request, attempt, attempts, first_pause, longest_pause, .. } = self.0.retry_policy;
        let mut pauses = Pauses::new(attempts.saturating_sub(1), first_pause, longest_pause);
        let body = Bytes::from(body);
        let asking = async {
            loop {
                let answered = timeout(attempt, self.attempt(operation, body.clone())).await;
                match answered.unwrap_or(Err(ServiceError::TooLate)) {
                    Err(error) if error.is_retryable() && pauses.pause().await => {}
                    answered => return answered,
                }
            }
        };
        timeout(request, asking).await.unwrap_or(Err(ServiceError::TooLate))
    }

    async fn attempt(&self, operation: &str, body: Bytes) -> Result<Bytes, ServiceError> {
        let request = self.0.request(operation, body).map_err(ServiceError::unsent)?;
        let answer = self.0.http.call(request).await.map_err(|error| unreachable(&error))?;
        let status = answer.status();
        let text = text(answer).await?;
        if status.is_success() { Ok(text) } else { Err(refusal(status.as_u16(), &text)) }
    }
}

impl Endpoint {
    fn request(&self, operation: &str, body: Bytes) -> Result<HttpRequest, BoxError> {
        let target = format!("{}.{operation}", self.protocol.target);
        let headers = [("content-type", self.protocol.content_type), ("x-amz-target", &target)];
        let signature = self.identity.as_ref().map(|identity| self.signature(identity, &headers, &body)).transpose()?;
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method("POST")?;
        request.set_uri(self.uri.as_str())?;
        for (name, value) in headers {
            request.headers_mut().try_insert(name, value.to_owned())?;
        }
        for (name, value) in signature.into_iter().flatten() {
            request.headers_mut().try_insert(name, value)?;
        }
        Ok(request)
    }

    /// The headers that say who asks.
    fn signature(
        &self,
        identity: &Identity,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<impl Iterator<Item = (&'static str, String)> + use<>, BoxError> {
        let parameters = SigningParams::builder()
            .identity(identity)
            .region(&self.region)
            .name(self.protocol.service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let to_sign =
            SignableRequest::new("POST", self.uri.as_str(), headers.iter().copied(), SignableBody::Bytes(body))?;
        let (signed, _) = sign(to_sign, &parameters)?.into_parts();
        let (headers, _) = signed.into_parts();
        Ok(headers.into_iter().map(|header| (header.name(), header.value().to_owned())))
    }
}

async fn text(answer: HttpResponse) -> Result<Bytes, ServiceError> {
    let read = ByteStream::new(answer.into_body()).collect().await;
    Ok(read.map_err(|error| ServiceError::Unreachable(with_sources(&error)))?.into_bytes())
}

fn unreachable(error: &ConnectorError) -> ServiceError {
    let text = with_sources(error);
    if error.is_user() { ServiceError::Unsent(text) } else { ServiceError::Unreachable(text) }
}

/// The messages alone: the details of an error may hold what was sent.
pub(crate) fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

// Services write the second member in one of two ways.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(rename = "__type")]
    kind: Option<String>,
    message: Option<String>,
    #[serde(rename = "Message")]
    other_message: Option<String>,
}

fn refusal(status: u16, text: &[u8]) -> ServiceError {
    let Refusal { kind, message, other_message } = serde_json::from_slice(text).unwrap_or_default();
    // A kind may come with the namespace that it is from, and with an address behind it.
    let kind = kind.unwrap_or_default();
    let code = kind.rsplit('#').next().and_then(|kind| kind.split(':').next()).unwrap_or_default().to_owned();
    ServiceError::Refused { status, code, message: message.or(other_message).unwrap_or_default() }
}

#[cfg(test)]
mod tests;
