//! What stands in two places is the same in both: the template, the code, the folders, the embedded store; and what the
//! code demands of callers is what a table here says.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod access;
mod alarms;
mod answers;
mod api;
mod arguments;
mod authorization;
mod cargo_lambda;
mod environment;
mod event_sources;
mod examples;
mod functions;
mod generated;
mod glossary;
mod imports;
mod layers;
mod limits;
mod logs;
mod methods;
mod permissions;
mod protection;
mod reference;
mod refusal_cost;
mod request;
mod routes;
#[path = "../events/seeded.rs"]
mod seeded;
mod stack;
mod tables;
mod template;
mod used_permissions;
