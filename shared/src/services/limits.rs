//! The limits of requests and answers.

use std::time::Duration;

/// The largest request body that API Gateway accepts.
const MAX_BODY: usize = 10 * 1024 * 1024;

/// The time for an answer. It is below the timeout of a function (29 s), so a slow request is still answered in the
/// envelope.
const MAX_TIME: Duration = Duration::from_secs(25);

/// The body of a request that one machine takes, where no option says otherwise.
const LOCAL_BODY: usize = 256 * 1024 * 1024;

/// The answer that Lambda takes, less what headers need.
const MAX_ANSWER: usize = 6 * 1024 * 1024 - 32 * 1024;

/// The limits of a request and its answer.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The maximum time from the request to its answer. The handler is cancelled at that time.
    pub time: Duration,
    /// The maximum length of an answer, in bytes as Lambda carries it; `None` for no limit.
    pub answer: Option<usize>,
    /// The maximum length of a request body, in bytes.
    pub body: usize,
    /// The maximum body of a request that uploads files, in bytes. Such a body is stored while it arrives.
    pub upload: usize,
}

impl Limits {
    /// The limits of Lambda behind API Gateway.
    pub const LAMBDA: Self = Self { time: MAX_TIME, answer: Some(MAX_ANSWER), body: MAX_BODY, upload: MAX_BODY };
    /// The limits of one machine, where nothing else ends a long deletion.
    pub const LOCAL: Self = Self { time: Duration::from_secs(300), answer: None, body: LOCAL_BODY, upload: LOCAL_BODY };
}
