//! Deletion of boot reports, by id or by filters.

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{
    auth::Caller,
    collections::{BOOT, FieldKind},
    domain::{
        regressions::{self, Tracked},
        sender,
    },
    error::Error,
    query::{Arguments, BadArgument, Condition, Filter, Selection},
    store::Deleter,
    value::{Document, ObjectId, Value},
};

/// The filters of a deletion. A comma separates values.
pub const DELETE_FILTERS: [&str; 10] = [
    "board",
    "boot_job_id",
    "boot_job_url",
    "defconfig_full",
    "build_id",
    "defconfig",
    "_id",
    "job_id",
    "job",
    "kernel",
];

/// The number of reports that are deleted concurrently.
const CONCURRENCY: usize = 16;

/// The selection of a deletion.
#[derive(Debug)]
pub struct Deletion {
    filter: Filter,
}

impl Deletion {
    /// Parses the filters of a request.
    ///
    /// # Errors
    /// [`Error::Invalid`] when no filter is given; [`Error::Argument`] when a filter is invalid or an argument does not apply to deletions.
    pub fn read(arguments: &Arguments) -> Result<Self, Error> {
        if let Some(name) = arguments.names().find(|name| !DELETE_FILTERS.contains(name) && narrows(name)) {
            return Err(
                BadArgument::because(name, format!("reports are deleted by {}", DELETE_FILTERS.join(", "))).into()
            );
        }
        let mut conditions = Vec::new();
        for field in BOOT.fields.iter().filter(|field| DELETE_FILTERS.contains(&field.name)) {
            let mut values = Vec::new();
            let given = arguments.all(field.name).flat_map(|text| text.split(','));
            for text in given.map(str::trim).filter(|text| !text.is_empty()) {
                values.push(match field.kind {
                    FieldKind::Id => {
                        Value::Id(text.parse().map_err(|_| BadArgument::value(field.name, text, "an id"))?)
                    }
                    _ => Value::from(text),
                });
            }
            if !values.is_empty() {
                let member = field.member();
                conditions.push(Condition::OneOf { member, lists: false, values, null: false });
            }
        }
        if conditions.is_empty() {
            return Err(Error::Invalid("No ID value specified, and no filter".to_owned()));
        }
        Ok(Self { filter: Filter { conditions, ..Filter::default() } })
    }
}

// A filter that would narrow a list is not ignored in a deletion.
fn narrows(name: &str) -> bool {
    const RANGES: [&str; 6] = ["gte", "lt", "date_range", "time_range", "limit", "skip"];
    RANGES.contains(&name) || BOOT.filter(name).is_some()
}

/// Deletes a report. `false` when it does not exist.
///
/// # Errors
/// [`Error::NotOfLab`] when the report belongs to another lab. [`Error::Busy`] when the store throttles or does not
/// answer; [`Error::Internal`] when it refuses the request.
pub async fn delete(deleter: Deleter<'_>, caller: &Caller, id: ObjectId) -> Result<bool, Error> {
    let Some(boot) = deleter.get_now(&BOOT, id).await? else { return Ok(false) };
    if let Some(labs) = sender::bound_to(**deleter, caller).await? {
        let lab = boot.get("lab_name").and_then(Value::as_text).unwrap_or_default();
        if !labs.iter().any(|own| own == lab) {
            return Err(Error::NotOfLab(lab.to_owned()));
        }
    }
    remove(deleter, &boot, id).await
}

/// Deletes the selected reports that the caller may delete. Returns their number.
///
/// # Errors
/// [`Error::TooWide`] past the page budget. [`Error::Busy`] when the store throttles or does not answer;
/// [`Error::Internal`] when it refuses the request. Reports that were deleted before stay deleted; the request can be
/// repeated.
pub async fn delete_selected(deleter: Deleter<'_>, caller: &Caller, deletion: Deletion) -> Result<usize, Error> {
    let mut filter = deletion.filter;
    if let Some(labs) = sender::bound_to(**deleter, caller).await? {
        if labs.is_empty() {
            return Ok(0);
        }
        let values = labs.into_iter().map(Value::from).collect();
        filter.conditions.push(Condition::OneOf { member: "lab_name", lists: false, values, null: false });
    }
    let found = deleter.list(&BOOT, &Selection { filter, ..Selection::default() }).await?;
    let deletions: Vec<_> = found
        .iter()
        .filter_map(|boot| Some((boot, boot.get("_id")?.as_id()?)))
        .map(|(boot, id)| remove(deleter, boot, id))
        .collect();
    let gone: Vec<bool> = stream::iter(deletions).buffer_unordered(CONCURRENCY).try_collect().await?;
    Ok(gone.into_iter().filter(|gone| *gone).count())
}

/// Deletes a report that was read. The regression is deleted first, so an interrupted deletion can be repeated.
///
/// # Errors
/// [`Error::Busy`] when the store throttles or does not answer; [`Error::Internal`] when it refuses the request.
pub(crate) async fn remove(deleter: Deleter<'_>, boot: &Document, id: ObjectId) -> Result<bool, Error> {
    regressions::withdraw(*deleter, Tracked::Boots, boot).await?;
    Ok(deleter.delete(&BOOT, id).await?)
}
