//! The store, held against what its functions promise: on DynamoDB's stand-in, of each test's own, or in new tables of the
//! DynamoDB that `AWS_ENDPOINT_URL_DYNAMODB` names. And both engines, held against each other.

include!("modules.rs");

mod engines;
