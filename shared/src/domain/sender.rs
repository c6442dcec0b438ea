//! Who sends the results of a lab: the lab itself, by its token, or an administrator in its place.

use super::lab;
use crate::{
    auth::Caller,
    error::Error,
    query::{Filter, Selection, shown},
    store::Reader,
    token::Property,
    value::Value,
};

/// Who sends the results of a lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// The lab.
    Lab,
    /// An administrator.
    Administrator,
}

impl Sender {
    /// What is said of it in the answer: an administrator may not have meant to speak for the lab.
    pub fn warning(self, lab: &str) -> Option<String> {
        let text = || format!("Provided authentication token is not associated with lab '{}'", shown(lab));
        (self == Self::Administrator).then(text)
    }
}

/// Says whether `caller` may send the results of the lab of that name, and as whom.
///
/// # Errors
/// [`Error::NotOfLab`], whether there is such a lab or not, or a failure of the store.
pub async fn sender(reader: Reader<'_>, caller: &Caller, name: &str) -> Result<Sender, Error> {
    let not_of_lab = || Error::NotOfLab(shown(name));
    let Caller::Token { id, grant } = caller else { return Err(not_of_lab()) };
    let found = lab::id_of(reader, name).await?;
    // An index is a little behind, and a lab may have changed its token.
    let document = match found {
        Some(found) => reader.get_now(&crate::collections::LAB, found).await?,
        None => None,
    };
    if document.and_then(|lab| lab.get("token")?.as_id()) == Some(*id) {
        return Ok(Sender::Lab);
    }
    if grant.has(Property::Admin) { Ok(Sender::Administrator) } else { Err(not_of_lab()) }
}

/// The names of the labs whose token the caller has, where the token is that of a boot lab; `None` for any other, which
/// no lab binds.
///
/// # Errors
/// The store fails.
pub async fn bound_to(reader: Reader<'_>, caller: &Caller) -> Result<Option<Vec<String>>, Error> {
    match caller {
        Caller::Token { grant, .. } if !grant.has(Property::BootLab) => Ok(None),
        _ => labs_of(reader, caller).await,
    }
}

/// The names of the labs that the caller's token belongs to, none where it belongs to none; `None` for an administrator
/// and a superuser, who speak for every lab.
///
/// # Errors
/// The store fails.
pub async fn labs_of(reader: Reader<'_>, caller: &Caller) -> Result<Option<Vec<String>>, Error> {
    let Caller::Token { id, grant } = caller else { return Ok(Some(Vec::new())) };
    if grant.has(Property::Superuser) || grant.has(Property::Admin) {
        return Ok(None);
    }
    let selection = Selection { filter: Filter::equals("token", *id), ..Selection::default() };
    let labs = reader.list(&crate::collections::LAB, &selection).await?;
    Ok(Some(labs.iter().filter_map(|lab| lab.get("name").and_then(Value::as_text).map(str::to_owned)).collect()))
}
