//! `POST /token`: makes a token. Its value is in this answer and in no other.

use kernelci::{
    domain::token,
    error::Error,
    http::{Form, Function, Reply, Request},
    identifiers::Identifiers,
    store::Accounts,
    value::Value,
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function = Function {
    name: "token-post",
    handle: |request, services| Box::pin(handle(request, services.accounts(), services.identifiers)),
};

/// Answers a request.
///
/// # Errors
/// What is wrong with the body, or a failure of the store.
pub async fn handle(request: &Request, accounts: Accounts<'_>, identifiers: Identifiers) -> Result<Reply, Error> {
    let body = token::checked(request.json_object_with_token()?)?;
    if request.form() == Form::One {
        return Err(Error::Invalid("To update a token, use a PUT request".to_owned()));
    }
    let made = token::create(accounts, identifiers, body, request.now).await?;
    let location = request.location(&made.value);
    let result = [("token".to_owned(), Value::from(made.value))].into();
    Ok(Reply::created(location, None, vec![result]).with_warnings(made.warnings))
}
