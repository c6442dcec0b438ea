//! How many documents of a collection match.

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

/// The counts of all collections, or of the one of that name, as they are answered. A filter that a collection lacks
/// but another has matches nothing in it, but for null where its documents have no such member.
///
/// # Errors
/// No such collection, an argument that cannot be used, or a failure of the store.
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

/// The filter that the arguments are in a collection; `None` where it matches nothing.
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
    // What the collection does have is read all the same: an argument that cannot be used is refused.
    let own = arguments.only(|name, value| !(is_bound(name) && bounds_foreign(value)));
    let mut filter = Filter::read(collection, &own, now)?;
    let mut matches_nothing = bounded;
    let foreign: BTreeSet<&str> = arguments.names().filter(|name| is_foreign(name)).collect();
    for field in foreign.into_iter().filter_map(elsewhere) {
        let Some(condition) = Condition::read(field, arguments)? else { continue };
        match collection.field(field.name) {
            // The documents may have it: they are held against it as they are.
            Some(_) => filter.add(condition)?,
            // None of them has it: null is what they have.
            None => matches_nothing |= !condition.holds(None),
        }
    }
    Ok((!matches_nothing).then_some(filter))
}
