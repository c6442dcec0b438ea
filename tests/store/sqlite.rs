//! The store, held against what its functions promise, on an embedded engine of each test's own.

include!("modules.rs");
