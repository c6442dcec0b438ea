//! The documents that an import makes or updates: the job, once, and the build.

use super::{
    description::{Description, job_fields},
    never,
};
use crate::{
    collections::{BUILD, JOB},
    domain::task::TaskError,
    error::Error,
    pause::Pauses,
    store::{StoreError, Writer, derived_id},
    time::Timestamp,
    value::{Document, Value, members_from_json},
};

/// Stores the build of a description, after its job where that is new; gives the build as it is stored.
pub(super) async fn store(
    writer: Writer<'_>,
    description: &Description,
    now: Timestamp,
) -> Result<Document, TaskError> {
    let mut job = members_from_json(job_fields(&description.fields)).map_err(never)?;
    job.insert("created_on", Value::Date(now));
    job.insert("private", Value::Bool(description.private));
    let build = members_from_json(description.fields.clone()).map_err(never)?;
    let derived = derived_id(&BUILD, &build).ok_or_else(|| never("the build lacks what identifies it"))?;
    let mut pauses = Pauses::default();
    loop {
        let job = writer.create_identified(&JOB, job.clone()).await.map_err(Error::from)?;
        let before = writer.identified(&BUILD, derived).await.map_err(Error::from)?;
        let mut build = build.clone();
        let created_on = before.as_ref().and_then(|before| before.document.get("created_on")).cloned();
        build.insert("created_on", created_on.unwrap_or(Value::Date(now)));
        build.insert("job_id", Value::Id(job));
        build.insert("_id", Value::Id(before.as_ref().map_or(derived, |before| before.id)));
        let stored = writer.replace_within(&BUILD, before, build.clone(), (&JOB, job)).await;
        match stored.map_err(|error: StoreError| Error::from(error))? {
            true => return Ok(build),
            // The job was deleted, or another import of the same build was faster.
            false if pauses.pause().await => {}
            false => return Err(TaskError::Later("the build changes again and again".to_owned())),
        }
    }
}
