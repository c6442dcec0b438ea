//! `GET /token`: tokens, or the one with a value. No answer has a value.

use kernelci::{
    collections::TOKEN,
    domain::{documents, token},
    error::Error,
    http::{Form, Function, Reply, Request},
    store::Accounts,
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function =
    Function { name: "token-get", handle: |request, services| Box::pin(handle(request, services.accounts())) };

/// Answers a request.
///
/// # Errors
/// An argument that cannot be used, no such token, or a failure of the store.
pub async fn handle(request: &Request, accounts: Accounts<'_>) -> Result<Reply, Error> {
    let arguments = request.arguments()?;
    if request.form() == Form::All {
        return Ok(documents::list(*accounts, &TOKEN, &arguments, request.now).await?.into());
    }
    request.found(token::find(accounts, request.parameter(), &arguments).await?)
}
