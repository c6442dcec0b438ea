//! Validation of the keys of a JSON body against the fields of a collection.

use serde_json::{Map, Value as Json};

use super::given;
use crate::{
    collections::{Collection, Field, FieldKind, Post},
    error::Error,
    query::shown,
};

/// A valid body.
#[derive(Debug)]
pub struct Checked {
    /// The known members.
    pub members: Map<String, Json>,
    /// The warnings about the unknown members.
    pub warnings: Vec<String>,
}

/// The rules for a body, in addition to the fields of the collection.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules<'a> {
    /// The mandatory keys.
    pub mandatory: &'a [&'a str],
    /// The only known keys, for a request that accepts fewer than a POST.
    pub only: Option<&'a [&'a str]>,
    /// The keys whose values the caller validates.
    pub own: &'a [&'a str],
}

/// Checks the keys of a body with mandatory keys as the only rule; see [`check_with`].
///
/// # Errors
/// The errors of [`check_with`].
pub fn check(collection: &Collection, body: Map<String, Json>, mandatory: &[&str]) -> Result<Checked, Error> {
    check_with(collection, body, &Rules { mandatory, ..Rules::default() })
}

/// Checks the keys of a body: at least one is known, the mandatory ones are present, and each value has the type of its
/// field. An optional key with null counts as absent. Returns the values in their stored form.
///
/// # Errors
/// The value in its stored form, or the fault.
pub fn check_with(collection: &Collection, body: Map<String, Json>, rules: &Rules<'_>) -> Result<Checked, Error> {
    let Rules { mandatory, only, own } = *rules;
    let is_taken = |name: &str| only.is_none_or(|only| only.contains(&name));
    let known = |name: &str| collection.field(name).filter(|field| field.post != Post::Ignored && is_taken(field.name));
    let (given, others): (Map<_, _>, Map<_, _>) = body.into_iter().partition(|(name, _)| known(name).is_some());
    if given.is_empty() {
        return Err(Error::InvalidJson(vec!["No valid or acceptable keys in the JSON data".to_owned()]));
    }
    let missing: Vec<String> =
        mandatory.iter().filter(|name| !given.contains_key(**name)).map(|name| format!("'{name}'")).collect();
    if !missing.is_empty() {
        return Err(Error::InvalidJson(vec![format!(
            "One or more mandatory keys are missing: {}",
            missing.join(", ")
        )]));
    }
    let (mut members, mut errors) = (Map::new(), Vec::new());
    for (name, value) in given {
        let Some(field) = known(&name) else { continue };
        if value.is_null() && !mandatory.contains(&field.name) {
            continue;
        }
        if own.contains(&field.name) && !value.is_null() {
            members.insert(name, value);
            continue;
        }
        match checked(field, value) {
            Ok(value) => drop(members.insert(name, value)),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(Error::InvalidJson(errors));
    }
    let names: Vec<String> = others.keys().map(|name| shown(name)).collect();
    let warning = || format!("Found non recognizable keys, they will not be considered: {}", names.join(", "));
    Ok(Checked { members, warnings: if names.is_empty() { Vec::new() } else { vec![warning()] } })
}

/// The value in its stored form, or the fault.
fn checked(field: &Field, value: Json) -> Result<Json, String> {
    let given = given::type_name(&value);
    let wrong = |expected: &str| format!("Key '{}' holds {given}, not {expected}", field.name);
    if value.is_null() {
        return Err(wrong(given::read(field.given_kind(), value).err().unwrap_or("a value")));
    }
    if field.post == Post::Mandatory && field.kind == FieldKind::Text && value.as_str() == Some("") {
        return Err(wrong("a text that is not empty"));
    }
    given::read(field.given_kind(), value).map_err(wrong)
}

/// Removes members with null, which count as absent.
pub fn drop_nulls(members: &mut Map<String, Json>) {
    members.retain(|_, value| !value.is_null());
}

/// The text of a member that was validated as one.
pub fn text<'a>(members: &'a Map<String, Json>, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Json::as_str)
}
