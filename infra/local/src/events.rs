//! Conversion between HTTP and the events of API Gateway.

use bytes::Bytes;
use http::{Request, Response};
use kernelci::http::{StreamedText, TextHeld, TextPieces};
use lambda_http::{
    Body, RequestExt, aws_lambda_events::apigw::ApiGatewayV2httpRequestContext, request::RequestContext,
};

/// The event that an HTTP API creates for a request.
pub fn event(head: http::request::Parts, body: Bytes, peer: std::net::IpAddr) -> lambda_http::Request {
    let mut context = ApiGatewayV2httpRequestContext::default();
    context.request_id = Some(uuid::Uuid::new_v4().to_string());
    context.http.method = head.method.clone();
    context.http.source_ip = Some(peer.to_string());
    let path = head.uri.path().to_owned();
    let body = if body.is_empty() { Body::Empty } else { Body::Binary(body.into()) };
    Request::from_parts(head, body).with_raw_http_path(path).with_request_context(RequestContext::ApiGatewayV2(context))
}

/// The pieces of a streamed answer.
pub fn streamed(response: &mut Response<Body>) -> Option<TextPieces> {
    response.extensions_mut().remove::<StreamedText>()?.take()
}

/// The bytes of an answer. Their memory is counted until they are sent.
pub fn answer(mut response: Response<Body>) -> Response<Bytes> {
    let held = response.extensions_mut().remove::<TextHeld>();
    response.map(|body| Bytes::from_owner(Sent { body, _held: held }))
}

/// A body that is being sent.
struct Sent {
    body: Body,
    _held: Option<TextHeld>,
}

impl AsRef<[u8]> for Sent {
    fn as_ref(&self) -> &[u8] {
        match &self.body {
            Body::Text(text) => text.as_bytes(),
            Body::Binary(bytes) => bytes,
            _ => &[],
        }
    }
}
