//! Recorded requests and answers of the original service, compared with the answers of this one, and the deliberate
//! differences.

mod differences;
mod recordings;
