//! A request, as handlers see it.

use std::net::IpAddr;

use bytes::Bytes;
use http::HeaderMap;
use lambda_http::{RequestExt, request::RequestContext};
use serde_json::{Map, Value as Json};

use super::{
    body::{BodyPieces, Pieces},
    reply::Reply,
    route::{Form, Matched},
    verb::Verb,
};
use crate::{
    auth::Caller,
    domain::secrets,
    error::Error,
    query::{Arguments, shown},
    store::MAX_DEPTH,
    time::Timestamp,
    value::{Document, ObjectId},
};

/// A request that was let in.
#[derive(Debug)]
pub struct Request {
    /// The method.
    pub verb: Verb,
    /// The path, recognised.
    pub path: Matched,
    /// The path as it was sent.
    pub raw_path: String,
    /// The query string as it was sent.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; empty where it is files, which come in pieces.
    pub body: Bytes,
    pub(super) pieces: Pieces,
    /// Whether a long list may be sent while it is read.
    pub(super) takes_stream: bool,
    /// Who calls. One document is read while that is still being found out: then it is anybody.
    pub caller: Caller,
    /// The request's id, which is in every log line and in the answer.
    pub id: String,
    /// When it came.
    pub now: Timestamp,
}

impl Request {
    /// What of the resource the path names.
    pub fn form(&self) -> Form {
        self.path.route.form
    }

    /// The parameter in the path.
    pub fn parameter(&self) -> &str {
        &self.path.parameter
    }

    /// The parameter in the path as an id.
    ///
    /// # Errors
    /// It is none.
    pub fn document_id(&self) -> Result<ObjectId, Error> {
        self.parameter().parse().map_err(|_| Error::WrongId)
    }

    /// The arguments of the query string.
    ///
    /// # Errors
    /// There are too many.
    pub fn arguments(&self) -> Result<Arguments, Error> {
        Ok(Arguments::parse(&self.query)?)
    }

    /// The pieces of a body of files, while they come. They can be taken once.
    pub fn pieces(&self) -> BodyPieces {
        self.pieces.take()
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON, without secrets: what is stored of a body comes from here.
    ///
    /// # Errors
    /// The content type is another, or the body is no JSON.
    pub fn json(&self) -> Result<Json, Error> {
        self.json_as_sent().map(|json| self.without_secrets(json))
    }

    fn without_secrets(&self, mut json: Json) -> Json {
        secrets::remove(&mut json, self.header("authorization"));
        json
    }

    /// The body as JSON, with the secrets in it.
    fn json_as_sent(&self) -> Result<Json, Error> {
        // Clients rely on whatever begins so being taken, and in this case only.
        if !self.header("content-type").unwrap_or_default().trim().starts_with("application/json") {
            return Err(Error::ContentType("application/json"));
        }
        let body = self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.body);
        let json = serde_json::from_slice(body).map_err(|error| {
            let invalid = |why: &str| Error::InvalidJson(vec![why.to_owned()]);
            // These are JSON, and nothing that could be stored.
            match error.to_string() {
                text if text.contains("surrogate") || text.contains("hex escape") => {
                    invalid("A text holds half a surrogate pair")
                }
                text if text.contains("number out of range") => invalid("A number is out of range"),
                text if text.contains("recursion limit") => too_deep(),
                _ => Error::NotJson(self.verb.name()),
            }
        })?;
        if is_deeper(&json, MAX_DEPTH) { Err(too_deep()) } else { Ok(json) }
    }

    /// The body as a JSON object, without secrets.
    ///
    /// # Errors
    /// As [`Request::json`], or the JSON is something else.
    pub fn json_object(&self) -> Result<Map<String, Json>, Error> {
        object(self.json()?)
    }

    /// The body as a JSON object, without secrets but the member `token`, which names the token that a lab gets or which
    /// a warning is about. Whoever calls stores no more of it than the id of that token.
    ///
    /// # Errors
    /// As [`Request::json_object`].
    pub fn json_object_with_token(&self) -> Result<Map<String, Json>, Error> {
        const TOKEN: &str = "token";
        let body = object(self.json_as_sent()?)?;
        let token = body.get(TOKEN).cloned();
        let mut body = object(self.without_secrets(body.into()))?;
        body.extend(token.map(|token| (TOKEN.to_owned(), token)));
        Ok(body)
    }

    /// The address of a document of this resource.
    pub fn location(&self, name: &str) -> String {
        self.location_of(self.path.resource.paths.first().copied().unwrap_or_default(), name)
    }

    /// The address of a document of the resource with that path.
    pub fn location_of(&self, path: &str, name: &str) -> String {
        format!("{}{path}/{name}", self.origin())
    }

    /// The address of the service as the caller knows it.
    pub fn origin(&self) -> String {
        let scheme = self.header("x-forwarded-proto").unwrap_or("http");
        match self.header("host") {
            Some(host) => format!("{scheme}://{host}"),
            None => String::new(),
        }
    }

    /// The parameter in the path, where it has one.
    ///
    /// # Errors
    /// A 400 with this reason where the path is that of the whole resource.
    pub fn named(&self, reason: &str) -> Result<&str, Error> {
        match self.form() {
            Form::All => Err(Error::Invalid(reason.to_owned())),
            _ => Ok(self.parameter()),
        }
    }

    /// The id in the path, where it has one.
    ///
    /// # Errors
    /// A 400 with this reason where the path is that of the whole resource, or the parameter is no id.
    pub fn named_id(&self, reason: &str) -> Result<ObjectId, Error> {
        self.named(reason).and_then(|_| self.document_id())
    }

    /// The document that was found.
    ///
    /// # Errors
    /// A 404 where there is none.
    pub fn found(&self, document: Option<Document>) -> Result<Reply, Error> {
        document.map(Reply::one).ok_or_else(|| self.not_found())
    }

    /// Nothing, where the path is that of the whole resource: a document is made there and not under an id.
    ///
    /// # Errors
    /// A 400 with this reason where the path has an id.
    pub fn nameless(&self, reason: &str) -> Result<(), Error> {
        if self.form() == Form::One { Err(Error::Invalid(reason.to_owned())) } else { Ok(()) }
    }

    /// A `404` for the parameter in the path.
    pub fn not_found(&self) -> Error {
        Error::NotFound(shown(self.parameter()))
    }

    /// A reply that the document of the parameter is changed.
    ///
    /// # Errors
    /// A 404 where it did not exist.
    pub fn updated(&self, existed: bool) -> Result<Reply, Error> {
        self.done(existed, "updated")
    }

    /// A reply that the document of the parameter is deleted.
    ///
    /// # Errors
    /// A 404 where it did not exist.
    pub fn deleted(&self, existed: bool) -> Result<Reply, Error> {
        self.done(existed, "deleted")
    }

    fn done(&self, existed: bool, what: &str) -> Result<Reply, Error> {
        let reply = || Reply::done(format!("Resource '{}' {what}", shown(self.parameter())));
        if existed { Ok(reply()) } else { Err(self.not_found()) }
    }
}

fn object(json: Json) -> Result<Map<String, Json>, Error> {
    match json {
        Json::Object(members) => Ok(members),
        _ => Err(Error::InvalidJson(vec!["Provided data is not a JSON object".to_owned()])),
    }
}

fn too_deep() -> Error {
    Error::InvalidJson(vec![format!("Lists and objects are nested deeper than {MAX_DEPTH} levels")])
}

// The parser has bounded the depth already.
fn is_deeper(json: &Json, most: usize) -> bool {
    let Some(rest) = most.checked_sub(1) else { return json.is_array() || json.is_object() };
    match json {
        Json::Array(list) => list.iter().any(|inner| is_deeper(inner, rest)),
        Json::Object(members) => members.values().any(|inner| is_deeper(inner, rest)),
        _ => false,
    }
}

/// The path of an event as it was sent, whatever form the event has.
pub(super) fn raw_path(event: &lambda_http::Request) -> String {
    event.raw_http_path().to_owned()
}

/// The query string of an event as it was sent. An HTTP API hands it over as it is; a REST API only its parts.
pub(super) fn raw_query(event: &lambda_http::Request) -> String {
    event.uri().query().unwrap_or_default().to_owned()
}

/// The caller's address, as API Gateway saw it. A header could say anything.
pub(super) fn peer(event: &lambda_http::Request) -> Option<IpAddr> {
    let text = match event.request_context_ref()? {
        RequestContext::ApiGatewayV2(context) => context.http.source_ip.clone(),
        RequestContext::ApiGatewayV1(context) => context.identity.source_ip.clone(),
        _ => None,
    };
    text?.parse().ok()
}

/// The id that API Gateway gave the request.
pub(super) fn gateway_id(event: &lambda_http::Request) -> Option<String> {
    match event.request_context_ref()? {
        RequestContext::ApiGatewayV2(context) => context.request_id.clone(),
        RequestContext::ApiGatewayV1(context) => context.request_id.clone(),
        _ => None,
    }
}
