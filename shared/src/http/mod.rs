//! Everything between API Gateway and a handler: routes, the order of checks, the envelope, headers and compression.

mod answer;
mod batch;
mod negotiation;
mod path;
mod reply;
mod request;
mod route;
mod routes;
mod service;
mod status;

pub use negotiation::{accepts_gzip, matches_etag, wants_html, wants_known_version};
pub use path::{decode_segment, storage_path};
pub use reply::{Content, Reply, Success, Verbatim};
pub use request::Request;
pub use route::{BeforeToken, Form, Matched, Resource, Route, Verb};
pub use routes::{FUNCTIONS, FunctionAccess, RESOURCES, UNMATCHED, access_of, find};
pub use service::{Function, HandlerFuture, Limits, TextHeld, UnreadBody, refuse, serve, serve_reading};
pub use status::{reason, status};
