//! The log of a LAVA job: a YAML list of `{dt, lvl, msg}`, read entry by entry.

mod cases;
mod entries;
pub(super) mod html;
mod signals;
mod survey;
pub(super) mod text;

pub use cases::{MAX_LINE, MAX_LINES};
pub use entries::READ_LIMIT;
pub use html::HTML_LIMIT;
pub use text::TEXT_LIMIT;

pub(super) use cases::{Cases, Line};
#[cfg(test)]
pub(super) use entries::Ending;
pub(super) use entries::Entries;
pub(super) use survey::Survey;
