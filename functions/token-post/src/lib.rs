//! `POST /token`: creates a token. Its value is only in this answer.

use kernelci::{
    domain::token,
    error::Error,
    http::{Function, Reply, Request},
    identifiers::Identifiers,
    store::Accounts,
    value::Value,
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function = Function {
    name: "token-post",
    handle: |request, services| Box::pin(handle(request, services.accounts(), services.identifiers)),
};

/// Answers a request.
///
/// # Errors
/// The body is invalid, or the store fails.
pub async fn handle(request: &Request, accounts: Accounts<'_>, identifiers: Identifiers) -> Result<Reply, Error> {
    let body = token::checked(request.json_object_with_token()?)?;
    request.nameless("To update a token, use a PUT request")?;
    let made = token::create(accounts, identifiers, body, request.now).await?;
    let location = request.location(&made.value);
    let result = [("token".to_owned(), Value::from(made.value))].into();
    Ok(Reply::created(location, None, vec![result]).with_warnings(made.warnings))
}
