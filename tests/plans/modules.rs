#[path = "../store/bench.rs"]
mod bench;
mod documents;
mod edges;
mod fan_out;
mod meaning;
mod oracle;
mod patterns;
mod properties;
mod queries;
mod smallest;
