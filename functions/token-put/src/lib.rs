//! `PUT /token/{id}`: changes a token.

use kernelci::{
    domain::token,
    error::Error,
    http::{Function, Reply, Request},
    store::Accounts,
    value::Value,
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function =
    Function { name: "token-put", handle: |request, services| Box::pin(handle(request, services.accounts())) };

/// Answers a request. The result has the member `token` that clients of the original service read; it is null, because
/// the value is not stored.
///
/// # Errors
/// The body is invalid, the token does not exist, or the store fails.
pub async fn handle(request: &Request, accounts: Accounts<'_>) -> Result<Reply, Error> {
    request.named("Missing token ID")?;
    let body = token::checked(request.json_object_with_token()?)?;
    let warnings = token::update(accounts, request.document_id()?, body).await?;
    let warnings = warnings.ok_or_else(|| request.not_found())?;
    Ok(Reply::result(vec![[("token".to_owned(), Value::Null)].into()]).with_warnings(warnings))
}
