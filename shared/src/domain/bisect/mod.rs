//! `bisect`: the commits around a failed build, and the results of bisections.

mod result;
mod search;

pub(crate) use result::import;
pub use result::{BisectionResult, TYPES, submit};
pub use search::{BUILDS, MAX_SEARCH_PAGES, Search};
