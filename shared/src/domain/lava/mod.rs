//! `callback/lava`: what LAVA tells of a job that has ended, read into a tree of test groups and a log.
//!
//! [`Callback::read`] is what the request does at once: it refuses whatever could not be stored later. What is left over
//! for afterwards cannot fail: [`Callback::run`] gives the documents, [`Callback::write_text`] and
//! [`Callback::write_html`] the two files of the log.
//!
//! Every list that grows with the callback has a limit, and a limit that is passed is told: by a refusal where results
//! would be lost, by a note in the place of what is left out where it is only the log.

mod boot;
mod definition;
mod files;
mod log;
mod results;
mod run;
mod yaml;

use serde_json::{Map, Value as Json};

use self::{
    boot::{Boot, JobStatus},
    definition::Metadata,
    log::Entries,
    results::{LAVA, Suite},
};
use crate::{domain::given, error::Error, query::shown};

pub use definition::{ACCEPTED, MANDATORY, MAX_VALUE};
pub use files::LogFiles;
pub use log::{HTML_LIMIT, MAX_LINE, MAX_LINES, READ_LIMIT, TEXT_LIMIT};
pub use results::MAX_RESULTS;
pub use run::TestRun;

#[cfg(test)]
mod tests;

/// The case that says whether the kernel reached its prompt.
const LOGIN: &str = "login";

/// The most suites of a job; each becomes a group.
pub const MAX_SUITES: usize = 1_000;

/// A callback that can be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Callback {
    lab_name: String,
    /// The device that ran the job.
    device: Option<String>,
    metadata: Metadata,
    boot: Boot,
    /// The tests' suites in the order in which they ran. LAVA's own is not among them.
    suites: Vec<Suite>,
    /// The log as LAVA sent it; empty where there is none.
    log: String,
}

impl Callback {
    /// Reads a callback that `lab_name` has sent. Members that are not recognised are left alone: LAVA sends more
    /// of them with every version.
    ///
    /// # Errors
    /// [`Error::InvalidJson`] with everything that is wrong: a member of the wrong type, a definition without the
    /// metadata it needs, results that cannot be read.
    pub fn read(mut body: Map<String, Json>, lab_name: &str) -> Result<Self, Error> {
        let mut faults = Vec::new();
        kept(check_number(&body), &mut faults);
        let device = kept(text(&mut body, "actual_device_id"), &mut faults);
        let comment = kept(text(&mut body, "failure_comment"), &mut faults);
        let word = kept(text(&mut body, "status_string"), &mut faults);
        let status = kept(job_status(&body, word.as_deref()), &mut faults);
        let definition = kept(text(&mut body, "definition"), &mut faults);
        let metadata = Metadata::read(definition.as_deref().unwrap_or_default());
        let suites = kept(suites(body.remove("results")), &mut faults);
        let log = kept(text(&mut body, "log"), &mut faults).unwrap_or_default();
        if let Err(fault) = Entries::check(&log) {
            faults.push(format!("log: {}", shown(&fault)));
        }
        let metadata = match metadata {
            Ok(metadata) if faults.is_empty() => metadata,
            Ok(_) => return Err(Error::InvalidJson(faults)),
            // A definition of the wrong type is said to be one; that it has no metadata goes without saying.
            Err(_) if faults.iter().any(|fault| fault.starts_with("Key 'definition'")) => {
                return Err(Error::InvalidJson(faults));
            }
            Err(others) => return Err(Error::InvalidJson(faults.into_iter().chain(others).collect())),
        };
        let (own, mut suites): (Vec<_>, Vec<_>) = suites.into_iter().partition(|suite| suite.definition == LAVA);
        suites.sort_by(results::in_order);
        let tests_ran = suites.iter().any(|suite| !suite.results.is_empty());
        let comment = comment.as_deref().map(results::cut).filter(|comment| !comment.is_empty());
        let boot = boot::boot(own.first(), status, tests_ran, comment);
        let device = device.map(|device| results::cut(&device).to_owned()).filter(|device| !device.is_empty());
        Ok(Self { lab_name: lab_name.to_owned(), device, metadata, boot, suites, log })
    }
}

/// The value, or its default and a fault more.
fn kept<T: Default>(read: Result<T, String>, faults: &mut Vec<String>) -> T {
    read.unwrap_or_else(|fault| {
        faults.push(fault);
        T::default()
    })
}

/// Takes a text out of the body. LAVA sends null where it has nothing.
fn text(body: &mut Map<String, Json>, name: &str) -> Result<Option<String>, String> {
    match body.remove(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(other) => Err(wrong_type(name, &other, "a text")),
    }
}

/// LAVA's number of the job, which is a text where a LAVA has jobs within jobs: `12.1`.
fn check_number(body: &Map<String, Json>) -> Result<(), String> {
    match body.get("id") {
        None | Some(Json::Null | Json::Number(_) | Json::String(_)) => Ok(()),
        Some(other) => Err(wrong_type("id", other, "a number")),
    }
}

/// LAVA's status is a number. Senders of the past have sent it as a text, or not at all, and were listened to.
fn job_status(body: &Map<String, Json>, word: Option<&str>) -> Result<JobStatus, String> {
    let by_word = || word.map_or(JobStatus::Unknown, JobStatus::of_word);
    match body.get("status") {
        None | Some(Json::Null) => Ok(by_word()),
        Some(Json::Number(number)) => Ok(number.as_i64().map_or(JobStatus::Unknown, JobStatus::of_number)),
        Some(Json::String(text)) => Ok(text.trim().parse().map_or_else(|_| by_word(), JobStatus::of_number)),
        Some(other) => Err(wrong_type("status", other, "a number")),
    }
}

/// The suites of a job, whose results are texts of YAML.
fn suites(results: Option<Json>) -> Result<Vec<Suite>, String> {
    let results = match results {
        None | Some(Json::Null) => return Ok(Vec::new()),
        Some(Json::Object(results)) => results,
        Some(other) => return Err(wrong_type("results", &other, "an object")),
    };
    if results.len() > MAX_SUITES {
        return Err(format!("results: more than {MAX_SUITES} suites"));
    }
    let mut suites = Vec::new();
    let mut count = 0;
    for (definition, yaml) in results {
        let suite = match yaml {
            Json::Null => continue,
            Json::String(yaml) => Suite::read(&definition, &yaml)?,
            other => return Err(wrong_type(&format!("results.{}", shown(&definition)), &other, "a text of YAML")),
        };
        count += suite.results.len();
        if count > MAX_RESULTS {
            return Err(format!("results: more than {MAX_RESULTS} results"));
        }
        suites.push(suite);
    }
    Ok(suites)
}

fn wrong_type(name: &str, value: &Json, expected: &str) -> String {
    let given = given::type_name(value);
    format!("Key '{name}' holds {given}, not {expected}")
}
