//! The job and the build that a result belongs to.

use futures_util::try_join;

use crate::{
    collections::{BUILD, Collection, JOB},
    error::Error,
    store::{Identified, Reader, derived_id},
    time::Timestamp,
    value::{Document, ObjectId},
};

/// The job and the build of a result, when they exist.
#[derive(Debug, Default)]
pub struct Parents {
    /// The id of the job.
    pub job_id: Option<ObjectId>,
    /// The build.
    pub build: Option<Document>,
}

/// Finds the job and the build of a result by their identities.
///
/// # Errors
/// [`Error::Busy`] when the store throttles or does not answer; [`Error::Internal`] when it refuses the request.
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

/// A duration in the form of the API: a date that long after the epoch.
pub fn duration(seconds: f64) -> Timestamp {
    // A float out of range becomes the nearest integer.
    #[allow(clippy::cast_possible_truncation, reason = "the cast saturates, and no test runs for 292 million years")]
    Timestamp::from_milliseconds((seconds * 1_000.0).round() as i64)
}
