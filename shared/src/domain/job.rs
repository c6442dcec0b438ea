//! `job`: status updates and deletion of jobs.

use serde_json::{Map, Value as Json};

use super::{keys, task::Work};
use crate::{
    collections::{BUILD, BUILD_LOGS, Collection, JOB, JOB_LOGS},
    error::Error,
    identifiers::Identifiers,
    query::{Filter, Selection, shown},
    store::{Deleter, Tasks, Writer, derived_id},
    time::Timestamp,
    value::{Document, ObjectId, Value},
};
use futures_util::{StreamExt, TryStreamExt, stream};

/// The values of `status`.
pub const STATUSES: [&str; 4] = ["BUILD", "FAIL", "PASS", "UNKNOWN"];

/// The number of documents that are deleted concurrently.
const CONCURRENCY: usize = 16;

/// A status update.
#[derive(Debug)]
pub struct StatusUpdate {
    identity: Document,
    status: &'static str,
    /// The warnings about the request.
    pub warnings: Vec<String>,
}

impl StatusUpdate {
    /// Parses the body of a request.
    ///
    /// # Errors
    /// [`Error::InvalidJson`] with all faults of the keys; [`Error::Invalid`] for an unknown status.
    pub fn read(body: Map<String, Json>) -> Result<Self, Error> {
        let mandatory: Vec<&str> = JOB.mandatory_keys().collect();
        let keys::Checked { members, warnings } = keys::check(&JOB, body, &mandatory)?;
        let asked = keys::text(&members, "status").unwrap_or("PASS");
        let status = STATUSES.into_iter().find(|status| *status == asked).ok_or_else(|| {
            let asked = shown(asked);
            Error::Invalid(format!("Status value '{asked}' is not valid, should be one of: {}", STATUSES.join(", ")))
        })?;
        let member = |name: &&str| Some(((*name).to_owned(), Value::from(keys::text(&members, name)?)));
        Ok(Self { identity: JOB.identity.iter().filter_map(member).collect(), status, warnings })
    }

    fn text(&self, name: &str) -> String {
        self.identity.get(name).and_then(Value::as_text).unwrap_or_default().to_owned()
    }
}

/// Sets the status of a job and stores the task that writes the summary of its build logs to storage. Returns the
/// `reason` of the answer.
///
/// # Errors
/// [`Error::Missing`] when the job does not exist. [`Error::Busy`] when the store throttles or does not answer;
/// [`Error::Internal`] when it refuses the request.
pub async fn update_status(
    writer: Writer<'_>,
    tasks: Tasks<'_>,
    identifiers: Identifiers,
    update: &StatusUpdate,
    now: Timestamp,
) -> Result<String, Error> {
    let [job, kernel, branch] = ["job", "kernel", "git_branch"].map(|name| update.text(name));
    let not_found = || Error::Missing(format!("Job '{job}-{kernel} (branch {branch})' not found"));
    let derived = derived_id(&JOB, &update.identity).ok_or_else(not_found)?;
    let task = tasks.prepare(identifiers.object_id(now)?, Work::WriteSummary { job: derived }.to_value(), now).await?;
    let members = [("status", Value::from(update.status))];
    if !writer.update_identified(&JOB, derived, &members, task).await? {
        return Err(not_found());
    }
    tasks.ring();
    Ok(format!("Job '{job}-{kernel}' (branch {branch}) marked as '{}'", update.status))
}

/// Deletes a job with its builds, their logs and its summary. The job is deleted last, so an interrupted deletion can
/// be repeated. `false` when neither the job nor a dependant exists.
///
/// # Errors
/// [`Error::Busy`] when the store throttles or does not answer; [`Error::Internal`] when it refuses the request.
pub async fn delete(deleter: Deleter<'_>, id: ObjectId) -> Result<bool, Error> {
    let had_dependants = delete_dependants(deleter, id).await?;
    if deleter.get_now(&JOB, id).await?.is_none() {
        return Ok(had_dependants);
    }
    let gone = deleter.delete(&JOB, id).await?;
    // An import adds no build to a deleted job. A build that was added during the deletion is deleted here.
    delete_dependants(deleter, id).await?;
    Ok(gone)
}

/// Returns whether there were any.
async fn delete_dependants(deleter: Deleter<'_>, job: ObjectId) -> Result<bool, Error> {
    let mut any = false;
    for collection in [&BUILD_LOGS, &BUILD, &JOB_LOGS] {
        let ids = ids_of_job(deleter, collection, job).await?;
        any |= !ids.is_empty();
        let deletions: Vec<_> = ids.into_iter().map(|id| deleter.delete(collection, id)).collect();
        stream::iter(deletions).buffer_unordered(CONCURRENCY).try_collect::<Vec<bool>>().await?;
    }
    Ok(any)
}

async fn ids_of_job(
    deleter: Deleter<'_>,
    collection: &'static Collection,
    job: ObjectId,
) -> Result<Vec<ObjectId>, Error> {
    let only_id = vec!["_id".to_owned()];
    let selection = Selection { filter: Filter::equals("job_id", job), fields: only_id, ..Selection::default() };
    let found = deleter.list(collection, &selection).await?;
    Ok(found.iter().filter_map(|document| document.get("_id")?.as_id()).collect())
}
