//! What can go wrong, in the service's own terms. Nothing here knows of HTTP.

/// Why a request is not answered as it wishes. Every text is for the caller, but that of [`Error::Internal`] and
/// [`Error::Busy`], which are for the log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No resource has such a path.
    #[error("Resource not found")]
    UnknownPath,
    /// No resource knows such a method.
    #[error("Operation not allowed")]
    UnknownMethod,
    /// The resource does not offer the method.
    #[error("Method not implemented")]
    NotOffered,
    /// Another version of the API is asked for.
    #[error("Only version 1 of the API is served: send 'Accept: application/v1' or none")]
    UnknownVersion,
    /// The caller may not do this.
    #[error("Operation not permitted: provided token is not authorized")]
    Forbidden,
    /// The caller may not speak for the lab of that name.
    #[error("Provided authentication token is not associated with lab '{0}' or is not valid")]
    NotOfLab(String),
    /// The body has the wrong content type.
    #[error("Wrong content type defined: Use {0} as the content type")]
    ContentType(&'static str),
    /// The body of that method's request is no JSON.
    #[error("No JSON data found in the {0} request")]
    NotJson(&'static str),
    /// The JSON is not what the resource takes; the list says what is wrong with it.
    #[error("Provided JSON is not valid")]
    InvalidJson(Vec<String>),
    /// Something else in the request is wrong.
    #[error("{0}")]
    Invalid(String),
    /// An argument cannot be used: the text names it, its value and what would be right.
    #[error("{0}")]
    Argument(String),
    /// An id that is none.
    #[error("Wrong ID value provided")]
    WrongId,
    /// There is no such document.
    #[error("Resource '{0}' not found")]
    NotFound(String),
    /// There is nothing that the request could be about.
    #[error("{0}")]
    Missing(String),
    /// The request cannot be reconciled with what is there.
    #[error("{0}")]
    Conflict(String),
    /// What was sent is no HTTP.
    #[error("The request cannot be read: it is no HTTP/1.1 request")]
    NotHttp,
    /// The path and the query string are too long.
    #[error("The path and its arguments are too long")]
    AddressTooLong,
    /// The headers are too long or too many.
    #[error("The headers of the request are too long, or too many")]
    HeadersTooLong,
    /// The body ended early.
    #[error("The request body ended before it was complete")]
    BodyCutOff,
    /// The body did not come.
    #[error("The request body did not come in time")]
    TooSlow,
    /// The body is too long.
    #[error("The request body is longer than {0} bytes")]
    TooLarge(usize),
    /// A file of so many bytes holds nothing of the range that is asked for.
    #[error("The range is past the end of the file, which has {0} bytes")]
    NoSuchRange(u64),
    /// The answer would have to be found among too many documents.
    #[error(
        "Too many documents would have to be read: narrow the query, for example with job, kernel, date_range or limit"
    )]
    TooWide,
    /// The documents and the text of the answer would take too much memory.
    #[error(
        "The answer would take more than {0} bytes of memory: narrow the query, ask for fewer fields with 'field', or for pages with 'limit'"
    )]
    TooMuchMemory(usize),
    /// The answer is too long to be sent.
    #[error(
        "The answer is longer than {0} bytes: ask for gzip, for fewer fields with 'field', or for pages with 'limit' and 'skip'"
    )]
    AnswerTooLong(usize),
    /// It may work later.
    #[error("the service is busy: {0}")]
    Busy(String),
    /// Something of ours is broken.
    #[error("internal error: {0}")]
    Internal(String),
}
