//! What requests cost on the embedded engine, which counts as DynamoDB does.

include!("modules.rs");
