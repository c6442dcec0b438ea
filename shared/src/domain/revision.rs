//! What results of one revision have in common: the job and the build that they belong to.

use futures_util::try_join;

use crate::{
    collections::{BUILD, Collection, JOB},
    error::Error,
    store::{Identified, Reader, derived_id},
    time::Timestamp,
    value::{Document, ObjectId},
};

/// The job and the build that a result belongs to, where they are known.
#[derive(Debug, Default)]
pub struct Parents {
    /// The id of the job.
    pub job_id: Option<ObjectId>,
    /// The build.
    pub build: Option<Document>,
}

/// Finds the job and the build of a result, by what identifies them.
///
/// # Errors
/// The store fails.
pub async fn parents(reader: Reader<'_>, result: &Document) -> Result<Parents, Error> {
    let found = async |collection: &'static Collection| -> Result<Option<Identified>, Error> {
        match derived_id(collection, result) {
            Some(derived) => Ok(reader.identified(collection, derived).await?),
            None => Ok(None),
        }
    };
    let (job, build) = try_join!(found(&JOB), found(&BUILD))?;
    let build = build.map(|build| {
        let mut document = build.document;
        document.insert("_id", build.id.into());
        document
    });
    Ok(Parents { job_id: job.map(|job| job.id), build })
}

/// A duration as the API has it: as a date, that long after the epoch.
pub fn duration(seconds: f64) -> Timestamp {
    // A float that is out of range becomes the nearest whole number.
    #[allow(clippy::cast_possible_truncation, reason = "the cast saturates, and no test runs for 292 million years")]
    Timestamp::from_milliseconds((seconds * 1_000.0).round() as i64)
}
