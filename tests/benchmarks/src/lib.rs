//! What the benchmarks have in common: recorded answers of a store, the time that processes take, and raw figures kept
//! with their date and machine.

pub mod history;
pub mod logged;
pub mod processes;
pub mod recording;
pub mod runs;
pub mod runtime_api;
pub mod seeded;
