//! The Kernel CI API v1: what every function shares, from the request to the store.

pub mod auth;
pub mod clock;
pub mod collections;
pub mod connection;
pub mod domain;
pub mod error;
pub mod http;
pub mod identifiers;
pub mod lambda;
pub mod mail;
pub mod parameter;
mod pause;
#[cfg(test)]
#[path = "../../tests/src/property.rs"]
mod property;
pub mod query;
pub mod services;
pub mod storage;
pub mod store;
pub mod time;
pub mod token;
pub mod transport;
pub mod value;
pub mod worker;
