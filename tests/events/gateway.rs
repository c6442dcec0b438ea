//! The steps of Lambda around a function: text to an event, the event to a request, and the answer to the response for
//! API Gateway.

use std::{collections::BTreeMap, convert::Infallible, io::Read, path::PathBuf};

use kernelci::{
    http::{Function, serve},
    lambda::Written,
    services::Services,
};
use kernelci_local::functions::function;
use kernelci_tests::root;
use lambda_http::{Adapter, Context, LambdaEvent, Service, request::LambdaRequest, service_fn};
use serde_json::Value as Json;

/// An answer in the form that API Gateway receives.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u64,
    pub(crate) headers: BTreeMap<String, String>,
    /// Whether the body is encoded as base64.
    pub(crate) is_base64: bool,
    /// The envelope; null where the answer has no body.
    pub(crate) body: Json,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The texts of a member of each result, in order; null where the member is missing or not a text.
    pub(crate) fn texts(&self, member: &str) -> Vec<&str> {
        self.results().iter().map(|result| result[member].as_str().unwrap_or("null")).collect()
    }

    /// The ids of the results, in order.
    pub(crate) fn ids(&self) -> Vec<&str> {
        self.results().iter().map(|result| result["_id"]["$oid"].as_str().unwrap_or("null")).collect()
    }

    pub(crate) fn results(&self) -> &[Json] {
        self.body["result"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn reason(&self) -> &str {
        self.body["reason"].as_str().unwrap_or_default()
    }

    /// The names of the members of a document, sorted.
    pub(crate) fn members(document: &Json) -> Vec<&str> {
        document.as_object().map(|members| members.keys().map(String::as_str).collect()).unwrap_or_default()
    }
}

/// The text of an event file, without `.json`.
pub(crate) fn event(folder: &str, name: &str) -> String {
    let path = folder_of_events().join(folder).join(format!("{name}.json"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn folder_of_events() -> PathBuf {
    root().join("events")
}

/// The answer of the named function to an event.
pub(crate) async fn answer(services: &Services, function_name: &str, event: &str) -> Answer {
    let function = function(function_name).unwrap_or_else(|| panic!("there is no function {function_name}"));
    let request: LambdaRequest = serde_json::from_str(event).unwrap();
    let request = kernelci::lambda::with_plain_query(request);
    invoke(services, function, request).await
}

async fn invoke(services: &Services, function: Function, request: LambdaRequest) -> Answer {
    let respond = |event| async move { Ok::<_, Infallible>(Written(serve(function, services, event).await)) };
    let mut adapter = Adapter::from(service_fn(respond));
    let response = adapter.call(LambdaEvent::new(request, Context::default())).await.unwrap();
    read(serde_json::to_value(response).unwrap())
}

fn read(response: Json) -> Answer {
    // An HTTP API has `headers`. A REST API has `multiValueHeaders` too, which take precedence.
    let mut headers = BTreeMap::new();
    for member in ["headers", "multiValueHeaders"] {
        for (name, value) in response[member].as_object().into_iter().flatten() {
            let text = value.as_str().or_else(|| value[0].as_str()).unwrap();
            headers.insert(name.to_ascii_lowercase(), text.to_owned());
        }
    }
    let is_base64 = response["isBase64Encoded"].as_bool().unwrap_or(false);
    let carried = response["body"].as_str().unwrap_or_default();
    let mut bytes = if is_base64 { from_base64(carried) } else { carried.as_bytes().to_vec() };
    if headers.contains_key("content-encoding") {
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut text).unwrap();
        bytes = text;
    }
    let body = if bytes.is_empty() { Json::Null } else { serde_json::from_slice(&bytes).unwrap() };
    Answer { status: response["statusCode"].as_u64().unwrap(), headers, is_base64, body }
}

/// The bytes of base64 text.
pub(crate) fn from_base64(text: &str) -> Vec<u8> {
    let body: lambda_http::Body = lambda_http::Body::from_maybe_encoded(true, text);
    body.to_vec()
}
