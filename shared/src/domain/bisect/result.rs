//! The result of a bisection, which is stored after the answer.

use serde_json::{Map, Value as Json};

use crate::{
    collections::{BISECT, TEST_REGRESSION},
    domain::{
        keys,
        task::{TaskError, Work},
    },
    error::Error,
    identifiers::Identifiers,
    pause::Pauses,
    query::shown,
    store::{Reader, Replacement, Tasks, Writer, derived_id},
    time::Timestamp,
    value::{Document, Value, members_from_json},
};

/// The values of `type`.
pub const TYPES: [&str; 1] = ["test"];

/// What a new document has as null where nobody says it.
const NULLS: [&str; 13] = [
    "bad_commit_date",
    "bad_commit_url",
    "bad_summary",
    "build_id",
    "compare_to",
    "compiler",
    "compiler_version",
    "found_summary",
    "good_commit_date",
    "good_commit_url",
    "good_summary",
    "job_id",
    "log",
];

/// What a new document takes from the regression that it is about.
const FROM_REGRESSION: [&str; 3] = ["compiler", "compiler_version", "git_url"];

/// A result that can be stored.
#[derive(Debug)]
pub struct BisectionResult {
    members: Map<String, Json>,
    /// What was not as it should be in the request.
    pub warnings: Vec<String>,
}

impl BisectionResult {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(body: Map<String, Json>) -> Result<Self, Error> {
        let mandatory: Vec<&str> = BISECT.mandatory_keys().collect();
        let keys::Checked { members, warnings } = keys::check(&BISECT, body, &mandatory)?;
        let asked = keys::text(&members, "type").unwrap_or_default();
        if !TYPES.contains(&asked) {
            return Err(Error::Invalid(format!("Unknown bisection type: {}", shown(asked))));
        }
        members_from_json(members.clone()).map_err(|error| Error::InvalidJson(vec![error.to_string()]))?;
        Ok(Self { members, warnings })
    }
}

/// Keeps a result to be stored; once this returns it is not lost.
///
/// # Errors
/// The store fails.
pub async fn submit(
    tasks: Tasks<'_>,
    identifiers: Identifiers,
    submission: &BisectionResult,
    now: Timestamp,
) -> Result<(), Error> {
    let work = Work::ImportBisection { body: Json::Object(submission.members.clone()).to_string() };
    Ok(tasks.add(identifiers.object_id(now)?, work.to_value(), now).await?)
}

/// Stores a result that was accepted: in the document of that bisection, or in a new one.
///
/// # Errors
/// It is no result, or something fails that may work later.
pub(crate) async fn import(writer: Writer<'_>, body: &str, now: Timestamp) -> Result<(), TaskError> {
    let never = |error: String| TaskError::Never(error);
    let members: Map<String, Json> = serde_json::from_str(body).map_err(|error| never(error.to_string()))?;
    let members = members_from_json(members).map_err(|error| never(error.to_string()))?;
    let derived =
        derived_id(&BISECT, &members).ok_or_else(|| never("the result lacks what identifies it".to_owned()))?;
    let mut pauses = Pauses::default();
    loop {
        let before = writer.identified(&BISECT, derived).await.map_err(Error::from)?;
        let mut after = match &before {
            Some(before) => before.document.clone(),
            None => new_document(*writer, &members, now).await?,
        };
        after.extend(members.clone());
        let replacement = Replacement { collection: &BISECT, before, after: Some(after) };
        if writer.replace([replacement]).await.map_err(Error::from)? {
            return Ok(());
        }
        if !pauses.pause().await {
            return Err(TaskError::Later("the bisection changes again and again".to_owned()));
        }
    }
}

/// A new document, with what the regression that it is about knows.
async fn new_document(reader: Reader<'_>, members: &Document, now: Timestamp) -> Result<Document, Error> {
    let mut document: Document = NULLS.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
    document.insert("created_on", Value::Date(now));
    document.insert("version", Value::from("1.0"));
    let Some(derived) = derived_id(&TEST_REGRESSION, members) else { return Ok(document) };
    let Some(regression) = reader.identified(&TEST_REGRESSION, derived).await? else { return Ok(document) };
    let copied = FROM_REGRESSION.iter().filter_map(|name| regression.document.get(name).map(|value| (*name, value)));
    document.extend(copied.map(|(name, value)| (name.to_owned(), value.clone())));
    document.insert("regression_id", Value::Id(regression.id));
    let history = regression.document.get("regressions").and_then(Value::as_list).unwrap_or_default();
    if let Some(Value::Map(last)) = history.last() {
        for name in ["build_id", "plan_variant"] {
            document.insert(name.to_owned(), last.get(name).cloned().unwrap_or(Value::Null));
        }
    }
    Ok(document)
}
