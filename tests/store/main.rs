//! The store, held against what its functions promise: on an embedded store of each test's own, or in new tables of the
//! one that `AWS_ENDPOINT_URL_DYNAMODB` names.

mod bench;
mod budget;
mod identity;
mod imports;
mod loading;
mod long;
mod months;
mod names;
mod parts;
mod raw;
mod replacing;
mod tasks;
mod tokens;
mod totals;
