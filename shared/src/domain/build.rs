//! `build`: submission and deletion of builds.

use serde_json::{Map, Value as Json};

use super::{
    import::description::{inline, uploaded},
    keys, logs,
    task::Work,
};
use crate::{
    collections::BUILD,
    error::Error,
    identifiers::Identifiers,
    storage::{Member, StoragePath},
    store::{Deleter, Tasks},
    time::Timestamp,
    value::ObjectId,
};

/// A valid submission of a build, in either form.
#[derive(Debug)]
pub struct BuildSubmission {
    work: Work,
    /// The warnings about the request.
    pub warnings: Vec<String>,
}

impl BuildSubmission {
    /// Parses the body of a request: the inline form when it has a member of that form, else the upload form.
    ///
    /// # Errors
    /// [`Error::InvalidJson`] with all faults.
    pub fn read(body: Json) -> Result<Self, Error> {
        const INLINE: [&str; 3] = ["bmeta", "steps", "artifacts"];
        let text = body.to_string();
        match body {
            Json::Object(members) if !INLINE.iter().any(|name| members.contains_key(*name)) => Self::uploaded(members),
            body => {
                inline::check(&body).map_err(Error::InvalidJson)?;
                let description = inline::describe(&body).map_err(wrong)?;
                description.check_paths().map_err(wrong)?;
                check_revision(|name| description.fields.get(name).and_then(Json::as_str).unwrap_or_default())?;
                Ok(Self { work: Work::ImportInline { body: text }, warnings: Vec::new() })
            }
        }
    }

    fn uploaded(body: Map<String, Json>) -> Result<Self, Error> {
        let mandatory: Vec<&str> = BUILD.mandatory_keys().collect();
        let keys::Checked { members, warnings } = keys::check(&BUILD, body, &mandatory)?;
        let request = uploaded::Request::read(&members).map_err(wrong)?;
        request.storage_folder().map_err(wrong)?;
        check_revision(|name| match name {
            "job" => &request.job,
            "git_branch" => &request.git_branch,
            _ => &request.kernel,
        })?;
        Ok(Self { work: Work::ImportUploaded { body: Json::Object(members).to_string() }, warnings })
    }
}

fn wrong(error: impl ToString) -> Error {
    Error::InvalidJson(vec![error.to_string()])
}

/// Checks that the folder of the revision is a valid path; the summary of the job's logs is stored there.
fn check_revision<'a>(member: impl Fn(&str) -> &'a str) -> Result<(), Error> {
    let folder = [Member::Name(member("job")), Member::Folders(member("git_branch")), Member::Name(member("kernel"))];
    StoragePath::of_members(folder).map(drop).map_err(wrong)
}

/// Stores the task that imports a submission. When it returns, the submission is durable.
///
/// # Errors
/// [`Error::Busy`] when the store throttles or does not answer; [`Error::Internal`] when it refuses the request.
pub async fn submit(
    tasks: Tasks<'_>,
    identifiers: Identifiers,
    submission: &BuildSubmission,
    now: Timestamp,
) -> Result<(), Error> {
    Ok(tasks.add(identifiers.object_id(now)?, submission.work.to_value(), now).await?)
}

/// Deletes the logs of a build and then the build; the lines leave the summary of its job. `false` when the build does
/// not exist.
///
/// # Errors
/// [`Error::Busy`] when the store throttles or does not answer; [`Error::Internal`] when it refuses the request.
pub async fn delete(deleter: Deleter<'_>, id: ObjectId, now: Timestamp) -> Result<bool, Error> {
    if deleter.get_now(&BUILD, id).await?.is_none() {
        return Ok(false);
    }
    logs::withdraw(*deleter, id, now).await?;
    Ok(deleter.delete(&BUILD, id).await?)
}
