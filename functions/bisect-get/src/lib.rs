//! `GET /bisect`: one bisection, and the commits around a failed build.

use kernelci::{
    collections::BISECT,
    domain::bisect::Search,
    error::Error,
    http::{Form, Function, Reply, Request, read_documents},
    query::{Selection, project},
    store::Reader,
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function =
    Function { name: "bisect-get", handle: |request, services| Box::pin(handle(request, services.reader())) };

/// Answers a request.
///
/// # Errors
/// An argument is invalid, the bisection or build does not exist, or the store fails.
pub async fn handle(request: &Request, reader: Reader<'_>) -> Result<Reply, Error> {
    if request.form() == Form::One {
        return read_documents(request, reader, &BISECT).await;
    }
    let arguments = request.arguments()?;
    let build = Some(request.parameter()).filter(|_| request.form() == Form::BisectRange);
    let answer = Search::read(&arguments, build)?.run(reader).await?;
    Ok(Reply::one(project(&Selection::projection(&arguments), answer)))
}
