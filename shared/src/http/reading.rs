//! The handlers that read documents, whatever their collection is.

use xxhash_rust::xxh3::Xxh3Default;

use super::{
    answer,
    negotiation::matches_etag,
    reply::{Reply, StreamedList},
    request::Request,
    route::Form,
};
use crate::{
    collections::Collection,
    domain::documents,
    error::Error,
    query::{Arguments, Created, Selection},
    store::{AnswerVersion, Listed, Reader},
};

/// Answers a `GET` of a resource whose documents are one collection: their list, one by its id, the distinct values of a
/// field or the number of these values.
///
/// # Errors
/// An argument that cannot be used, no such document, too much to read, or a failure of the store.
pub async fn read_documents(
    request: &Request,
    reader: Reader<'_>,
    collection: &'static Collection,
) -> Result<Reply, Error> {
    let (arguments, field) = (request.arguments()?, request.parameter());
    match request.form() {
        Form::One => request.found(documents::one(reader, collection, request.document_id()?, &arguments).await?),
        Form::Distinct => {
            let values = documents::distinct(reader, collection, field, &arguments, request.now).await?;
            Ok(Reply::values(values))
        }
        Form::CountDistinct => {
            let count = documents::count_distinct(reader, collection, field, &arguments, request.now).await?;
            Ok(Reply::one(count))
        }
        _ => read_list(request, reader, collection, &arguments).await,
    }
}

/// The list that the arguments select. Where it is known to be the one that the caller has, it is not read.
async fn read_list(
    request: &Request,
    reader: Reader<'_>,
    collection: &'static Collection,
    arguments: &Arguments,
) -> Result<Reply, Error> {
    let selection = Selection::read(collection, arguments, request.now)?;
    let request_hash = request_hash(request, &selection);
    let version = reader.answer_version(collection, request_hash);
    if let Some(tag) = version.and_then(|version| reader.known_tag(&version))
        && matches_etag(request.header("if-none-match"), &answer::etag(tag))
    {
        return Ok(Reply::unchanged(tag));
    }
    // A list that was read while something was written belongs to no version.
    let current = || version.filter(|_| reader.answer_version(collection, request_hash) == version);
    let listed = match request.takes_stream && selection.aggregate.is_empty() {
        true => reader.list_or_stream(collection, &selection).await?,
        false => {
            let listing = documents::select(reader, collection, selection).await?;
            return Ok(Reply { version: current(), ..Reply::from(listing) });
        }
    };
    let version = current();
    Ok(Reply { version, ..listed_reply(listed, selection, || stream_hash(version, request_hash)) })
}

fn listed_reply(listed: Listed, selection: Selection, hash: impl FnOnce() -> u128) -> Reply {
    let Selection { limit, skip, .. } = selection;
    match listed {
        Listed::Documents(documents) => Reply::listed(documents, limit, skip),
        Listed::Stream(documents) => Reply::stream(StreamedList { documents, limit, skip, hash: hash() }),
    }
}

/// What stands for the hash of a text that is not made yet: the same while the version is the same, and no text's hash.
/// Without a version it is another one each time.
fn stream_hash(version: Option<AnswerVersion>, request_hash: u128) -> u128 {
    let mut hash = Xxh3Default::new();
    hash.update(&request_hash.to_be_bytes());
    match version {
        Some(version) => hash.update(&version.number().to_be_bytes()),
        None => hash.update(uuid::Uuid::new_v4().as_bytes()),
    }
    hash.digest128()
}

/// A hash of all that a list depends on beside its documents: the arguments, and the period that they mean at this time.
fn request_hash(request: &Request, selection: &Selection) -> u128 {
    let mut hash = Xxh3Default::new();
    let (kind, from, below) = match selection.filter.created {
        Created::Any => (0, None, None),
        Created::Null => (1, None, None),
        Created::Within { from, below } => (2, from, below),
    };
    hash.update(&[kind]);
    for bound in [from, below] {
        hash.update(&[u8::from(bound.is_some())]);
        hash.update(&bound.map_or(0, |time| time.milliseconds()).to_be_bytes());
    }
    hash.update(request.query.as_bytes());
    hash.digest128()
}

/// The same, and the documents of a second collection that belong to these, such as logs: their list, and the one whose
/// `member` has the id of the document in the path.
///
/// # Errors
/// As [`read_documents`].
pub async fn read_documents_and(
    request: &Request,
    reader: Reader<'_>,
    collection: &'static Collection,
    (second, member): (&'static Collection, &'static str),
) -> Result<Reply, Error> {
    match request.form() {
        Form::Logs | Form::Regressions => read_documents(request, reader, second).await,
        Form::LogsOf | Form::RegressionsOf => {
            let (arguments, owner) = (request.arguments()?, request.document_id()?);
            request.found(documents::belonging(reader, second, member, owner, &arguments).await?)
        }
        _ => read_documents(request, reader, collection).await,
    }
}
