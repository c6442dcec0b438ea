//! `GET /token`: tokens, or the token with a given value. No answer contains a value.

use kernelci::{
    collections::TOKEN,
    domain::{documents, token},
    error::Error,
    http::{Form, Function, Reply, Request},
    store::Accounts,
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function =
    Function { name: "token-get", handle: |request, services| Box::pin(handle(request, services.accounts())) };

/// Answers a request.
///
/// # Errors
/// An argument is invalid, the token does not exist, or the store fails.
pub async fn handle(request: &Request, accounts: Accounts<'_>) -> Result<Reply, Error> {
    let arguments = request.arguments()?;
    if request.form() == Form::All {
        return Ok(documents::list(*accounts, &TOKEN, &arguments, request.now).await?.into());
    }
    request.found(token::find(accounts, request.parameter(), &arguments).await?)
}
