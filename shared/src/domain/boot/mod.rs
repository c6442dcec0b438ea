//! `boot`: what is done with boot reports beside reading them.

mod delete;
mod report;

pub(crate) use delete::remove;
pub use delete::{DELETE_FILTERS, Deletion, delete, delete_selected};
pub(crate) use report::import;
pub use report::{RESULT, Report, STATUSES, submit};

use crate::{
    collections::BOOT_REGRESSION,
    error::Error,
    query::{Filter, Selection},
    store::Reader,
    value::{Document, ObjectId},
};

/// The regression that a boot is the last failure of; `None` where it is none.
///
/// # Errors
/// The store fails.
pub async fn regression(reader: Reader<'_>, boot: ObjectId) -> Result<Option<Document>, Error> {
    let selection = Selection { filter: Filter::equals("boot_id", boot), limit: 1, ..Selection::default() };
    Ok(reader.list(&BOOT_REGRESSION, &selection).await?.into_iter().next())
}
