//! What stands in two places is the same in both: the template, the code, the folders, the embedded store; and what the
//! code demands of callers is what a table here says.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod access;
mod answers;
mod authorization;
mod environment;
mod functions;
mod logs;
mod methods;
mod permissions;
mod request;
mod routes;
#[path = "../events/seeded.rs"]
mod seeded;
mod tables;
mod template;
mod used_permissions;
