//! How requests fail: the statuses that the code's one map gives to its errors.

use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;
use kernelci::{
    auth::Access,
    error::Error,
    http::{Body, Failing, Verb, reason, status},
    query::BadArgument,
    services::Limits,
    store::StoreOptions,
};
use serde_json::{Value as Json, json};

use crate::{samples, table::Entry};

/// An error of each kind, as callers may meet it.
fn errors() -> Vec<Error> {
    vec![
        Error::UnknownPath,
        Error::UnknownMethod,
        Error::NotOffered,
        Error::UnknownVersion,
        Error::Forbidden,
        Error::NotOfLab("lab-example".to_owned()),
        Error::ContentType("application/json"),
        Error::NotJson("POST"),
        Error::InvalidJson(vec!["One or more mandatory keys are missing: 'job'".to_owned()]),
        Error::Invalid("No ID value specified".to_owned()),
        BadArgument::value("limit", "many", "a whole number from 0").into(),
        Error::WrongId,
        Error::NotFound(samples::ID.to_owned()),
        Error::Missing("Job 'mainline-v5.6-rc7 (branch master)' not found".to_owned()),
        Error::Conflict("A file stands where 'a/b' needs a folder, or a folder where it needs a file".to_owned()),
        Error::TooLarge(Limits::LAMBDA.body),
        Error::NotHttp,
        Error::AddressTooLong,
        Error::HeadersTooLong,
        Error::BodyCutOff,
        Error::TooSlow,
        Error::TooWide,
        Error::TooMuchMemory(StoreOptions::lambda(String::new()).answer_bytes),
        Error::AnswerTooLong(Limits::LAMBDA.answer.unwrap_or_default()),
        Error::Busy(String::new()),
        Error::Internal(String::new()),
    ]
}

/// When an error is met, and a name for it.
fn told(error: &Error) -> (&'static str, &'static str) {
    match error {
        Error::UnknownPath => ("unknownPath", "no resource has the path"),
        Error::UnknownMethod => ("unknownMethod", "no resource knows the method"),
        Error::NotOffered => ("notOffered", "the path does not offer that method, which others do"),
        Error::UnknownVersion => ("unknownVersion", "`Accept` asks for another version than `application/v1`"),
        Error::Forbidden => {
            ("forbidden", "there is no token, it is unknown or expired, lacks the right, or comes from a wrong address")
        }
        Error::NotOfLab(_) => ("notOfLab", "the token is not that of the lab"),
        Error::ContentType(_) => ("contentType", "the body has another content type"),
        Error::NotJson(_) => ("notJson", "the body is no JSON"),
        Error::InvalidJson(_) => ("invalidJson", "the JSON is not what is taken there; `errors` says what is wrong"),
        Error::Invalid(_) => ("invalid", "something in the request is wrong"),
        Error::Argument(_) => ("argument", "an argument cannot be read"),
        Error::WrongId => ("wrongId", "an id is none"),
        Error::NotFound(_) => ("notFound", "there is no such document"),
        Error::Missing(_) => ("missing", "there is nothing that the request could be about"),
        Error::Conflict(_) => ("conflict", "what is stored is in the way"),
        Error::TooLarge(_) => ("tooLarge", "the body is too long"),
        Error::NotHttp => ("notHttp", "the request is no HTTP/1.1"),
        Error::AddressTooLong => ("addressTooLong", "the path and its arguments are too long"),
        Error::HeadersTooLong => ("headersTooLong", "the headers are too long, or too many"),
        Error::NoSuchRange(_) => ("noSuchRange", "`Range` asks for nothing of the file"),
        Error::BodyCutOff => ("bodyCutOff", "the body ended before it was complete"),
        Error::TooSlow => ("tooSlow", "the body did not come in time"),
        Error::TooWide => ("tooWide", "too many documents would have to be read"),
        Error::TooMuchMemory(_) => ("tooMuchMemory", "the answer would take too much memory"),
        Error::AnswerTooLong(_) => ("answerTooLong", "the answer is too long to be sent"),
        Error::Busy(_) => ("busy", "the service is busy; `Retry-After` says when to try again"),
        Error::Internal(_) => ("internal", "something of the service is broken"),
    }
}

/// The statuses that a request may fail with.
pub(crate) fn statuses(entry: &Entry) -> BTreeSet<StatusCode> {
    let mut errors =
        vec![Error::UnknownVersion, Error::AddressTooLong, Error::HeadersTooLong, Error::Internal(String::new())];
    if entry.access != Access::Open {
        errors.extend([Error::Forbidden, Error::Busy(String::new())]);
    }
    if entry.verb != Verb::Get {
        errors.extend([Error::TooLarge(0), Error::BodyCutOff, Error::TooSlow]);
    }
    if entry.operation.deletes.is_some() {
        errors.push(Error::TooWide);
    }
    if entry.operation.reads.is_some() {
        errors.extend([Error::TooWide, Error::TooMuchMemory(0), Error::AnswerTooLong(0)]);
    }
    if entry.operation.parameter.is_some_and(|parameter| parameter.may_name_nothing()) {
        errors.extend([Error::NotFound(String::new()), Error::WrongId]);
    }
    if ["{id}", "{field}"].iter().any(|parameter| entry.route.tail.contains(parameter)) {
        errors.push(Error::UnknownPath);
    }
    match entry.operation.body {
        Body::Nothing => {}
        Body::Keys { .. } | Body::Build | Body::Callback | Body::Report | Body::Operations => {
            errors.extend([Error::ContentType(""), Error::NotJson(""), Error::InvalidJson(Vec::new())]);
        }
        Body::Form => errors.extend([Error::ContentType(""), Error::Invalid(String::new())]),
        Body::File => errors.push(Error::Invalid(String::new())),
    }
    errors.extend(entry.operation.failures.iter().map(|failing| match failing {
        Failing::Missing => Error::Missing(String::new()),
        Failing::Conflict => Error::Conflict(String::new()),
        Failing::TooMany => Error::TooWide,
        Failing::Forbidden => Error::NotOfLab(String::new()),
        Failing::Invalid => Error::Invalid(String::new()),
    }));
    errors.iter().map(status).collect()
}

/// The name of the component that describes a status.
pub(crate) fn component(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or("Unknown").replace([' ', '-'], "")
}

/// What is said of a status.
#[derive(Default)]
pub(crate) struct Failure {
    /// When it is met.
    pub(crate) description: String,
    /// Answers with it, by name.
    pub(crate) examples: Vec<(&'static str, Json)>,
}

/// Every status of a failure.
pub(crate) fn by_status() -> BTreeMap<StatusCode, Failure> {
    let mut found: BTreeMap<StatusCode, Failure> = BTreeMap::new();
    for error in errors() {
        let ((name, when), status) = (told(&error), status(&error));
        let mut example = json!({"code": status.as_u16(), "reason": reason(&error)});
        if let (Error::InvalidJson(errors), Some(members)) = (&error, example.as_object_mut()) {
            members.insert("errors".to_owned(), json!(errors));
        }
        let failure = found.entry(status).or_default();
        let whens = [failure.description.trim_end_matches('.'), when];
        let whens: Vec<&str> = whens.into_iter().filter(|when| !when.is_empty()).collect();
        failure.description = sentence(&whens.join("; "));
        failure.examples.push((name, example));
    }
    found
}

/// The text as a sentence.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}
