//! Tasks: work that runs after the answer. Every task may run twice with the same result. [`crate::worker`] runs them.

mod track;

pub use track::{TrackCase, TrackGroup};

use crate::{
    error::Error,
    value::{Document, ObjectId, Value},
};

/// The work of a task.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Import a build that was submitted in the inline form.
    ImportInline {
        /// The submission.
        body: String,
    },
    /// Import a build whose files were uploaded.
    ImportUploaded {
        /// The submission.
        body: String,
    },
    /// Send a report by mail.
    SendReport {
        /// The request, its sender and its time.
        body: String,
    },
    /// Store a boot report.
    ImportBoot {
        /// The report.
        body: String,
    },
    /// Complete the staged import of a test group.
    ImportTests {
        /// The group as it was sent.
        body: String,
    },
    /// Find the regressions of a stored test group and delete its former cases.
    TrackGroup(TrackGroup),
    /// Find the regression of a test case that was stored or changed.
    TrackCase(TrackCase),
    /// Store the result of a bisection.
    ImportBisection {
        /// The result as it was sent.
        body: String,
    },
    /// Store the results in a callback of LAVA.
    ImportCallback {
        /// The lab that sent it.
        lab: String,
        /// The callback as it was sent.
        body: String,
    },
    /// Write the summary of a job's build logs to storage.
    WriteSummary {
        /// The derived id of the job.
        job: ObjectId,
    },
}

const KIND: &str = "kind";
const BODY: &str = "body";
const LAB: &str = "lab";

impl Work {
    /// The stored form.
    pub fn to_value(&self) -> Value {
        let (kind, body) = match self {
            Self::ImportInline { body } => ("import inline build", body.clone()),
            Self::ImportUploaded { body } => ("import uploaded build", body.clone()),
            Self::SendReport { body } => ("send report", body.clone()),
            Self::ImportBoot { body } => ("import boot", body.clone()),
            Self::ImportTests { body } => ("import tests", body.clone()),
            Self::TrackGroup(stored) => ("track test group", stored.to_text()),
            Self::TrackCase(changed) => ("track test case", changed.to_text()),
            Self::ImportBisection { body } => ("import bisection", body.clone()),
            Self::ImportCallback { body, .. } => ("import callback", body.clone()),
            Self::WriteSummary { job } => ("write summary", job.to_string()),
        };
        let mut work: Document =
            [(KIND, kind.to_owned()), (BODY, body)].map(|(name, text)| (name.to_owned(), Value::from(text))).into();
        if let Self::ImportCallback { lab, .. } = self {
            work.insert(LAB.to_owned(), Value::from(lab.as_str()));
        }
        Value::Map(work)
    }

    /// Parses the stored form; `None` for unknown work.
    pub fn from_value(value: &Value) -> Option<Self> {
        let Value::Map(members) = value else { return None };
        let text = |members: &Document, name: &str| members.get(name)?.as_text().map(str::to_owned);
        let body = text(members, BODY)?;
        match text(members, KIND)?.as_str() {
            "import inline build" => Some(Self::ImportInline { body }),
            "import uploaded build" => Some(Self::ImportUploaded { body }),
            "send report" => Some(Self::SendReport { body }),
            "import boot" => Some(Self::ImportBoot { body }),
            "import tests" => Some(Self::ImportTests { body }),
            "track test group" => TrackGroup::from_text(&body).map(Self::TrackGroup),
            "track test case" => TrackCase::from_text(&body).map(Self::TrackCase),
            "import bisection" => Some(Self::ImportBisection { body }),
            "import callback" => Some(Self::ImportCallback { lab: text(members, LAB)?, body }),
            "write summary" => Some(Self::WriteSummary { job: body.parse().ok()? }),
            _ => None,
        }
    }
}

/// The failure of a task.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// The task cannot succeed.
    #[error("{0}")]
    Never(String),
    /// A later attempt may succeed.
    #[error("{0}")]
    Later(String),
}

impl From<Error> for TaskError {
    fn from(error: Error) -> Self {
        match error {
            Error::Busy(_) | Error::Internal(_) => Self::Later(error.to_string()),
            other => Self::Never(other.to_string()),
        }
    }
}
