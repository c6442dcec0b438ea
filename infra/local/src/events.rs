//! HTTP as events of API Gateway, and their answers as HTTP.

use bytes::Bytes;
use http::{Request, Response};
use lambda_http::{
    Body, RequestExt, aws_lambda_events::apigw::ApiGatewayV2httpRequestContext, request::RequestContext,
};

/// The event that an HTTP API makes of a request.
pub fn event(head: http::request::Parts, body: Bytes, peer: std::net::IpAddr) -> lambda_http::Request {
    let mut context = ApiGatewayV2httpRequestContext::default();
    context.request_id = Some(uuid::Uuid::new_v4().to_string());
    context.http.method = head.method.clone();
    context.http.source_ip = Some(peer.to_string());
    let path = head.uri.path().to_owned();
    let body = if body.is_empty() { Body::Empty } else { Body::Binary(body.into()) };
    Request::from_parts(head, body).with_raw_http_path(path).with_request_context(RequestContext::ApiGatewayV2(context))
}

/// The bytes of an answer.
pub fn answer(response: Response<Body>) -> Response<Bytes> {
    response.map(|body| match body {
        Body::Text(text) => text.into(),
        Body::Binary(bytes) => bytes.into(),
        _ => Bytes::new(),
    })
}
