//! `DELETE /token/{id}`: deletes a token.

use kernelci::{
    error::Error,
    http::{Function, Reply, Request},
    store::Accounts,
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function =
    Function { name: "token-delete", handle: |request, services| Box::pin(handle(request, services.accounts())) };

/// Answers a request.
///
/// # Errors
/// The id is missing or invalid, the token does not exist, or the store fails.
pub async fn handle(request: &Request, accounts: Accounts<'_>) -> Result<Reply, Error> {
    let id = request.named_id("No ID value specified")?;
    request.deleted(accounts.delete(id).await?)
}
