//! `PUT /lab/{name}`: changes a lab.

use kernelci::{
    domain::lab,
    error::Error,
    http::{Form, Function, Reply, Request},
    store::Accounts,
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function =
    Function { name: "lab-put", handle: |request, services| Box::pin(handle(request, services.accounts())) };

/// Answers a request.
///
/// # Errors
/// What is wrong with the body, no such lab, or a failure of the store.
pub async fn handle(request: &Request, accounts: Accounts<'_>) -> Result<Reply, Error> {
    if request.form() == Form::All {
        return Err(Error::Invalid("Wrong or missing lab ID".to_owned()));
    }
    let body = lab::checked_changes(request.json_object_with_token()?)?;
    let changed = lab::update(accounts, request.parameter(), body, request.now).await?;
    let changed = changed.ok_or_else(|| request.not_found())?;
    let reason = if changed.anew { "Lab document updated" } else { "No new data to update, lab not modified" };
    Ok(Reply::done(reason).with_warnings(changed.warnings))
}
