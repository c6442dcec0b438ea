//! A parameter of the Parameter Store of Systems Manager.

use std::{env, fmt};

use aws_config::SdkConfig;
use aws_sdk_ssm::{Client, error::ProvideErrorMetadata, operation::get_parameter::GetParameterError};

use crate::{
    connection::{local_ssm, ssm},
    token::MasterKey,
};

/// Why a parameter cannot be read. No text holds the value.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ParameterError {
    /// There is no such parameter.
    #[error("the parameter {0} does not exist")]
    Missing(String),
    /// SSM refuses the request, cannot be reached, or its answer cannot be read.
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
    ssm: Client,
}

impl Parameter {
    /// The parameter of that name, in the account and region of the configuration.
    pub fn new(name: String, configuration: &SdkConfig) -> Self {
        Self { name, ssm: ssm(configuration) }
    }

    /// The parameter of that name in a stand-in for SSM on this machine.
    pub fn local(name: String, endpoint: &str) -> Self {
        Self { name, ssm: local_ssm(endpoint) }
    }

    /// The value, decrypted.
    ///
    /// # Errors
    /// [`ParameterError::Missing`] where there is no such parameter; [`ParameterError::Unavailable`] where SSM refuses the
    /// request, cannot be reached, or answers without a value.
    pub async fn read(&self) -> Result<Secret, ParameterError> {
        let read = self.ssm.get_parameter().name(&self.name).with_decryption(true).send().await;
        // The other texts of an error could show what was answered.
        let answer = read.map_err(|error| match error.as_service_error() {
            Some(GetParameterError::ParameterNotFound(_)) => ParameterError::Missing(self.name.clone()),
            _ => self.unavailable(match (error.code(), error.raw_response()) {
                (Some(code), _) => code.to_owned(),
                (None, Some(answer)) => format!("status {}", answer.status()),
                (None, None) => "no answer".to_owned(),
            }),
        })?;
        let value = answer.parameter.and_then(|parameter| parameter.value);
        value.map(Secret).ok_or_else(|| self.unavailable("the answer holds no value".to_owned()))
    }

    fn unavailable(&self, reason: String) -> ParameterError {
        ParameterError::Unavailable { name: self.name.clone(), reason }
    }
}

/// The parameter whose name is in the environment variable `variable`; `None` where it is not set.
pub fn named_in(variable: &str, configuration: &SdkConfig) -> Option<Parameter> {
    let name = env::var(variable).ok().filter(|name| !name.is_empty())?;
    Some(Parameter::new(name, configuration))
}
