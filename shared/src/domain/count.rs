//! Counts of documents.

use std::collections::BTreeSet;

use crate::{
    collections::Collection,
    error::Error,
    query::{Arguments, Condition, Filter, Selection},
    store::Reader,
    time::Timestamp,
    value::{Document, Value},
};

pub use crate::collections::COUNTED;

/// The counts of all collections, or of the named one, in the form of an answer. A filter that only other collections
/// have matches nothing, except null when the documents lack the member.
///
/// # Errors
/// [`Error::Missing`] for an unknown collection, [`Error::Argument`] for an invalid argument. [`Error::Busy`] when the
/// store throttles or does not answer; [`Error::Internal`] when it refuses the request.
pub async fn count(
    reader: Reader<'_>,
    name: Option<&str>,
    arguments: &Arguments,
    now: Timestamp,
) -> Result<Vec<Document>, Error> {
    let wanted: Vec<&'static Collection> =
        COUNTED.into_iter().filter(|collection| name.is_none_or(|name| collection.name == name)).collect();
    if wanted.is_empty() {
        return Err(Error::Missing("There is no such collection to be counted".to_owned()));
    }
    let mut counts = Vec::new();
    for collection in wanted {
        let count = match read_filter(collection, name.is_none(), arguments, now)? {
            None => 0,
            Some(filter) => reader.count(collection, &Selection { filter, ..Selection::default() }).await?,
        };
        let count = Value::Integer(i64::try_from(count).unwrap_or(i64::MAX));
        counts.push([("collection".to_owned(), Value::from(collection.name)), ("count".to_owned(), count)].into());
    }
    Ok(counts)
}

/// The selection in a collection; `None` when it matches nothing.
fn read_filter(
    collection: &'static Collection,
    among_all: bool,
    arguments: &Arguments,
    now: Timestamp,
) -> Result<Option<Filter>, Error> {
    let elsewhere = |name: &str| COUNTED.iter().find_map(|other| other.filter(name));
    let is_foreign = |name: &str| collection.filter(name).is_none() && elsewhere(name).is_some();
    let is_bound = |name: &str| matches!(name, "gte" | "lt");
    let bounds_foreign =
        |value: &str| among_all && value.split_once(',').is_some_and(|(name, _)| is_foreign(name.trim()));
    let bounded = ["gte", "lt"].iter().any(|name| arguments.all(name).any(bounds_foreign));
    // The filters of the collection are parsed in any case, so that an invalid argument is refused.
    let own = arguments.only(|name, value| !(is_bound(name) && bounds_foreign(value)));
    let mut filter = Filter::read(collection, &own, now)?;
    let mut matches_nothing = bounded;
    let foreign: BTreeSet<&str> = arguments.names().filter(|name| is_foreign(name)).collect();
    for field in foreign.into_iter().filter_map(elsewhere) {
        let Some(condition) = Condition::read(field, arguments)? else { continue };
        match collection.field(field.name) {
            // Documents may have the member: they are compared as they are.
            Some(_) => filter.add(condition)?,
            // No document has the member, so its value is null.
            None => matches_nothing |= !condition.holds(None),
        }
    }
    Ok((!matches_nothing).then_some(filter))
}
