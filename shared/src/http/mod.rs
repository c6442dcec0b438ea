//! Everything between API Gateway and a handler: routes, the order of checks, the envelope, headers and compression.

mod answer;
mod batch;
mod body;
pub mod gateway;
mod list_text;
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
mod stream;
mod verb;

pub use body::{BodyPieces, BodySource, UnreadBody};
pub use negotiation::{accepts_gzip, matches_etag, wants_html, wants_known_version};
pub use operation::{Answers, Body, Endpoint, Failing, Operation, Parameter};
pub use path::{decode_segment, storage_path};
pub use reading::{read_documents, read_documents_and};
pub use reply::{Content, Reply, StreamedList, Success, Verbatim};
pub use request::Request;
pub use route::{BeforeToken, Form, Matched, Resource, Route};
pub use routes::{RESOURCES, UNMATCHED, find, functions};
pub use service::{Function, HandlerFuture, TextHeld, refuse, serve, serve_reading};
pub use status::{reason, status};
pub use stream::{StreamedText, TextPieces};
pub use verb::Verb;
