//! The limits of requests and answers.

use std::time::Duration;

/// The body of a request that API Gateway takes.
const MAX_BODY: usize = 10 * 1024 * 1024;

/// Below the 29 seconds of a function: who waits still gets an answer in the envelope.
const MAX_TIME: Duration = Duration::from_secs(25);

/// The body of a request that one machine takes, where no option says otherwise.
const LOCAL_BODY: usize = 256 * 1024 * 1024;

/// The answer that Lambda takes, less what headers need.
const MAX_ANSWER: usize = 6 * 1024 * 1024 - 32 * 1024;

/// What a request may take, and an answer measure.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest time from the request to its answer. What a handler has begun and not ended then is broken off, as if
    /// the process had ended there.
    pub time: Duration,
    /// The longest answer, in bytes as Lambda carries it; `None` for no limit.
    pub answer: Option<usize>,
    /// The maximum body of a request, in bytes.
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
