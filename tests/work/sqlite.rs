//! The work of requests on the embedded engine, which counts like DynamoDB.

include!("modules.rs");
