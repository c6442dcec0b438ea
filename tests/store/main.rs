//! The store and its documented behaviour, on a DynamoDB stand-in for each test, or in new tables of the DynamoDB at
//! `AWS_ENDPOINT_URL_DYNAMODB`. And the two engines compared.

include!("modules.rs");

mod engines;
