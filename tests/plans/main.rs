//! Plans are held against what a selection means: for random documents and random query strings, what the store
//! answers by a plan is what the evaluator answers without one. And each access pattern serves the query it is for.

include!("modules.rs");
