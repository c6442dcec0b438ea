//! Facts that are stated in two places are equal: in the template, the code, the folders and the embedded store. The
//! access that the code requires equals a table here.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod access;
mod alarms;
mod answers;
mod api;
mod arguments;
mod authorization;
mod cargo_lambda;
mod costs;
mod environment;
mod event_sources;
mod examples;
mod functions;
mod generated;
mod imports;
mod layers;
mod limits;
mod logs;
mod methods;
mod permissions;
mod properties;
mod protection;
mod reference;
mod refusal_cost;
mod request;
mod request_path;
mod routes;
#[path = "../events/seeded.rs"]
mod seeded;
mod stack;
mod tables;
mod template;
mod used_permissions;
