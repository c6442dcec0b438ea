//! `POST /callback/lava/test`: takes what LAVA tells of a job that has ended, to be stored after the answer.

use kernelci::{
    domain::callback,
    error::Error,
    http::{Function, Reply, Request},
    identifiers::Identifiers,
    store::{Reader, Tasks},
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function = Function {
    name: "callback-post",
    handle: |request, services| Box::pin(handle(request, services.reader(), services.tasks(), services.identifiers)),
};

/// Answers a request.
///
/// # Errors
/// What is wrong with the body, no lab or another than the caller's, or a failure of the store.
pub async fn handle(
    request: &Request,
    reader: Reader<'_>,
    tasks: Tasks<'_>,
    identifiers: Identifiers,
) -> Result<Reply, Error> {
    if request.parameter() != callback::TEST {
        return Err(request.not_found());
    }
    let (body, arguments) = (callback::checked(request.json_object()?)?, request.arguments()?);
    let lab =
        arguments.last(callback::LAB).ok_or_else(|| Error::Invalid("Missing lab name in query string".to_owned()))?;
    let warnings = callback::submit(reader, tasks, identifiers, &request.caller, lab, body, request.now).await?;
    Ok(Reply::accepted("Request accepted and being processed").with_warnings(warnings))
}
