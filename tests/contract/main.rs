//! Requests that were answered by the original service, and its answers, held against ours; and the places where ours
//! differ on purpose.

mod differences;
mod recordings;
