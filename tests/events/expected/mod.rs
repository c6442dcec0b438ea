//! What is expected of the answer to every event file: a table per function.

mod batch;
mod bisect;
mod boot;
mod build;
mod callback;
mod count;
mod job;
mod job_list;
mod lab;
mod openapi;
mod report;
mod send;
mod test;
mod test_write;
mod token;
mod unmatched;
mod upload;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{
    gateway::{Answer, answer, event},
    seeded::seeded,
};

/// What is expected of one event file.
pub(crate) struct Expected {
    /// The file, without `.json`.
    pub(crate) file: &'static str,
    pub(crate) status: u64,
    /// The members of the envelope, sorted; none where there is no body.
    pub(crate) members: &'static [&'static str],
    /// Panics where the rest is not as it should be.
    pub(crate) check: fn(&Answer),
}

const LIST: &[&str] = &["code", "count", "limit", "result", "skip"];
const GROUPS: &[&str] = &["code", "limit", "result"];
const VALUES: &[&str] = &["code", "count", "result"];
const RESULT: &[&str] = &["code", "result"];
const DONE: &[&str] = &["code", "reason"];
const DONE_WITH_RESULT: &[&str] = &["code", "reason", "result"];
const DONE_WITH_WARNING: &[&str] = &["code", "errors", "reason"];
const RESULT_AND_WARNING: &[&str] = &["code", "errors", "reason", "result"];
const RESULT_WITH_WARNING: &[&str] = &["code", "errors", "result"];
const ERROR: &[&str] = &["code", "reason"];
const ERRORS: &[&str] = &["code", "errors", "reason"];
const NOTHING: &[&str] = &["code"];
/// The members of the description, which has no envelope.
const DESCRIPTION: &[&str] = &["components", "info", "openapi", "paths", "security", "servers", "tags"];
const NO_BODY: &[&str] = &[];

const fn expect(file: &'static str, status: u64, members: &'static [&'static str], check: fn(&Answer)) -> Expected {
    Expected { file, status, members, check }
}

/// The one reason that a caller is given who is not authorized.
fn is_forbidden(answer: &Answer) {
    assert_eq!(answer.reason(), "Operation not permitted: provided token is not authorized");
}

/// Panics with both texts where `text` does not contain `part`.
#[track_caller]
fn assert_contains(text: impl AsRef<str>, part: &str) {
    let text = text.as_ref();
    assert!(text.contains(part), "{text:?} does not contain {part:?}");
}

/// What of an answer is not as expected: the message of the first assertion that fails.
pub(crate) fn failure(expected: &Expected, answer: &Answer) -> Option<String> {
    let checked = catch_unwind(AssertUnwindSafe(|| {
        assert_eq!(answer.status, expected.status, "the status");
        if expected.members.contains(&"code") {
            assert_eq!(answer.body["code"], expected.status, "the code of the envelope");
        }
        assert_eq!(Answer::members(&answer.body), expected.members, "the members of the envelope");
        (expected.check)(answer);
    }));
    let panic = checked.err()?;
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
        .or_else(|| Some("a check panicked".to_owned()))
}

/// The functions behind API Gateway, and the tables of their events.
pub(crate) const TABLES: &[(&str, &[&[Expected]])] = &[
    ("batch-post", &[batch::POST]),
    ("bisect-get", &[bisect::GET]),
    ("bisect-post", &[bisect::POST]),
    ("boot-delete", &[boot::DELETE]),
    ("boot-get", &[boot::GET]),
    ("boot-post", &[boot::POST]),
    ("build-delete", &[build::DELETE]),
    ("build-get", &[build::GET]),
    ("build-post", &[build::POST]),
    ("callback-post", &[callback::POST]),
    ("count-get", &[count::COUNT]),
    ("job-delete", &[job::DELETE]),
    ("job-get", &[job::GET, job_list::LIST_OF_JOBS]),
    ("job-post", &[job::POST]),
    ("lab-delete", &[lab::DELETE]),
    ("lab-get", &[lab::GET]),
    ("lab-post", &[lab::POST]),
    ("lab-put", &[lab::PUT]),
    ("openapi-get", &[openapi::DESCRIBED]),
    ("report-get", &[report::GET]),
    ("send-post", &[send::POST]),
    ("statistics-get", &[count::STATISTICS]),
    ("test-case-get", &[test::CASES]),
    ("test-case-post", &[test_write::CASE_POST]),
    ("test-case-put", &[test_write::CASE_PUT]),
    ("test-group-get", &[test::GROUPS_OF_CASES]),
    ("test-group-post", &[test_write::GROUP_POST]),
    ("test-group-put", &[test_write::GROUP_PUT]),
    ("test-regression-get", &[test::REGRESSIONS]),
    ("token-delete", &[token::DELETE]),
    ("token-get", &[token::GET]),
    ("token-post", &[token::POST]),
    ("token-put", &[token::PUT]),
    ("unmatched-any", &[unmatched::UNMATCHED]),
    ("upload-post", &[upload::POST]),
    ("upload-put", &[upload::PUT]),
    ("version-get", &[count::VERSION]),
];

/// Serves every event of a function on one machine, and collects what is not as expected. No event of a function
/// depends on another's having been served.
async fn serve_all(function: &str) {
    let machine = seeded().await;
    let tables = TABLES.iter().find(|(name, _)| *name == function).unwrap().1;
    let mut wrong = Vec::new();
    for expected in tables.iter().copied().flatten() {
        let answer = answer(&machine.services, function, &event(function, expected.file)).await;
        if let Some(failure) = failure(expected, &answer) {
            wrong.push(format!("{}: {failure}\nThe answer is {answer:#?}", expected.file));
        }
    }
    assert!(wrong.is_empty(), "{function}: {} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_failed_expectation_says_which_of_them_and_what_it_saw() {
    let body = serde_json::json!({"code": 404, "reason": "Resource 'x' not found"});
    let answer = Answer { status: 404, headers: std::collections::BTreeMap::new(), is_base64: false, body };
    let of = |status, members, check| failure(&expect("file", status, members, check), &answer).unwrap_or_default();
    assert_eq!(of(404, ERROR, |answer| assert_contains(answer.reason(), "'x'")), "");
    assert_eq!(
        of(404, ERROR, |answer| assert_contains(answer.reason(), "'y'")),
        "\"Resource 'x' not found\" does not contain \"'y'\""
    );
    assert!(of(200, ERROR, |_| ()).contains("the status\n  left: 404\n right: 200"));
    assert!(of(404, RESULT, |_| ()).contains("left: [\"code\", \"reason\"]"));
}
