//! `boot`: import and deletion of boot reports.

mod delete;
mod report;

pub(crate) use delete::remove;
pub use delete::{DELETE_FILTERS, Deletion, delete, delete_selected};
pub(crate) use report::import;
pub use report::{RESULT, Report, STATUSES, submit};
