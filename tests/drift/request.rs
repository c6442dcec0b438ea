//! Requests as HTTP API events, answered by the function of the template's route.

use std::sync::LazyLock;

use kernelci::{http::serve, services::Services};
use kernelci_local::{
    router::Router,
    template::{TEMPLATE, Template},
};
use lambda_http::{Body, Response, request::from_str};
use serde_json::{Value as Json, json};

static ROUTER: LazyLock<Router> = LazyLock::new(|| Router::new(&Template::read(TEMPLATE).unwrap()).unwrap());

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: Vec<(&'a str, &'a str)>,
    pub(crate) body: &'a str,
    pub(crate) peer: &'a str,
}

/// A request without query, headers and body.
pub(crate) fn request<'a>(method: &'a str, path: &'a str) -> Request<'a> {
    Request { method, path, query: "", headers: Vec::new(), body: "", peer: "203.0.113.7" }
}

impl<'a> Request<'a> {
    pub(crate) fn query(self, query: &'a str) -> Self {
        Self { query, ..self }
    }

    pub(crate) fn header(mut self, name: &'a str, value: &'a str) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn token(self, token: &'a str) -> Self {
        self.header("authorization", token)
    }

    pub(crate) fn json(self, body: &'a str) -> Self {
        Self { body, ..self.header("content-type", "application/json") }
    }

    pub(crate) fn from(self, peer: &'a str) -> Self {
        Self { peer, ..self }
    }

    fn event(&self) -> String {
        let headers: serde_json::Map<_, _> =
            self.headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": self.path,
            "rawQueryString": self.query,
            "headers": headers,
            "requestContext": {
                "apiId": "example0000",
                "domainName": "example0000.execute-api.eu-central-1.amazonaws.com",
                "http": { "method": self.method, "path": self.path, "protocol": "HTTP/1.1", "sourceIp": self.peer },
                "requestId": "Example00000=",
                "routeKey": "$default",
                "stage": "$default",
                "timeEpoch": 1_586_687_400_000_u64,
            },
            "body": self.body,
            "isBase64Encoded": false,
        })
        .to_string()
    }

    /// The answer of the routed function.
    pub(crate) async fn serve(&self, services: &Services) -> Response<Body> {
        let function = ROUTER.function(self.method, self.path).unwrap_or_else(|| panic!("no function for {self:?}"));
        serve(function, services, from_str(&self.event()).unwrap()).await
    }

    /// The status of the answer.
    pub(crate) async fn status(&self, services: &Services) -> u16 {
        self.serve(services).await.status().as_u16()
    }
}

/// The answer of the routed function to an event.
pub(crate) async fn serve_event(
    services: &Services,
    method: &str,
    path: &str,
    event: lambda_http::Request,
) -> Response<Body> {
    serve(ROUTER.function(method, path).unwrap(), services, event).await
}

/// The envelope of an uncompressed answer; null where it has no body.
pub(crate) fn envelope(answer: &Response<Body>) -> Json {
    if answer.body().is_empty() { Json::Null } else { serde_json::from_slice(answer.body()).unwrap() }
}
