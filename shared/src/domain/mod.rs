//! What the service does, resource by resource. Nothing here knows of routes, of the envelope, or of expressions.

pub mod build;
pub mod build_log;
pub mod count;
pub mod documents;
pub mod import;
pub mod job;
pub mod keys;
pub mod logs;
pub mod task;
pub mod token;
pub mod upload;
