//! Every event file of `events/` is parsed as on Lambda, answered by its function on the seed documents, and compared
//! with its expectation.

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
