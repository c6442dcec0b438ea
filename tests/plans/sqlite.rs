//! Plans are held against what a selection means, on the embedded engine.

include!("modules.rs");
