//! `POST /lab`: creates a lab and its token. The value of the token is only in this answer.

use kernelci::{
    domain::lab,
    error::Error,
    http::{Function, Reply, Request},
    identifiers::Identifiers,
    store::Accounts,
    value::Value,
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function = Function {
    name: "lab-post",
    handle: |request, services| Box::pin(handle(request, services.accounts(), services.identifiers)),
};

/// Answers a request.
///
/// # Errors
/// The body is invalid, or the store fails.
pub async fn handle(request: &Request, accounts: Accounts<'_>, identifiers: Identifiers) -> Result<Reply, Error> {
    let body = request.json_object_with_token()?;
    request.nameless("To update a lab, perform a PUT request")?;
    let made = lab::create(accounts, identifiers, lab::checked_new(body)?, request.now).await?;
    let result = [("_id", Value::Id(made.id)), ("name", Value::from(made.name)), ("token", Value::from(made.token))];
    let result = result.map(|(name, value)| (name.to_owned(), value)).into();
    let location = request.location(&made.id.to_string());
    Ok(Reply::created(location, None, vec![result]).with_warnings(made.warnings))
}
