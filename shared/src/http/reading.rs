//! The handlers that read documents, whatever their collection is.

use super::{reply::Reply, request::Request, route::Form};
use crate::{collections::Collection, domain::documents, error::Error, store::Reader};

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
        _ => Ok(documents::list(reader, collection, &arguments, request.now).await?.into()),
    }
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
