//! The keys of a JSON body, held against a collection's field table.

use serde_json::{Map, Value as Json};

use crate::{
    collections::{Collection, Field, Kind, Post},
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

/// Checks the keys of a body: one must be known, mandatory ones must be there, and values must be of their field's type.
///
/// # Errors
/// [`Error::InvalidJson`] with everything that is wrong.
pub fn check_with(collection: &Collection, body: Map<String, Json>, rules: &Rules<'_>) -> Result<Checked, Error> {
    let Rules { mandatory, only, own } = *rules;
    let is_taken = |name: &str| only.is_none_or(|only| only.contains(&name));
    let known = |name: &str| collection.field(name).filter(|field| field.post != Post::Ignored && is_taken(field.name));
    let (members, others): (Map<_, _>, Map<_, _>) = body.into_iter().partition(|(name, _)| known(name).is_some());
    if members.is_empty() {
        return Err(Error::InvalidJson(vec!["No valid or acceptable keys in the JSON data".to_owned()]));
    }
    let missing: Vec<String> =
        mandatory.iter().filter(|name| !members.contains_key(**name)).map(|name| format!("'{name}'")).collect();
    if !missing.is_empty() {
        return Err(Error::InvalidJson(vec![format!(
            "One or more mandatory keys are missing: {}",
            missing.join(", ")
        )]));
    }
    let checked_here = members.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let of_wrong_type = checked_here.filter_map(|(name, value)| known(name).and_then(|field| wrong_type(field, value)));
    let errors: Vec<String> = of_wrong_type.collect();
    if !errors.is_empty() {
        return Err(Error::InvalidJson(errors));
    }
    let names: Vec<String> = others.keys().map(|name| shown(name)).collect();
    let warning = || format!("Found non recognizable keys, they will not be considered: {}", names.join(", "));
    Ok(Checked { members, warnings: if names.is_empty() { Vec::new() } else { vec![warning()] } })
}

/// What is wrong with a value in a field's place.
fn wrong_type(field: &Field, value: &Json) -> Option<String> {
    let expected = match (field.kind, value) {
        (Kind::Text, Json::String(text)) if field.post == Post::Mandatory && text.is_empty() => {
            "a text that is not empty"
        }
        (Kind::Text | Kind::Secret | Kind::Id, Json::String(_)) | (Kind::Bool, Json::Bool(_)) | (Kind::Other, _) => {
            return None;
        }
        (Kind::Texts, Json::String(_)) => return None,
        (Kind::Texts, Json::Array(list)) if list.iter().all(Json::is_string) => return None,
        (Kind::Integer, Json::Number(number)) if number.is_i64() => return None,
        (Kind::Number, Json::Number(_)) | (Kind::Date, Json::String(_) | Json::Null) => return None,
        (Kind::Text | Kind::Secret | Kind::Id, _) => "a text",
        (Kind::Texts, _) => "a text or a list of texts",
        (Kind::Integer, _) => "a whole number",
        (Kind::Number, _) => "a number",
        (Kind::Bool, _) => "true or false",
        (Kind::Date, _) => "a date as text",
    };
    let given = match value {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "an empty text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    };
    Some(format!("Key '{}' holds {given}, not {expected}", field.name))
}

/// The text of a member that was checked to be one.
pub fn text<'a>(members: &'a Map<String, Json>, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Json::as_str)
}
