//! What happens around every handler, once: the request is recognised, its caller authorized, its reply put in the
//! envelope. A handler cannot answer outside of it.

use std::{
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    sync::Arc,
    time::Instant,
};

use bytes::Bytes;
use futures_util::{
    FutureExt,
    future::{Either, select},
};
use http::{HeaderValue, Response, StatusCode, Version, header};
use lambda_http::Body;
use serde::Serialize;

use super::{
    answer::{self, Room, Text, etag},
    body::{BodySource, Pieces, WholeBody, pump},
    negotiation::{accepts_gzip, matches_etag, wants_known_version},
    operation::Endpoint,
    reply::{Content, Reply},
    request::{Request, gateway_id, peer, raw_path, raw_query},
    route::{BeforeToken, Matched},
    routes::find,
    status::{errors, reason, status},
    stream,
    verb::Verb,
};
use crate::{
    auth::{Access, Caller, authorize, presented},
    error::Error,
    services::Services,
    store::{Gate, Holding, WorkDone},
};

/// What a handler comes to.
pub type HandlerFuture<'a> = Pin<Box<dyn Future<Output = Result<Reply, Error>> + Send + 'a>>;

/// A function: its name, by which the routes know it, and its handler.
#[derive(Clone, Copy)]
pub struct Function {
    /// The resource and the verb.
    pub name: &'static str,
    /// Hands the handler what it needs of the services.
    pub handle: for<'a> fn(&'a Request, &'a Services) -> HandlerFuture<'a>,
}

/// The memory of an answer's text, which is counted for as long as this is held: until the text is sent.
#[derive(Debug, Clone)]
pub struct TextHeld(#[allow(dead_code, reason = "held, and not looked at")] Arc<Holding>);

/// The type of every answer but pages.
const JSON: &str = "application/json; charset=UTF-8";

/// In what time a caller may try again, in seconds, after an answer that says so.
const RETRY_AFTER: &str = "1";

/// Answers one event of API Gateway by `function`. Among the extensions of the answer are the work that it asked of the
/// store, a [`WorkDone`], and the memory of its text, [`TextHeld`].
pub async fn serve(function: Function, services: &Services, mut event: lambda_http::Request) -> Response<Body> {
    let body: Bytes = match std::mem::take(event.body_mut()) {
        Body::Text(text) => text.into(),
        Body::Binary(bytes) => bytes.into(),
        _ => Bytes::new(),
    };
    answer_event(function, services, event, WholeBody(body), false).await
}

/// Answers one event without a body by `function`. `body` is read once the head of the request has passed every
/// check, the token's included; a request that is refused before that leaves it unread. The answer has the extensions of
/// [`serve`]; where it also has a [`StreamedText`], that is its content.
pub async fn serve_reading(
    function: Function,
    services: &Services,
    event: lambda_http::Request,
    body: impl BodySource,
) -> Response<Body> {
    // Older clients cannot tell a stream that breaks off from one that ends.
    let takes_stream = services.limits.answer.is_none() && event.version() == Version::HTTP_11;
    answer_event(function, services, event, body, takes_stream).await
}

async fn answer_event(
    function: Function,
    services: &Services,
    event: lambda_http::Request,
    body: impl BodySource,
    takes_stream: bool,
) -> Response<Body> {
    let started = Instant::now();
    let services = services.counted();
    let id = gateway_id(&event).unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    let mut asked = Asked::of(&event);
    let raw_path = raw_path(&event);
    let path = find(&raw_path);
    let pattern = path.as_ref().map_or_else(|| "unknown".to_owned(), Matched::pattern);

    let result = match path {
        None => Err(Error::UnknownPath),
        Some(_) if asked.method == "OPTIONS" => Ok(Reply::nothing()),
        Some(path) => {
            let handled = handle(function, &services, event, path, (raw_path, &id, takes_stream), body);
            let handled = AssertUnwindSafe(handled).catch_unwind().await;
            handled.unwrap_or_else(|panic| Err(panicked(&panic)))
        }
    };
    if let Err(Error::Internal(text) | Error::Busy(text)) = &result {
        tracing::error!(request_id = id, function = function.name, error = text.as_str(), "request failed");
    }
    asked.zip &= asked.method != "HEAD";
    let holding = services.store.holding();
    let version = result.as_ref().ok().and_then(|reply| reply.version);
    let room = Room { longest: services.limits.answer, holding: Some(&holding) };
    let (mut answer, hash) = asked.answer(result, room, &id);
    if let Some((version, hash)) = version.zip(hash) {
        services.store.keep_tag(&version, hash);
    }
    holding.outlive_others();
    let work: WorkDone = services.store.work().done();
    answer.extensions_mut().insert(work);
    answer.extensions_mut().insert(TextHeld(Arc::new(holding)));
    tracing::info!(
        request_id = id,
        function = function.name,
        method = asked.method,
        route = pattern,
        status = answer.status().as_u16(),
        microseconds = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        store_requests = work.requests,
        items_read = work.items_read,
        read_units = work.read_units,
        write_units = work.write_units,
        "request"
    );
    answer
}

/// The answer to a request that is none: what was sent cannot be read far enough to know more.
pub fn refuse(error: Error) -> Response<Body> {
    let id = uuid::Uuid::new_v4().to_string();
    tracing::info!(request_id = id, status = status(&error).as_u16(), "refused");
    Asked::of(&lambda_http::Request::default()).answer(Err(error), Room { longest: None, holding: None }, &id).0
}

/// A step that ends within the time of a request, which the time that its body takes is no part of.
async fn within<T>(services: &Services, step: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let time = services.limits.time;
    let late = |_| Err(Error::Busy(format!("no answer within {} s", time.as_secs_f64())));
    tokio::time::timeout(time, step).await.unwrap_or_else(late)
}

/// The checks that come before every handler, in their order.
async fn handle(
    function: Function,
    services: &Services,
    event: lambda_http::Request,
    path: Matched,
    (raw_path, id, takes_stream): (String, &str, bool),
    mut body: impl BodySource,
) -> Result<Reply, Error> {
    let verb = Verb::of(event.method().as_str()).ok_or(Error::UnknownMethod)?;
    let operation = path.operation(verb).ok_or(Error::NotOffered)?;
    let Endpoint { name: wanted, access, .. } = operation.endpoint;
    if wanted != function.name {
        return Err(Error::Internal(format!("the route of {wanted} leads to {}", function.name)));
    }
    let text = |name| event.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if !wants_known_version(text(header::ACCEPT)) {
        return Err(Error::UnknownVersion);
    }
    let token = presented(text(header::AUTHORIZATION)).map(str::to_owned);
    if access != Access::Open && token.is_none() {
        return Err(Error::Forbidden);
    }
    let peer = peer(&event);
    let query = raw_query(&event);
    let headers = event.into_parts().0.headers;
    let now = services.clock.now();
    let (id, anybody, unread) = (id.to_owned(), Caller::Anybody, Bytes::new());
    let pieces = Pieces::default();
    let mut request =
        Request { verb, path, raw_path, query, headers, body: unread, pieces, takes_stream, caller: anybody, id, now };
    let caller = authorize(access, token.as_deref(), peer, now, services.master_key.as_deref(), &services.store);

    if verb == Verb::Get && request.path.route.before_token == BeforeToken::OneItem {
        let gate = Gate::shut();
        let caller = caller.inspect(|caller| if caller.is_ok() { gate.grant() } else { gate.refuse() });
        let behind = services.behind(&gate);
        let both = async { futures_util::join!(caller, (function.handle)(&request, &behind)) };
        return within(services, both.map(|(caller, reply)| caller.and(reply))).await;
    }
    request.caller = within(services, caller).await?;
    if operation.receives_files() {
        let (pump, pieces) = pump(services.limits.upload);
        request.pieces = pieces;
        let handled = (function.handle)(&request, services);
        // The time that the body takes is bounded by its pace.
        return match select(handled, pin!(pump.run(&mut body))).await {
            Either::Left((reply, _)) => reply,
            Either::Right(((), handled)) => within(services, handled).await,
        };
    }
    let longest = services.limits.body;
    request.body = body.whole().await.map_err(|unread| unread.into_error(longest))?;
    if request.body.len() > longest {
        return Err(Error::TooLarge(longest));
    }
    within(services, (function.handle)(&request, services)).await
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Error::Internal(format!("a handler panicked: {text}"))
}

/// What the headers of a request ask of its answer.
struct Asked {
    method: String,
    zip: bool,
    origin: Option<HeaderValue>,
    is_preflight: bool,
    requested_headers: bool,
    if_none_match: Option<String>,
}

#[derive(Serialize)]
struct Failure {
    code: u16,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<String>,
    reason: String,
}

impl Asked {
    fn of(event: &lambda_http::Request) -> Self {
        let headers = event.headers();
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        Self {
            method: event.method().as_str().to_owned(),
            zip: accepts_gzip(text(header::ACCEPT_ENCODING)),
            origin: headers.get(header::ORIGIN).filter(|origin| !origin.is_empty()).cloned(),
            is_preflight: headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD),
            requested_headers: headers.contains_key(header::ACCESS_CONTROL_REQUEST_HEADERS),
            if_none_match: text(header::IF_NONE_MATCH).map(str::to_owned),
        }
    }

    /// The answer, and the hash of its text where it has an entity tag.
    fn answer(&self, result: Result<Reply, Error>, room: Room<'_>, id: &str) -> (Response<Body>, Option<u128>) {
        let (mut is_page, mut streamed) = (false, None);
        let written = result.and_then(|mut reply| {
            if let Content::Stream(list) = reply.content {
                reply.content = Content::Unchanged(list.hash);
                streamed = Some(list);
            }
            let text = match &reply.content {
                Content::Listed { documents, limit, skip } => {
                    answer::write_list(documents, (*limit, *skip), self.zip, room)
                }
                Content::Unchanged(hash) => Ok(Text { bytes: Vec::new(), hash: *hash, zipped: false }),
                Content::Page(html) => answer::write_text(html, self.zip, room),
                _ => answer::write(&reply, self.zip, room),
            };
            is_page = matches!(reply.content, Content::Page(_));
            Ok((StatusCode::from_u16(reply.code()).unwrap_or(StatusCode::OK), text?, reply.location))
        });
        let mut retry = false;
        let (code, text, location) = written.unwrap_or_else(|error| {
            is_page = false;
            retry = matches!(error, Error::Busy(_));
            let code = status(&error);
            let failure = Failure { code: code.as_u16(), errors: errors(&error), reason: reason(&error) };
            let text = answer::write(&failure, self.zip, Room { longest: None, holding: None });
            (code, text.unwrap_or(Text { bytes: Vec::new(), hash: 0, zipped: false }), None)
        });
        let has_etag = self.method == "GET" && code == StatusCode::OK;
        let etag = etag(text.hash);
        let is_unchanged = has_etag && matches_etag(self.if_none_match.as_deref(), &etag);
        let mut response = Response::builder().status(if is_unchanged { StatusCode::NOT_MODIFIED } else { code });
        if let Some(headers) = response.headers_mut() {
            self.common_headers(headers, id);
            let mut set = |name, value: &str| {
                if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                    headers.insert(name, value);
                }
            };
            set(header::CONTENT_TYPE, if is_page { "text/html; charset=UTF-8" } else { JSON });
            if is_page {
                // The text of a page comes from logs, among others: whatever it holds, nothing is run and nothing loaded.
                set(header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'");
            }
            if has_etag {
                set(header::ETAG, &etag);
            }
            streamed = streamed.filter(|_| !is_unchanged);
            if text.zipped && !is_unchanged || streamed.is_some() && self.zip {
                set(header::CONTENT_ENCODING, "gzip");
            }
            if retry {
                set(header::RETRY_AFTER, RETRY_AFTER);
            }
            if let Some(location) = location {
                set(header::LOCATION, &location);
            }
        }
        let body = if is_unchanged || self.method == "HEAD" {
            Body::Empty
        } else if text.zipped {
            Body::Binary(text.bytes)
        } else {
            String::from_utf8(text.bytes).map_or(Body::Empty, Body::Text)
        };
        let mut response = response.body(body).unwrap_or_default();
        if let Some(list) = streamed {
            response.extensions_mut().insert(stream::text(list, self.zip));
        }
        (response, has_etag.then_some(text.hash))
    }

    fn common_headers(&self, headers: &mut http::HeaderMap, id: &str) {
        let vary = if self.origin.is_some() { "Accept-Encoding, Origin" } else { "Accept-Encoding" };
        headers.insert(header::VARY, HeaderValue::from_static(vary));
        let allowed = if self.requested_headers { "authorization, content-type" } else { "authorization" };
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(allowed));
        if let Some(origin) = &self.origin {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        }
        if self.is_preflight {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PUT, DELETE"));
        }
        if let Ok(id) = HeaderValue::from_str(id) {
            headers.insert("x-request-id", id);
        }
    }
}
