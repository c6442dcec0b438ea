//! `lab`: making, changing and deleting labs. Each has a token of its own, by which it sends its results.

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

/// The keys that a new lab needs.
pub const MANDATORY: [&str; 2] = ["name", "contact"];

/// What a contact must have.
pub const CONTACT: [&str; 3] = ["name", "surname", "email"];

/// What the token of a lab allows: to send boots and tests, and to take back its own.
const RIGHTS: [Property; 5] = [Property::Get, Property::Post, Property::Delete, Property::BootLab, Property::TestLab];

/// How often a lab is read again that somebody else changes meanwhile.
const MAX_READINGS: usize = 5;

/// A lab that was just made.
pub struct NewLab {
    /// Its id.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
    /// The value of its token, where the caller does not have it already. This is the only place where it is.
    pub token: Option<String>,
    /// What was not as it should be in the request.
    pub warnings: Vec<String>,
}

/// What became of a lab.
pub struct Changed {
    /// Whether anything is new.
    pub updated: bool,
    /// What was not as it should be in the request.
    pub warnings: Vec<String>,
}

/// The lab of that id, where `name` is as long as one, or of that name, the oldest one.
///
/// # Errors
/// What is as long as an id is none, or the store fails.
pub async fn find(reader: Reader<'_>, name: &str) -> Result<Option<Document>, Error> {
    const LONG_AS_AN_ID: usize = 24;
    if name.len() == LONG_AS_AN_ID {
        return Ok(reader.get_now(&LAB, name.parse().map_err(|_| Error::WrongId)?).await?);
    }
    match id_of(reader, name).await? {
        // An index is a little behind.
        Some(id) => Ok(reader.get_now(&LAB, id).await?),
        None => Ok(None),
    }
}

pub(super) async fn id_of(reader: Reader<'_>, name: &str) -> Result<Option<ObjectId>, Error> {
    let selection = Selection { filter: Filter::equals("name", name), limit: 1, ..Selection::default() };
    let found = reader.list(&LAB, &selection).await?;
    Ok(found.first().and_then(|lab| lab.get("_id")?.as_id()))
}

/// Checks the keys of a body that makes a lab.
///
/// # Errors
/// What is wrong with them.
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
/// What is wrong with them.
pub fn checked_changes(body: Map<String, Json>) -> Result<Checked, Error> {
    let checked = checked(body, &[])?;
    check_contact(&checked)?;
    Ok(checked)
}

/// The objects in a lab are checked here; null in them is a member left out, as it is around them.
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

/// Makes a lab, and a token for it where the body names none.
///
/// # Errors
/// There is a lab of that name, no token of that value or id, or the store fails.
pub async fn create(
    accounts: Accounts<'_>,
    identifiers: Identifiers,
    body: Checked,
    now: Timestamp,
) -> Result<NewLab, Error> {
    let Checked { members, mut warnings } = body;
    let name = keys::text(&members, "name").unwrap_or_default().to_owned();
    let exists = || Error::Invalid(format!("Lab '{}' already exists", shown(&name)));
    // What nobody has is made under an id that the name gives, so that of two at once one is refused.
    let derived = ObjectId::derived(LAB.name, [name.as_str()]);
    if id_of(*accounts, &name).await?.is_some() {
        return Err(exists());
    }
    let id = match accounts.get_now(&LAB, derived).await? {
        None => derived,
        Some(lab) if lab.get("name").and_then(Value::as_text) == Some(&name) => return Err(exists()),
        // That one has another name by now.
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

/// Changes the lab of that id or name. A token that was made for it expires with its replacement, and has the lab's
/// address. `None` where there is no such lab.
///
/// # Errors
/// There is no token of that value or id, or the store fails.
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

/// Deletes the lab of that id or name; a token that was made for it expires. `false` where there is no such lab.
///
/// # Errors
/// The store fails.
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

/// The address that a lab's token is known by.
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

/// The token of that id, where it was made for the lab: one of a boot lab, which is neither an administrator's nor a
/// superuser's and which no other lab has.
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

/// The token of that value, or else of that id.
async fn named_token(accounts: Accounts<'_>, given: &str) -> Result<(ObjectId, TokenGrant), Error> {
    if let Some(found) = accounts.grant(&TokenHash::of(given)).await? {
        return Ok(found);
    }
    let token = of_id(accounts, given.parse().ok()).await?;
    let named = token.and_then(|token| Some((token.get("_id")?.as_id()?, grant_of(&token))));
    // The text may be a secret.
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
