//! `POST /callback/lava/test`: accepts the LAVA callback of an ended job, which the worker stores.

use kernelci::{
    domain::callback,
    error::Error,
    http::{Function, Reply, Request},
    identifiers::Identifiers,
    store::{Reader, Tasks},
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function = Function {
    name: "callback-post",
    handle: |request, services| Box::pin(handle(request, services.reader(), services.tasks(), services.identifiers)),
};

/// Answers a request.
///
/// # Errors
/// The body is invalid, the lab is missing or is not the caller's, or the store fails.
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
