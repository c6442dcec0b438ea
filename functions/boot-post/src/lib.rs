//! `POST /boot`: accepts a boot report of a lab, which the worker stores.

use kernelci::{
    domain::boot::{self, Report},
    error::Error,
    http::{Function, Reply, Request},
    identifiers::Identifiers,
    store::{Reader, Tasks},
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function = Function {
    name: "boot-post",
    handle: |request, services| Box::pin(handle(request, services.reader(), services.tasks(), services.identifiers)),
};

/// Answers a request.
///
/// # Errors
/// The body is invalid, the caller is not of the lab, or the store fails.
pub async fn handle(
    request: &Request,
    reader: Reader<'_>,
    tasks: Tasks<'_>,
    identifiers: Identifiers,
) -> Result<Reply, Error> {
    let report = Report::read(request.json_object()?)?;
    let warnings = boot::submit(reader, tasks, identifiers, &request.caller, report, request.now).await?;
    Ok(Reply::accepted("Request accepted and being imported").with_warnings(warnings))
}
