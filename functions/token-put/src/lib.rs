//! `PUT /token/{id}`: changes a token.

use kernelci::{
    domain::token,
    error::Error,
    http::{Form, Function, Reply, Request},
    store::Accounts,
    value::Value,
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function =
    Function { name: "token-put", handle: |request, services| Box::pin(handle(request, services.accounts())) };

/// Answers a request. The result has the member that clients of the original look for, without the value, which is
/// not kept.
///
/// # Errors
/// What is wrong with the body, no such token, or a failure of the store.
pub async fn handle(request: &Request, accounts: Accounts<'_>) -> Result<Reply, Error> {
    if request.form() == Form::All {
        return Err(Error::Invalid("Missing token ID".to_owned()));
    }
    let body = token::checked(request.json_object_with_token()?)?;
    let warnings = token::update(accounts, request.document_id()?, body).await?;
    let warnings = warnings.ok_or_else(|| request.not_found())?;
    Ok(Reply::result(vec![[("token".to_owned(), Value::Null)].into()]).with_warnings(warnings))
}
