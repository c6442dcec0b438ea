//! Query plans compared with the evaluator: for random documents and query strings, the answer of the store by a plan
//! equals that of the evaluator without one. And each access pattern serves its query.

include!("modules.rs");
