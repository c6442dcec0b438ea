//! A request, as handlers see it.

use std::net::IpAddr;

use bytes::Bytes;
use http::HeaderMap;
use lambda_http::{RequestExt, request::RequestContext};
use serde_json::{Map, Value as Json};

use super::{
    reply::Reply,
    route::{Form, Matched, Verb},
};
use crate::{
    error::Error,
    query::{Arguments, shown},
    time::Timestamp,
    value::ObjectId,
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
    /// The body.
    pub body: Bytes,
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

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// The content type is another, or the body is no JSON.
    pub fn json(&self) -> Result<Json, Error> {
        // Clients rely on whatever begins so being taken, and in this case only.
        if !self.header("content-type").unwrap_or_default().trim().starts_with("application/json") {
            return Err(Error::ContentType("application/json"));
        }
        let body = self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.body);
        serde_json::from_slice(body).map_err(|error| {
            // Half a surrogate pair is JSON, and a text that nothing here can hold.
            match error.to_string() {
                text if text.contains("surrogate") || text.contains("hex escape") => {
                    Error::InvalidJson(vec!["A text holds half a surrogate pair".to_owned()])
                }
                _ => Error::NotJson(self.verb.name()),
            }
        })
    }

    /// The body as a JSON object with at least one member.
    ///
    /// # Errors
    /// As [`Request::json`], or the JSON is something else.
    pub fn json_object(&self) -> Result<Map<String, Json>, Error> {
        match self.json()? {
            Json::Object(members) => Ok(members),
            _ => Err(Error::InvalidJson(vec!["Provided data is not a JSON object".to_owned()])),
        }
    }

    /// The address of a document of this resource.
    pub fn location(&self, name: &str) -> String {
        let path = self.path.resource.paths.first().copied().unwrap_or_default();
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

    /// A `404` for the parameter in the path.
    pub fn not_found(&self) -> Error {
        Error::NotFound(shown(self.parameter()))
    }

    /// A reply that the resource of the parameter is deleted.
    pub fn deleted(&self) -> Reply {
        Reply::done(format!("Resource '{}' deleted", shown(self.parameter())))
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
