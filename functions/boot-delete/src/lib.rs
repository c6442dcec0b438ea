//! `DELETE /boot`: deletes one boot report, or those that filters select.

use kernelci::{
    domain::boot::{self, Deletion},
    error::Error,
    http::{Form, Function, Reply, Request},
    store::Deleter,
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function =
    Function { name: "boot-delete", handle: |request, services| Box::pin(handle(request, services.deleter())) };

/// Answers a request.
///
/// # Errors
/// The request has neither id nor filter, the report does not exist or belongs to another lab, or the store fails.
pub async fn handle(request: &Request, deleter: Deleter<'_>) -> Result<Reply, Error> {
    if request.form() == Form::All {
        let deletion = Deletion::read(&request.arguments()?)?;
        let deleted = boot::delete_selected(deleter, &request.caller, deletion).await?;
        return Ok(Reply::done(format!("{deleted} boot reports deleted")));
    }
    request.deleted(boot::delete(deleter, &request.caller, request.document_id()?).await?)
}
