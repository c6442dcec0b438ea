//! The import of a build: from its description and files to the documents that clients see. Whatever is done here can
//! be done again, and leads to the same documents.

pub mod description;
mod files;
mod stored;

use bytes::Bytes;
use serde_json::{Map, Value as Json};

use self::description::{Description, uploaded::DESCRIPTION_FILES};
use super::{logs, task::TaskError};
use crate::{
    collections::JOB,
    error::Error,
    storage::{FileStorage, Member, SUMMARY_FILE, StoragePath},
    store::{Reader, Writer},
    time::Timestamp,
    value::{ObjectId, Value},
};

/// The longest description file.
const MAX_DESCRIPTION: usize = 16 * 1024 * 1024;

/// Imports a build that was submitted in the inline form.
///
/// # Errors
/// The submission is no build's, or something fails that may work later.
pub async fn inline(writer: Writer<'_>, files: &dyn FileStorage, body: &str, now: Timestamp) -> Result<(), TaskError> {
    let body: Json = serde_json::from_str(body).map_err(never)?;
    let description = description::inline::describe(&body).map_err(never)?;
    import(writer, files, description, now).await
}

/// Imports a build whose files were uploaded.
///
/// # Errors
/// Nothing was uploaded that describes the build, or something fails that may work later.
pub async fn uploaded(
    writer: Writer<'_>,
    files: &dyn FileStorage,
    body: &str,
    now: Timestamp,
) -> Result<(), TaskError> {
    let body: Map<String, Json> = serde_json::from_str(body).map_err(never)?;
    let request = description::uploaded::Request::read(&body).map_err(never)?;
    let folder = request.storage_folder().map_err(never)?;
    for name in DESCRIPTION_FILES {
        let path = folder.below(name).map_err(never)?;
        let Some(reading) = files.read(&path).await.map_err(Error::from)? else { continue };
        let text = reading.all(MAX_DESCRIPTION).await.map_err(Error::from)?;
        let described: Map<String, Json> =
            serde_json::from_slice(&text).map_err(|error| never(format!("{path} is no JSON object: {error}")))?;
        let description = description::uploaded::describe(&request, &described).map_err(never)?;
        return import(writer, files, description, now).await;
    }
    Err(never(format!("nothing was uploaded to {folder} that describes a build: {}", DESCRIPTION_FILES.join(" or "))))
}

async fn import(
    writer: Writer<'_>,
    files: &dyn FileStorage,
    mut description: Description,
    now: Timestamp,
) -> Result<(), TaskError> {
    files::complete(files, &mut description).await?;
    let lines = files::read_logs(files, &description).await;
    if let Ok(Some(lines)) = &lines {
        let counts = [lines.errors_count, lines.warnings_count, lines.mismatches_count];
        for (name, count) in ["errors", "warnings", "mismatches"].into_iter().zip(counts) {
            description.fields.insert(name.to_owned(), count.into());
        }
    }
    // A build whose log cannot be read is a build all the same; the task then keeps what is wrong with the log.
    let build = stored::store(writer, &description, now).await?;
    if let Some(lines) = lines? {
        logs::store(writer, &build, &lines, now).await?;
    }
    Ok(())
}

/// Writes the summary of a job's build logs to storage, beside its builds.
///
/// # Errors
/// Something fails that may work later.
pub async fn write_summary(reader: Reader<'_>, files: &dyn FileStorage, derived: ObjectId) -> Result<(), TaskError> {
    // A job that is gone since has no summary.
    let Some(job) = reader.identified(&JOB, derived).await.map_err(Error::from)? else { return Ok(()) };
    let text = |name: &str| job.document.get(name).and_then(Value::as_text).unwrap_or_default();
    let folder = [Member::Name(text("job")), Member::Folders(text("git_branch")), Member::Name(text("kernel"))];
    let path = StoragePath::of_members(folder).and_then(|folder| folder.join(SUMMARY_FILE)).map_err(never)?;
    let summary = logs::summary(reader, job.id).await?.unwrap_or_default();
    files.write(&path, Bytes::from(logs::summary_text(&summary))).await.map_err(Error::from)?;
    Ok(())
}

fn never(error: impl ToString) -> TaskError {
    TaskError::Never(error.to_string())
}
