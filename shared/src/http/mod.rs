//! Everything between API Gateway and a handler: routes, the order of checks, the envelope, headers and compression.

mod answer;
mod negotiation;
mod path;
mod reply;
mod request;
mod route;
mod routes;
mod service;
mod status;

pub use negotiation::{accepts_gzip, matches_etag, wants_known_version};
pub use path::{decode_segment, storage_path};
pub use reply::{Content, Reply, Success};
pub use request::Request;
pub use route::{Form, Matched, Resource, Route, Verb};
pub use routes::{FUNCTIONS, FunctionAccess, RESOURCES, UNMATCHED, access_of, find};
pub use service::{BodyTooLong, Function, HandlerFuture, Limits, serve};
pub use status::status;
