//! Clients of AWS: configured by aws-config, over the transport of [`crate::transport`].

mod configuration;
mod dynamodb;
mod failure;
mod retry_policy;
mod s3;
mod ses;
mod ssm;

pub use configuration::{configuration, stand_in};
pub use dynamodb::DynamoDb;
pub(crate) use failure::{is_retryable, with_sources};
pub use retry_policy::RetryPolicy;
pub use s3::s3;
pub use ses::{local_ses, ses};
pub use ssm::{local_ssm, ssm};
