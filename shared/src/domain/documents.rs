//! Reads that all collections share: lists, single documents, distinct values.

use crate::{
    collections::Collection,
    error::Error,
    query::{Arguments, Filter, Group, Selection, project},
    store::{Reader, derived_id},
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

/// The result of a list.
#[derive(Debug)]
pub enum Listing {
    /// Documents.
    Documents(Selection, Vec<Document>),
    /// Groups of documents.
    Groups(Selection, Vec<Group>),
}

/// The documents that the arguments select, or groups when they ask for an aggregate.
///
/// # Errors
/// [`Error::Argument`] for an invalid argument, [`Error::TooWide`](crate::error::Error::TooWide) past the page budget.
/// [`Error::Busy`] when the store throttles or does not answer; [`Error::Internal`] when it refuses the request.
pub async fn list(
    reader: Reader<'_>,
    collection: &'static Collection,
    arguments: &Arguments,
    now: Timestamp,
) -> Result<Listing, Error> {
    select(reader, collection, Selection::read(collection, arguments, now)?).await
}

/// The documents of a selection, or groups when it asks for an aggregate.
///
/// # Errors
/// [`Error::TooWide`](crate::error::Error::TooWide) past the page budget. [`Error::Busy`] when the store throttles or
/// does not answer; [`Error::Internal`] when it refuses the request.
pub async fn select(
    reader: Reader<'_>,
    collection: &'static Collection,
    selection: Selection,
) -> Result<Listing, Error> {
    if selection.aggregate.is_empty() {
        let documents = reader.list(collection, &selection).await?;
        return Ok(Listing::Documents(selection, documents));
    }
    let groups = reader.groups(collection, &selection).await?;
    Ok(Listing::Groups(selection, groups))
}

/// The document with that id and the members that the arguments ask for; `None` when it does not exist.
///
/// # Errors
/// [`Error::Busy`] when the store throttles or does not answer; [`Error::Internal`] when it refuses the request.
pub async fn one(
    reader: Reader<'_>,
    collection: &'static Collection,
    id: ObjectId,
    arguments: &Arguments,
) -> Result<Option<Document>, Error> {
    let document = reader.get(collection, id).await?;
    Ok(document.map(|document| project(&Selection::projection(arguments), document)))
}

/// The document whose `member` is the id of a document of another collection, with the members that the arguments ask
/// for; `None` when it does not exist. When `member` alone is the identity, the id is derived from it.
///
/// # Errors
/// [`Error::Busy`] when the store throttles or does not answer; [`Error::Internal`] when it refuses the request.
pub async fn belonging(
    reader: Reader<'_>,
    collection: &'static Collection,
    member: &'static str,
    owner: ObjectId,
    arguments: &Arguments,
) -> Result<Option<Document>, Error> {
    let found = if collection.identity == [member] {
        let derived = derived_id(collection, &[(member.to_owned(), Value::Id(owner))].into());
        match derived {
            Some(derived) => reader.identified(collection, derived).await?.map(|found| found.document),
            None => None,
        }
    } else {
        let selection = Selection { filter: Filter::equals(member, owner), limit: 1, ..Selection::default() };
        reader.list(collection, &selection).await?.into_iter().next()
    };
    Ok(found.map(|document| project(&Selection::projection(arguments), document)))
}

/// The distinct values of a field among the documents that the arguments select.
///
/// # Errors
/// The errors of [`list`], and [`Error::Invalid`] when the distinct values of the field cannot be listed.
pub async fn distinct(
    reader: Reader<'_>,
    collection: &'static Collection,
    field: &str,
    arguments: &Arguments,
    now: Timestamp,
) -> Result<Vec<Value>, Error> {
    let selection = Selection::of_values(collection, arguments, now)?;
    values(reader, collection, field, &selection).await
}

async fn values(
    reader: Reader<'_>,
    collection: &'static Collection,
    field: &str,
    selection: &Selection,
) -> Result<Vec<Value>, Error> {
    let field = collection
        .field(field)
        .filter(|field| field.distinct)
        .ok_or_else(|| Error::Invalid("No field specified or field not valid".to_owned()))?;
    Ok(reader.distinct(collection, selection, field.name).await?)
}

/// The number of distinct values of a field, in the form of an answer.
///
/// # Errors
/// The errors of [`distinct`].
pub async fn count_distinct(
    reader: Reader<'_>,
    collection: &'static Collection,
    field: &str,
    arguments: &Arguments,
    now: Timestamp,
) -> Result<Document, Error> {
    // The page is ignored: it would change the number.
    let selection = Selection { limit: 0, skip: 0, ..Selection::of_values(collection, arguments, now)? };
    let values = values(reader, collection, field, &selection).await?;
    let count = i64::try_from(values.len()).unwrap_or(i64::MAX);
    Ok([("count".to_owned(), Value::Integer(count)), ("field".to_owned(), Value::from(field))].into())
}
