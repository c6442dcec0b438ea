//! `lab`: creation, change and deletion of labs. Each lab has a token, with which it sends results.

use serde_json::{Map, Value as Json};

use super::{
    keys::{self, Checked},
    token::{self, grant_of},
};
use crate::{
    collections::{LAB, TOKEN},
    error::Error,
    identifiers::Identifiers,
    query::{Filter, Selection, shown},
    store::{Accounts, Reader},
    time::Timestamp,
    token::{Property, TokenGrant, TokenHash},
    value::{Document, ObjectId, Value, from_json},
};

/// The mandatory keys of a new lab.
pub const MANDATORY: [&str; 2] = ["name", "contact"];

/// The mandatory members of a contact.
pub const CONTACT: [&str; 3] = ["name", "surname", "email"];

/// The rights of a lab's token: to write boots and tests, and to delete its own.
const RIGHTS: [Property; 5] = [Property::Get, Property::Post, Property::Delete, Property::BootLab, Property::TestLab];

/// The number of attempts at a change when the lab changes concurrently.
const MAX_READINGS: usize = 5;

/// A new lab.
pub struct NewLab {
    /// Its id.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
    /// The value of its token, unless the caller provided it. The value exists only here.
    pub token: Option<String>,
    /// The warnings about the request.
    pub warnings: Vec<String>,
}

/// The result of a change.
pub struct Changed {
    /// Whether the lab changed.
    pub updated: bool,
    /// The warnings about the request.
    pub warnings: Vec<String>,
}

/// The lab with that id, when `name` has the length of an id; else the oldest lab with that name.
///
/// # Errors
/// [`Error::WrongId`] when `name` has the length of an id and is none. [`Error::Busy`] when the store throttles or does
/// not answer; [`Error::Internal`] when it refuses the request.
pub async fn find(reader: Reader<'_>, name: &str) -> Result<Option<Document>, Error> {
    const LONG_AS_AN_ID: usize = 24;
    if name.len() == LONG_AS_AN_ID {
        return Ok(reader.get_now(&LAB, name.parse().map_err(|_| Error::WrongId)?).await?);
    }
    match id_of(reader, name).await? {
        // An index is eventually consistent.
        Some(id) => Ok(reader.get_now(&LAB, id).await?),
        None => Ok(None),
    }
}

pub(super) async fn id_of(reader: Reader<'_>, name: &str) -> Result<Option<ObjectId>, Error> {
    let selection = Selection { filter: Filter::equals("name", name), limit: 1, ..Selection::default() };
    let found = reader.list(&LAB, &selection).await?;
    Ok(found.first().and_then(|lab| lab.get("_id")?.as_id()))
}

/// Checks the keys of a body that creates a lab.
///
/// # Errors
/// [`Error::InvalidJson`] with all faults of the keys; [`Error::Invalid`] for an invalid address or contact.
pub fn checked_new(body: Map<String, Json>) -> Result<Checked, Error> {
    let checked = checked(body, &MANDATORY)?;
    check_contact(&checked)?;
    match checked.members.get("address") {
        None | Some(Json::Object(_)) => Ok(checked),
        Some(_) => Err(Error::Invalid("Provided 'address' data structure is not a JSON object".to_owned())),
    }
}

/// Checks the keys of a body that changes a lab.
///
/// # Errors
/// [`Error::InvalidJson`] with all faults of the keys; [`Error::Invalid`] for an invalid address or contact.
pub fn checked_changes(body: Map<String, Json>) -> Result<Checked, Error> {
    let checked = checked(body, &[])?;
    check_contact(&checked)?;
    Ok(checked)
}

/// Checks the objects in a lab. A member with null counts as absent.
fn checked(body: Map<String, Json>, mandatory: &[&str]) -> Result<Checked, Error> {
    const OWN: [&str; 2] = ["address", "contact"];
    let mut checked = keys::check_with(&LAB, body, &keys::Rules { mandatory, only: None, own: &OWN })?;
    for name in OWN {
        if let Some(Json::Object(members)) = checked.members.get_mut(name) {
            keys::drop_nulls(members);
        }
    }
    Ok(checked)
}

fn check_contact(checked: &Checked) -> Result<(), Error> {
    let Some(contact) = checked.members.get("contact") else { return Ok(()) };
    let contact = contact.as_object().filter(|contact| !contact.is_empty()).ok_or_else(|| {
        Error::Invalid("Provided 'contact' data structure is not a JSON object or is empty".to_owned())
    })?;
    let without = |name: &&str| !contact.contains_key(*name);
    let missing: Vec<String> = CONTACT.iter().filter(|name| without(name)).map(|name| format!("'{name}'")).collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        return Err(Error::Invalid(format!("Missing mandatory keys for 'contact' JSON object: [{missing}]")));
    }
    match CONTACT.iter().find(|name| contact.get(**name).and_then(Json::as_str).is_none_or(str::is_empty)) {
        Some(name) => Err(Error::Invalid(format!("'{name}' of 'contact' is not a text, or is empty"))),
        None => Ok(()),
    }
}

/// Creates a lab, and a token for it unless the body names one.
///
/// # Errors
/// [`Error::Invalid`] when the name is taken or the named token does not exist.
/// [`Error::Busy`] when the store throttles or does not answer; [`Error::Internal`] when it refuses the request.
pub async fn create(
    accounts: Accounts<'_>,
    identifiers: Identifiers,
    body: Checked,
    now: Timestamp,
) -> Result<NewLab, Error> {
    let Checked { members, mut warnings } = body;
    let name = keys::text(&members, "name").unwrap_or_default().to_owned();
    let exists = || Error::Invalid(format!("Lab '{}' already exists", shown(&name)));
    // The id derives from the name, so that of two concurrent requests one is refused.
    let derived = ObjectId::derived(LAB.name, [name.as_str()]);
    if id_of(*accounts, &name).await?.is_some() {
        return Err(exists());
    }
    let id = match accounts.get_now(&LAB, derived).await? {
        None => derived,
        Some(lab) if lab.get("name").and_then(Value::as_text) == Some(&name) => return Err(exists()),
        // The lab was renamed in the meantime.
        Some(_) => identifiers.object_id(now)?,
    };
    let mut lab: Document = [
        ("_id", Value::Id(id)),
        ("created_on", Value::Date(now)),
        ("updated_on", Value::Null),
        ("version", Value::from("1.0")),
        ("private", Value::Bool(false)),
        ("address", Value::Map(Document::new())),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    apply(&mut lab, &members)?;
    if let Some(given) = keys::text(&members, "token") {
        let (named, _) = named_token(accounts, given).await?;
        lab.insert("token", Value::Id(named));
        let value = (given.parse() != Ok(named)).then(|| given.to_owned());
        if value.is_none() {
            warnings.push("The value of the token is not known, and not in this answer".to_owned());
        }
        return match accounts.create_lab(&lab, None).await? {
            true => Ok(NewLab { id, name, token: value, warnings }),
            false => Err(exists()),
        };
    }
    let value = identifiers.token_value();
    let mut grant = TokenGrant::default();
    RIGHTS.into_iter().for_each(|right| grant.set(right, true));
    let token = token::document_of(identifiers.object_id(now)?, email(&lab), &grant, now);
    lab.insert("token", token.get("_id").cloned().unwrap_or(Value::Null));
    match accounts.create_lab(&lab, Some((&token, &TokenHash::of(&value), &grant))).await? {
        true => Ok(NewLab { id, name, token: Some(value), warnings }),
        false => Err(exists()),
    }
}

/// Changes a lab, given by id or name. A token that was created for it expires when it is replaced, and takes the lab's
/// contact address. `None` when the lab does not exist.
///
/// # Errors
/// [`Error::Invalid`] when the named token does not exist. [`Error::Busy`] when the store throttles or does not
/// answer; [`Error::Internal`] when it refuses the request.
pub async fn update(
    accounts: Accounts<'_>,
    name: &str,
    body: Checked,
    now: Timestamp,
) -> Result<Option<Changed>, Error> {
    let Checked { members, warnings } = body;
    for _ in 0..MAX_READINGS {
        let Some(before) = find(*accounts, name).await? else { return Ok(None) };
        let mut after = before.clone();
        apply(&mut after, &members)?;
        let old = before.get("token").and_then(Value::as_id);
        if let Some(given) = keys::text(&members, "token") {
            after.insert("token", Value::Id(named_token(accounts, given).await?.0));
        }
        if after == before {
            return Ok(Some(Changed { updated: false, warnings }));
        }
        after.insert("updated_on", Value::Date(now));
        let replaced = after.get("token").and_then(Value::as_id) != old;
        let has_new_address = email(&after) != email(&before);
        let mut tokens = Vec::new();
        if (replaced || has_new_address)
            && let Some(mut token) = of_the_lab(accounts, &before, old).await?
        {
            token.insert("expired", Value::Bool(replaced || is_expired(&token)));
            if has_new_address {
                token.insert("email", email(&after));
            }
            let grant = grant_of(&token);
            tokens.push((token, grant));
        }
        if accounts.update_lab(&before, &after, &tokens).await? {
            return Ok(Some(Changed { updated: true, warnings }));
        }
    }
    Err(Error::Busy("a lab changes again and again while it is changed".to_owned()))
}

/// Deletes a lab, given by id or name; a token that was created for it expires. `false` when the lab does not exist.
///
/// # Errors
/// [`Error::Busy`] when the store throttles or does not answer; [`Error::Internal`] when it refuses the request.
pub async fn delete(accounts: Accounts<'_>, name: &str) -> Result<bool, Error> {
    let Some(lab) = find(*accounts, name).await? else { return Ok(false) };
    let Some(id) = lab.get("_id").and_then(Value::as_id) else { return Ok(false) };
    let of_the_lab = of_the_lab(accounts, &lab, lab.get("token").and_then(Value::as_id)).await?;
    let expired = of_the_lab.map(|mut token| {
        token.insert("expired", Value::Bool(true));
        let grant = grant_of(&token);
        (token, grant)
    });
    Ok(accounts.delete_lab(id, expired.as_slice()).await?)
}

fn apply(lab: &mut Document, members: &Map<String, Json>) -> Result<(), Error> {
    for (name, given) in members.iter().filter(|(name, _)| *name != "token") {
        let value = from_json(given.clone()).map_err(|error| Error::InvalidJson(vec![error.to_string()]))?;
        lab.insert(name.clone(), value);
    }
    Ok(())
}

/// The mail address of a lab's token.
fn email(lab: &Document) -> Value {
    match lab.get("contact") {
        Some(Value::Map(contact)) => contact.get("email").cloned().unwrap_or(Value::Null),
        _ => Value::Null,
    }
}

fn is_expired(token: &Document) -> bool {
    token.get("expired") == Some(&Value::Bool(true))
}

async fn of_id(accounts: Accounts<'_>, id: Option<ObjectId>) -> Result<Option<Document>, Error> {
    match id {
        Some(id) => Ok(accounts.get_now(&TOKEN, id).await?),
        None => Ok(None),
    }
}

/// The token with that id, when it was created for the lab: it belongs to a boot lab, has no right of an administrator
/// or superuser, and no other lab uses it.
async fn of_the_lab(
    accounts: Accounts<'_>,
    lab: &Document,
    token: Option<ObjectId>,
) -> Result<Option<Document>, Error> {
    let Some(found) = of_id(accounts, token).await? else { return Ok(None) };
    let grant = grant_of(&found);
    if !grant.has(Property::BootLab) || grant.has(Property::Admin) || grant.has(Property::Superuser) {
        return Ok(None);
    }
    let filter = token.map_or_else(Filter::default, |token| Filter::equals("token", token));
    let labs = accounts.list(&LAB, &Selection { filter, ..Selection::default() }).await?;
    let is_others = labs.iter().any(|other| other.get("_id") != lab.get("_id"));
    Ok((!is_others).then_some(found))
}

/// The token with that value, else with that id.
async fn named_token(accounts: Accounts<'_>, given: &str) -> Result<(ObjectId, TokenGrant), Error> {
    if let Some(found) = accounts.grant(&TokenHash::of(given)).await? {
        return Ok(found);
    }
    let token = of_id(accounts, given.parse().ok()).await?;
    let named = token.and_then(|token| Some((token.get("_id")?.as_id()?, grant_of(&token))));
    // The text may be a secret and is not repeated.
    named.ok_or_else(|| Error::Invalid("There is no token of the value or id that 'token' holds".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(json: Json) -> Result<Checked, Error> {
        checked_changes([("contact".to_owned(), json)].into_iter().collect())
    }

    #[test]
    fn a_contact_has_a_name_and_an_address() {
        assert!(contact(serde_json::json!({"name": "a", "surname": "b", "email": "c", "telephone": "1"})).is_ok());
        for (json, why) in [
            (serde_json::json!("x"), "is not a JSON object or is empty"),
            (serde_json::json!({}), "is not a JSON object or is empty"),
            (serde_json::json!({"name": "a"}), "['surname', 'email']"),
            (serde_json::json!({"name": "a", "surname": "", "email": "c"}), "'surname' of 'contact'"),
            (serde_json::json!({"name": "a", "surname": "b", "email": 5}), "'email' of 'contact'"),
        ] {
            let Err(Error::Invalid(reason)) = contact(json) else { panic!("{why}") };
            assert!(reason.contains(why), "{reason}");
        }
    }
}
