//! Deleting boot reports: one by its id, or all that filters select.

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

/// The filters by which reports are deleted. A comma inside a value separates values.
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

/// How many reports are deleted side by side.
const CONCURRENCY: usize = 16;

/// What is to be deleted.
#[derive(Debug)]
pub struct Deletion {
    filter: Filter,
}

impl Deletion {
    /// Reads the filters of a request.
    ///
    /// # Errors
    /// There is none, one cannot be read, or an argument is a filter of lists that does not choose what is deleted.
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

// What would have made a list shorter must not be dropped when it comes to deleting.
fn narrows(name: &str) -> bool {
    const RANGES: [&str; 6] = ["gte", "lt", "date_range", "time_range", "limit", "skip"];
    RANGES.contains(&name) || BOOT.filter(name).is_some()
}

/// Deletes a report. `false` where there is none, or none that the caller may delete.
///
/// # Errors
/// The report is another lab's, or the store fails.
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

/// Deletes what the filters select and the caller may delete, and says how many reports that were.
///
/// # Errors
/// Too much would have to be read, or the store fails. What was deleted until then is gone; the rest can be deleted by
/// the same request.
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

/// Deletes a report that was read. The regression goes first: a deletion that is broken off can be repeated.
///
/// # Errors
/// The store fails.
pub(crate) async fn remove(deleter: Deleter<'_>, boot: &Document, id: ObjectId) -> Result<bool, Error> {
    regressions::withdraw(*deleter, Tracked::Boots, boot).await?;
    Ok(deleter.delete(&BOOT, id).await?)
}
