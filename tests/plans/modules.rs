#[path = "../store/test_store.rs"]
mod test_store;
mod documents;
mod edges;
mod fan_out;
mod expected_answers;
mod oracle;
mod patterns;
mod properties;
mod queries;
mod minimize;
