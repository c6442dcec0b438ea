//! What the service does, resource by resource. Nothing here knows of routes, of the envelope, or of expressions.

pub mod batch;
pub mod bisect;
pub mod boot;
pub mod build;
pub mod build_log;
pub mod callback;
pub mod cleanup;
pub mod count;
pub mod documents;
pub mod import;
pub mod job;
pub mod keys;
pub mod lab;
pub mod lava;
pub mod logs;
pub mod regressions;
pub mod report;
pub mod revision;
pub mod send;
pub mod sender;
pub mod statistics;
pub mod task;
pub mod test;
pub mod token;
pub mod upload;
