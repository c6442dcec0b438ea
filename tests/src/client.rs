//! A minimal client of the API.

use std::{io::Read, net::SocketAddr};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value as Json;

/// A client that sends one token with each request.
#[derive(Clone)]
pub struct Client {
    inner: legacy::Client<HttpConnector, Full<Bytes>>,
    address: SocketAddr,
    token: String,
}

/// A received answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed where it was compressed.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    /// The body is not JSON.
    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {:?}", String::from_utf8_lossy(&self.body)))
    }

    /// The `result` of the envelope.
    ///
    /// # Panics
    /// The status is not 200, or the envelope has no result.
    pub fn result(&self) -> Vec<Json> {
        assert_eq!(self.status, StatusCode::OK, "{}", String::from_utf8_lossy(&self.body));
        self.json()["result"].as_array().cloned().unwrap_or_else(|| panic!("no result"))
    }

    /// The text of a header; empty where the header is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Client {
    pub(crate) fn new(address: SocketAddr, token: &str) -> Self {
        let inner = legacy::Client::builder(TokioExecutor::new()).build_http();
        Self { inner, address, token: token.to_owned() }
    }

    /// Sends a request.
    ///
    /// # Panics
    /// The server does not answer.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap_or_else(|error| panic!("{method}: {error}")))
            .uri(format!("http://{}{path}", self.address));
        if !self.token.is_empty() {
            request = request.header("authorization", &self.token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).unwrap_or_else(|error| panic!("{path}: {error}"));
        let response = self.inner.request(request).await.unwrap_or_else(|error| panic!("{path}: {error}"));
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap_or_else(|error| panic!("{path}: {error}")).to_bytes();
        let body = match head.headers.get("content-encoding") {
            Some(_) => unzipped(&body),
            None => body.to_vec(),
        };
        Answer { status: head.status, headers: head.headers, body }
    }

    /// Sends a GET request.
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    /// Sends a POST request with JSON.
    pub async fn post(&self, path: &str, body: &Json) -> Answer {
        self.send("POST", path, &[("content-type", "application/json")], body.to_string()).await
    }

    /// Sends a PUT request with JSON.
    pub async fn put(&self, path: &str, body: &Json) -> Answer {
        self.send("PUT", path, &[("content-type", "application/json")], body.to_string()).await
    }

    /// Repeats a GET request until `is_right` accepts the answer, for up to half a minute.
    ///
    /// # Panics
    /// No answer is accepted within half a minute.
    pub async fn get_until(&self, path: &str, is_right: impl Fn(&Answer) -> bool) -> Answer {
        for _ in 0..600 {
            let answer = self.get(path).await;
            if is_right(&answer) {
                return answer;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{path} does not return the expected answer");
    }
}

fn unzipped(body: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(body)
        .read_to_end(&mut text)
        .unwrap_or_else(|error| panic!("the body is not gzip: {error}"));
    text
}
