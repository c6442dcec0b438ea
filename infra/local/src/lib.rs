//! The whole API in one process: the functions' own handlers behind a router made from `template.yaml`, an embedded
//! store in the place of DynamoDB, a folder in the place of the bucket, and the worker beside them.

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
