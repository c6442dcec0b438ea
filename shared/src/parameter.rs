//! A parameter of SSM's Parameter Store, read by one signed request. `aws-sdk-ssm` has what is needed here and about
//! 150 operations more, which would be most of the time that a build takes.

use std::{env, fmt};

use serde::Deserialize;
use serde_json::json;

use crate::{
    connection::{ConnectionError, JsonService, Protocol, RetryPolicy, ServiceError, Settings},
    token::MasterKey,
};

const PROTOCOL: Protocol = Protocol { service: "ssm", target: "AmazonSSM", content_type: "application/x-amz-json-1.1" };

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
    ssm: JsonService,
}

const NOT_FOUND: &str = "ParameterNotFound";

impl Parameter {
    /// The parameter of that name, in the account and region of the environment.
    ///
    /// # Errors
    /// The environment lacks something.
    pub fn of_environment(name: String) -> Result<Self, ConnectionError> {
        Ok(Self::new(name, &Settings::read(ENDPOINT, RetryPolicy::STORE)?))
    }

    /// A parameter of what stands in for SSM on this machine.
    pub fn local(name: String, endpoint: &str) -> Self {
        Self::new(name, &Settings::local(endpoint, RetryPolicy::STORE))
    }

    fn new(name: String, settings: &Settings) -> Self {
        Self { name, ssm: JsonService::new(PROTOCOL, settings, RetryPolicy::STORE) }
    }

    /// The value, decrypted.
    ///
    /// # Errors
    /// There is no such parameter, or it cannot be read now.
    pub async fn read(&self) -> Result<Secret, ParameterError> {
        let asked = json!({ "Name": self.name, "WithDecryption": true }).to_string();
        let answer = self.ssm.ask("GetParameter", asked.into_bytes()).await.map_err(|error| match error {
            ServiceError::Refused { code, .. } if code == NOT_FOUND => ParameterError::Missing(self.name.clone()),
            ServiceError::Refused { code, status, .. } if code.is_empty() => {
                self.unavailable(format!("status {status}"))
            }
            ServiceError::Refused { code, .. } => self.unavailable(code),
            other => self.unavailable(other),
        })?;
        // The text of the parser's error could show the value.
        let answer: Answer = serde_json::from_slice(&answer).map_err(|_| self.unavailable("no parameter in it"))?;
        Ok(Secret(answer.parameter.value))
    }

    fn unavailable(&self, reason: impl fmt::Display) -> ParameterError {
        ParameterError::Unavailable { name: self.name.clone(), reason: reason.to_string() }
    }
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

/// The parameter that an environment name names; `None` where it names none.
///
/// # Errors
/// The environment lacks what a request to SSM needs.
pub fn named_in(variable: &str) -> Result<Option<Parameter>, ConnectionError> {
    let name = env::var(variable).ok().filter(|name| !name.is_empty());
    name.map(Parameter::of_environment).transpose()
}
