//! The one map from errors to HTTP.

use http::StatusCode;

use crate::error::Error;

/// The status of an error.
pub fn status(error: &Error) -> StatusCode {
    match error {
        Error::UnknownPath | Error::NotFound(_) | Error::Missing(_) => StatusCode::NOT_FOUND,
        Error::UnknownMethod => StatusCode::METHOD_NOT_ALLOWED,
        Error::NotOffered => StatusCode::NOT_IMPLEMENTED,
        Error::UnknownVersion => StatusCode::NOT_ACCEPTABLE,
        Error::Forbidden | Error::NotOfLab(_) => StatusCode::FORBIDDEN,
        Error::ContentType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Error::NotJson(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::InvalidJson(_)
        | Error::Invalid(_)
        | Error::Argument(_)
        | Error::WrongId
        | Error::NotHttp
        | Error::BodyCutOff
        | Error::TooWide
        | Error::TooMuchMemory(_)
        | Error::AnswerTooLong(_) => StatusCode::BAD_REQUEST,
        Error::TooSlow => StatusCode::REQUEST_TIMEOUT,
        Error::AddressTooLong => StatusCode::URI_TOO_LONG,
        Error::HeadersTooLong => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        Error::Conflict(_) => StatusCode::CONFLICT,
        Error::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        Error::NoSuchRange(_) => StatusCode::RANGE_NOT_SATISFIABLE,
        Error::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The reason that the caller reads: our own troubles stay in the log, and nothing of the caller's text can break a
/// line.
pub fn reason(error: &Error) -> String {
    match error {
        Error::Busy(_) => "The service is busy: try again later".to_owned(),
        Error::Internal(_) => "Internal error".to_owned(),
        Error::UnknownPath
        | Error::UnknownMethod
        | Error::NotOffered
        | Error::UnknownVersion
        | Error::Forbidden
        | Error::NotOfLab(_)
        | Error::ContentType(_)
        | Error::NotJson(_)
        | Error::InvalidJson(_)
        | Error::Invalid(_)
        | Error::Argument(_)
        | Error::WrongId
        | Error::NotFound(_)
        | Error::Missing(_)
        | Error::Conflict(_)
        | Error::NotHttp
        | Error::AddressTooLong
        | Error::HeadersTooLong
        | Error::BodyCutOff
        | Error::TooSlow
        | Error::TooLarge(_)
        | Error::NoSuchRange(_)
        | Error::TooWide
        | Error::TooMuchMemory(_)
        | Error::AnswerTooLong(_) => plain(&error.to_string()),
    }
}

/// The single things that are wrong, where there are several.
pub(super) fn errors(error: &Error) -> Vec<String> {
    match error {
        Error::InvalidJson(errors) => errors.iter().map(|error| plain(error)).collect(),
        _ => Vec::new(),
    }
}

pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
