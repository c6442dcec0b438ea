//! Everything between API Gateway and a handler: routes, the order of checks, the envelope, headers and compression.

mod answer;
mod batch;
mod cost;
pub mod gateway;
mod negotiation;
mod operation;
mod path;
mod reading;
mod reply;
mod request;
mod route;
mod routes;
mod service;
mod status;
mod verb;

pub use cost::{Cost, CostPerPart, Part};
pub use negotiation::{accepts_gzip, matches_etag, wants_html, wants_known_version};
pub use operation::{Answers, Body, Endpoint, Failing, Operation, Parameter};
pub use path::{decode_segment, storage_path};
pub use reading::{read_documents, read_documents_and};
pub use reply::{Content, Reply, Success, Verbatim};
pub use request::Request;
pub use route::{BeforeToken, Form, Matched, Resource, Route};
pub use routes::{RESOURCES, UNMATCHED, find, functions};
pub use service::{Function, HandlerFuture, TextHeld, UnreadBody, refuse, serve, serve_reading};
pub use status::{reason, status};
pub use verb::Verb;
