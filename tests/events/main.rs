//! Every event file of `events/`, read as Lambda reads it, answered by its function on the seed documents, and held
//! against what is expected of it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod described;
mod expected;
mod files;
mod forms;
mod gateway;
mod odd_requests;
mod retention;
mod scheduled;
mod seeded;
mod statistics;
mod worker;
