//! `PUT /lab/{name}`: changes a lab.

use kernelci::{
    domain::lab,
    error::Error,
    http::{Function, Reply, Request},
    store::Accounts,
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function =
    Function { name: "lab-put", handle: |request, services| Box::pin(handle(request, services.accounts())) };

/// Answers a request.
///
/// # Errors
/// The body is invalid, the lab does not exist, or the store fails.
pub async fn handle(request: &Request, accounts: Accounts<'_>) -> Result<Reply, Error> {
    let name = request.named("Wrong or missing lab ID")?;
    let body = lab::checked_changes(request.json_object_with_token()?)?;
    let changed = lab::update(accounts, name, body, request.now).await?;
    let changed = changed.ok_or_else(|| request.not_found())?;
    let reason = if changed.updated { "Lab document updated" } else { "No new data to update, lab not modified" };
    Ok(Reply::done(reason).with_warnings(changed.warnings))
}
