//! The store and its documented behaviour, on an embedded engine for each test.

include!("modules.rs");
