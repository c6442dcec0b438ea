//! `token`: creation, change and search of tokens.

use serde_json::{Map, Value as Json};

use super::keys::{self, Checked};
use crate::{
    collections::TOKEN,
    error::Error,
    identifiers::Identifiers,
    query::{Arguments, Selection, project, shown},
    store::Accounts,
    time::Timestamp,
    token::{Property, TokenGrant, TokenHash, is_network},
    value::{Document, ObjectId, Value},
};

/// The keys of properties, in the order in which they are applied: later ones refine the rights that earlier ones
/// imply.
pub const PROPERTIES: [(&str, Property); 9] = [
    ("superuser", Property::Superuser),
    ("admin", Property::Admin),
    ("get", Property::Get),
    ("post", Property::Post),
    ("delete", Property::Delete),
    ("upload", Property::Upload),
    ("lab", Property::BootLab),
    ("test_lab", Property::TestLab),
    ("ip_restricted", Property::IpRestricted),
];

/// The mandatory key of a new token.
pub const EMAIL: &str = "email";

/// A new token. Its value exists only here.
pub struct NewToken {
    /// The value.
    pub value: String,
    /// The warnings about the request.
    pub warnings: Vec<String>,
}

/// Checks the keys of a body.
///
/// # Errors
/// [`Error::InvalidJson`] with all faults of the keys; [`Error::Invalid`] when `expired` is a number.
pub fn checked(body: Map<String, Json>) -> Result<Checked, Error> {
    // The keys of rights also accept 0 and 1. This key is answered as it was sent.
    if body.get("expired").is_some_and(Json::is_number) {
        return Err(Error::Invalid("Key 'expired' holds a number, not true or false".to_owned()));
    }
    keys::check(&TOKEN, body, &[])
}

/// Creates a token.
///
/// # Errors
/// [`Error::Invalid`] for an invalid body. [`Error::Busy`] when the store throttles or does not answer;
/// [`Error::Internal`] when it refuses the request.
pub async fn create(
    accounts: Accounts<'_>,
    identifiers: Identifiers,
    body: Checked,
    now: Timestamp,
) -> Result<NewToken, Error> {
    let Checked { members, warnings } = body;
    if keys::text(&members, EMAIL).is_none_or(str::is_empty) {
        return Err(Error::Invalid(format!("New tokens require the email address field [{EMAIL}]")));
    }
    let mut token = Token::new(now);
    token.apply(&members)?;
    let value = identifiers.token_value();
    let document = token.into_document(identifiers.object_id(now)?);
    let grant = grant_of(&document);
    match accounts.create(&document, &TokenHash::of(&value), &grant).await? {
        true => Ok(NewToken { value, warnings }),
        false => Err(Error::Internal("a new token has the id of another".to_owned())),
    }
}

/// Changes a token. Returns the warnings; `None` when the token does not exist.
///
/// # Errors
/// [`Error::Invalid`] for an invalid body. [`Error::Busy`] when the store throttles or does not answer;
/// [`Error::Internal`] when it refuses the request.
pub async fn update(accounts: Accounts<'_>, id: ObjectId, body: Checked) -> Result<Option<Vec<String>>, Error> {
    let Checked { members, warnings } = body;
    let Some(document) = accounts.get_now(&TOKEN, id).await? else { return Ok(None) };
    let mut token = Token { grant: grant_of(&document), document };
    if token.grant.has(Property::IpRestricted)
        && members.get("ip_address").is_none()
        && members.get("ip_restricted").is_none()
    {
        return Err(Error::Invalid("IP restricted but no IP addresses given".to_owned()));
    }
    token.apply(&members)?;
    let document = token.into_document(id);
    let grant = grant_of(&document);
    Ok(accounts.update(&document, &grant).await?.then_some(warnings))
}

/// The document of the token with that value; `None` when it does not exist.
///
/// # Errors
/// [`Error::Busy`] when the store throttles or does not answer; [`Error::Internal`] when it refuses the request.
pub async fn find(accounts: Accounts<'_>, value: &str, arguments: &Arguments) -> Result<Option<Document>, Error> {
    let Some((id, _)) = accounts.grant(&TokenHash::of(value)).await? else { return Ok(None) };
    let document = accounts.get(&TOKEN, id).await?;
    Ok(document.map(|document| project(&Selection::projection(arguments), document)))
}

/// The document of a new token.
pub(super) fn document_of(id: ObjectId, email: Value, grant: &TokenGrant, now: Timestamp) -> Document {
    let mut token = Token { grant: grant.clone(), ..Token::new(now) };
    token.document.insert(EMAIL.to_owned(), email);
    token.into_document(id)
}

struct Token {
    document: Document,
    grant: TokenGrant,
}

impl Token {
    fn new(now: Timestamp) -> Self {
        let members = [
            ("created_on", Value::Date(now)),
            (EMAIL, Value::Null),
            ("username", Value::Null),
            ("version", Value::from("1.0")),
        ];
        let document = members.map(|(name, value)| (name.to_owned(), value)).into();
        Self { document, grant: TokenGrant::default() }
    }

    /// Applies the members of a request.
    fn apply(&mut self, members: &Map<String, Json>) -> Result<(), Error> {
        for (name, property) in PROPERTIES {
            if let Some(Json::Bool(given)) = members.get(name) {
                self.grant.set(property, *given);
            }
        }
        for name in ["email", "username", "version"] {
            if let Some(text) = keys::text(members, name) {
                self.document.insert(name.to_owned(), Value::from(text));
            }
        }
        if let Some(Json::Bool(expired)) = members.get("expired") {
            self.grant.expired = *expired;
        }
        if let Some(value) = members.get("expires_on") {
            self.grant.expires_on = expiry(value)?;
        }
        if let Some(value) = members.get("ip_address") {
            self.grant.addresses = addresses(value)?;
        }
        let is_restricted = self.grant.has(Property::IpRestricted);
        if is_restricted && self.grant.addresses.is_empty() {
            return Err(Error::Invalid("IP restricted but no IP addresses given".to_owned()));
        }
        if !is_restricted && members.get("ip_address").is_some() && !self.grant.addresses.is_empty() {
            return Err(Error::Invalid("IP addresses given, but token is not IP restricted".to_owned()));
        }
        if !is_restricted {
            self.grant.addresses.clear();
        }
        Ok(())
    }

    fn into_document(self, id: ObjectId) -> Document {
        let Self { mut document, grant } = self;
        let addresses: Vec<Value> = grant.addresses.iter().cloned().map(Value::from).collect();
        let members = [
            ("_id", Value::Id(id)),
            ("expired", Value::Bool(grant.expired)),
            ("expires_on", Value::from(grant.expires_on)),
            ("ip_address", if addresses.is_empty() { Value::Null } else { Value::List(addresses) }),
            ("properties", Value::List(grant.properties.iter().map(|given| Value::Integer((*given).into())).collect())),
        ];
        document.extend(members.map(|(name, value)| (name.to_owned(), value)));
        document
    }
}

/// The rights in the document of a token.
pub fn grant_of(document: &Document) -> TokenGrant {
    let mut properties = [false; 16];
    let stored = document.get("properties").and_then(Value::as_list).unwrap_or_default();
    for (flag, value) in properties.iter_mut().zip(stored) {
        *flag = matches!(value, Value::Integer(number) if *number != 0) || *value == Value::Bool(true);
    }
    let addresses = match document.get("ip_address") {
        Some(Value::List(list)) => list.as_slice(),
        Some(text @ Value::Text(_)) => std::slice::from_ref(text),
        _ => &[],
    };
    TokenGrant {
        properties,
        expired: document.get("expired") == Some(&Value::Bool(true)),
        expires_on: document.get("expires_on").and_then(Value::as_date),
        addresses: addresses.iter().filter_map(Value::as_text).map(str::to_owned).collect(),
    }
}

fn expiry(value: &Json) -> Result<Option<Timestamp>, Error> {
    let wrong =
        || Error::Invalid("Wrong field value or type in the JSON data: 'expires_on' is a date, YYYY-MM-DD".to_owned());
    match value {
        Json::String(text) if text.is_empty() => Ok(None),
        Json::String(text) if text.contains('-') => Timestamp::parse_day(text.trim()).map(Some).ok_or_else(wrong),
        _ => Err(wrong()),
    }
}

fn addresses(value: &Json) -> Result<Vec<String>, Error> {
    let texts: Vec<&str> = match value {
        Json::String(text) => vec![text],
        Json::Array(list) => list.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    };
    match texts.iter().find(|text| !is_network(text)) {
        Some(text) => Err(Error::Invalid(format!("'{}' is no IP address or network", shown(text)))),
        None => Ok(texts.into_iter().map(|text| text.trim().to_owned()).collect()),
    }
}
