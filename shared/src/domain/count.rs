//! How many documents of a collection match.

use crate::{
    collections::{BUILD, Collection, JOB, TEST_CASE, TEST_GROUP, TEST_REGRESSION},
    error::Error,
    query::{Arguments, Filter, Selection},
    store::Reader,
    time::Timestamp,
    value::{Document, Value},
};

/// The collections that are counted.
pub const COUNTED: [&Collection; 5] = [&BUILD, &JOB, &TEST_CASE, &TEST_GROUP, &TEST_REGRESSION];

/// The counts of all collections, or of the one of that name, as they are answered. A filter that a collection lacks
/// but another has matches nothing in it.
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

fn read_filter(
    collection: &'static Collection,
    among_all: bool,
    arguments: &Arguments,
    now: Timestamp,
) -> Result<Option<Filter>, Error> {
    let known_elsewhere = |name: &str| COUNTED.iter().any(|other| other.filter(name).is_some());
    let is_foreign = |name: &str| collection.filter(name).is_none() && known_elsewhere(name);
    if arguments.names().any(|name| is_foreign(name) && arguments.all(name).any(|value| !value.is_empty())) {
        return Ok(None);
    }
    let bounded = ["gte", "lt"].iter().flat_map(|operator| arguments.all(operator));
    let names = bounded.filter_map(|text| text.split_once(',')).map(|(name, _)| name.trim());
    if among_all && names.into_iter().any(is_foreign) {
        return Ok(None);
    }
    Ok(Some(Filter::read(collection, arguments, now)?))
}
