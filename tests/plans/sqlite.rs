//! Query plans compared with the evaluator on the embedded engine.

include!("modules.rs");
