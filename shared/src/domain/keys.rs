//! The keys of a JSON body, held against a collection's field table.

use serde_json::{Map, Value as Json};

use super::given;
use crate::{
    collections::{Collection, Field, FieldKind, Post},
    error::Error,
    query::shown,
};

/// A body whose keys are as they should be.
#[derive(Debug)]
pub struct Checked {
    /// The members that are recognised.
    pub members: Map<String, Json>,
    /// What is to be said about the others.
    pub warnings: Vec<String>,
}

/// What a body's keys are held against, beside the collection's table.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules<'a> {
    /// The keys that must be there.
    pub mandatory: &'a [&'a str],
    /// The only keys that are known, where the request takes fewer than a POST does.
    pub only: Option<&'a [&'a str]>,
    /// Keys whose values the caller checks.
    pub own: &'a [&'a str],
}

/// As [`check_with`], with nothing but keys that must be there.
///
/// # Errors
/// As [`check_with`].
pub fn check(collection: &Collection, body: Map<String, Json>, mandatory: &[&str]) -> Result<Checked, Error> {
    check_with(collection, body, &Rules { mandatory, ..Rules::default() })
}

/// Checks the keys of a body: one must be known, mandatory ones must be there, and values must be of their field's kind.
/// Null for an optional key is the key left out. Values are given back as they are stored.
///
/// # Errors
/// [`Error::InvalidJson`] with everything that is wrong.
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

/// The value as it is stored, or what is wrong with it.
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

/// Takes the members away that are null: those are left out.
pub fn drop_nulls(members: &mut Map<String, Json>) {
    members.retain(|_, value| !value.is_null());
}

/// The text of a member that was checked to be one.
pub fn text<'a>(members: &'a Map<String, Json>, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Json::as_str)
}
