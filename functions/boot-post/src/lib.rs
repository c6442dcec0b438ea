//! `POST /boot`: takes the report of a boot from its lab, to be stored after the answer.

use kernelci::{
    domain::boot::{self, Report},
    error::Error,
    http::{Function, Reply, Request},
    identifiers::Identifiers,
    store::{Reader, Tasks},
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function = Function {
    name: "boot-post",
    handle: |request, services| Box::pin(handle(request, services.reader(), services.tasks(), services.identifiers)),
};

/// Answers a request.
///
/// # Errors
/// What is wrong with the body, a caller who does not send for that lab, or a failure of the store.
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
