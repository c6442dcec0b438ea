//! The errors of the service. They are independent of HTTP; `http/status.rs` maps each to a status.

/// An error of a request. The text is the `reason` of the answer, but the texts of [`Error::Internal`] and
/// [`Error::Busy`] go to the log only.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No resource has this path.
    #[error("Resource not found")]
    UnknownPath,
    /// No resource supports this method.
    #[error("Operation not allowed")]
    UnknownMethod,
    /// The resource does not support this method.
    #[error("Method not implemented")]
    NotOffered,
    /// `Accept` asks for another version of the API.
    #[error("Only version 1 of the API is served: send 'Accept: application/v1' or none")]
    UnknownVersion,
    /// The token does not authorize the request.
    #[error("Operation not permitted: provided token is not authorized")]
    Forbidden,
    /// The token does not belong to the named lab.
    #[error("Provided authentication token is not associated with lab '{0}' or is not valid")]
    NotOfLab(String),
    /// The content type of the body is wrong; the expected one is given.
    #[error("Wrong content type defined: Use {0} as the content type")]
    ContentType(&'static str),
    /// The body is not JSON; the method of the request is given.
    #[error("No JSON data found in the {0} request")]
    NotJson(&'static str),
    /// The JSON does not fit the resource. The list has one message for each fault.
    #[error("Provided JSON is not valid")]
    InvalidJson(Vec<String>),
    /// Another part of the request is invalid.
    #[error("{0}")]
    Invalid(String),
    /// A query argument is invalid. The text names the argument, its value and the values that are accepted.
    #[error("{0}")]
    Argument(String),
    /// A value is not an id.
    #[error("Wrong ID value provided")]
    WrongId,
    /// The document does not exist.
    #[error("Resource '{0}' not found")]
    NotFound(String),
    /// The document that the request refers to does not exist.
    #[error("{0}")]
    Missing(String),
    /// The request conflicts with the stored state.
    #[error("{0}")]
    Conflict(String),
    /// The request is not HTTP.
    #[error("The request cannot be read: it is no HTTP/1.1 request")]
    NotHttp,
    /// The request target is too long.
    #[error("The path and its arguments are too long")]
    AddressTooLong,
    /// The headers are too long or too many.
    #[error("The headers of the request are too long, or too many")]
    HeadersTooLong,
    /// The body is shorter than announced.
    #[error("The request body ended before it was complete")]
    BodyCutOff,
    /// The body did not arrive in time.
    #[error("The request body did not come in time")]
    TooSlow,
    /// The body is longer than the given number of bytes.
    #[error("The request body is longer than {0} bytes")]
    TooLarge(usize),
    /// The range starts after the end of the file, which has the given number of bytes.
    #[error("The range is past the end of the file, which has {0} bytes")]
    NoSuchRange(u64),
    /// The query needs more pages than the page budget.
    #[error(
        "Too many documents would have to be read: narrow the query, for example with job, kernel, date_range or limit"
    )]
    TooWide,
    /// The answer needs more memory than the given number of bytes.
    #[error(
        "The answer would take more than {0} bytes of memory: narrow the query, ask for fewer fields with 'field', or for pages with 'limit'"
    )]
    TooMuchMemory(usize),
    /// The answer is longer than the given number of bytes.
    #[error(
        "The answer is longer than {0} bytes: ask for gzip, for fewer fields with 'field', or for pages with 'limit' and 'skip'"
    )]
    AnswerTooLong(usize),
    /// A dependency throttles or does not answer; the same request may succeed later.
    #[error("the service is busy: {0}")]
    Busy(String),
    /// An internal failure, which the same request meets again.
    #[error("internal error: {0}")]
    Internal(String),
}
