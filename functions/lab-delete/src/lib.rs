//! `DELETE /lab/{name}`: deletes a lab; its token expires.

use kernelci::{
    domain::lab,
    error::Error,
    http::{Function, Reply, Request},
    store::Accounts,
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function =
    Function { name: "lab-delete", handle: |request, services| Box::pin(handle(request, services.accounts())) };

/// Answers a request.
///
/// # Errors
/// The id is missing, the lab does not exist, or the store fails.
pub async fn handle(request: &Request, accounts: Accounts<'_>) -> Result<Reply, Error> {
    let name = request.named("Wrong or missing lab ID")?;
    request.deleted(lab::delete(accounts, name).await?)
}
