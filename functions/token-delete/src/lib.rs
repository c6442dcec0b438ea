//! `DELETE /token/{id}`: deletes a token.

use kernelci::{
    error::Error,
    http::{Function, Reply, Request},
    store::Accounts,
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function =
    Function { name: "token-delete", handle: |request, services| Box::pin(handle(request, services.accounts())) };

/// Answers a request.
///
/// # Errors
/// No id, no such token, or a failure of the store.
pub async fn handle(request: &Request, accounts: Accounts<'_>) -> Result<Reply, Error> {
    let id = request.named_id("No ID value specified")?;
    request.deleted(accounts.delete(id).await?)
}
