//! `POST /lab`: makes a lab and its token, whose value is in this answer and in no other.

use kernelci::{
    domain::lab,
    error::Error,
    http::{Form, Function, Reply, Request},
    identifiers::Identifiers,
    store::Accounts,
    value::Value,
};

/// The function, as the router and Lambda start it.
pub const FUNCTION: Function = Function {
    name: "lab-post",
    handle: |request, services| Box::pin(handle(request, services.accounts(), services.identifiers)),
};

/// Answers a request.
///
/// # Errors
/// What is wrong with the body, or a failure of the store.
pub async fn handle(request: &Request, accounts: Accounts<'_>, identifiers: Identifiers) -> Result<Reply, Error> {
    let body = request.json_object_with_token()?;
    if request.form() == Form::One {
        return Err(Error::Invalid("To update a lab, perform a PUT request".to_owned()));
    }
    let made = lab::create(accounts, identifiers, lab::checked_new(body)?, request.now).await?;
    let result = [("_id", Value::Id(made.id)), ("name", Value::from(made.name)), ("token", Value::from(made.token))];
    let result = result.map(|(name, value)| (name.to_owned(), value)).into();
    let location = request.location(&made.id.to_string());
    Ok(Reply::created(location, None, vec![result]).with_warnings(made.warnings))
}
