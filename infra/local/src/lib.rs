//! The whole API in one process: the handlers of the functions behind a router made from `template.yaml`, SQLite in
//! place of DynamoDB, a folder in place of the bucket, and the worker.

pub mod bodies;
pub mod bounds;
pub mod connection;
pub mod data;
pub mod demo;
pub mod direct;
pub mod embedded;
pub mod events;
pub mod files;
pub mod functions;
pub mod handles;
pub mod load;
pub mod options;
pub mod outbox;
pub mod places;
pub mod port;
pub mod router;
pub mod server;
pub mod signature;
pub mod smtp;
pub mod sqlite;
pub mod start;
pub mod store;
pub mod template;
pub mod upkeep;
pub mod worker;
