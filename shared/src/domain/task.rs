//! Tasks: what was accepted and is done after the answer. Every task is safe to run twice.

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};

use super::import;
use crate::{
    error::Error,
    services::Services,
    store::TaskEnd,
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

/// How long a task belongs to the one that took it, in milliseconds: longer than any function may run.
const LEASE: i64 = 15 * 60_000;

/// How often a task is tried: with the pauses, for about a day.
const MOST_ATTEMPTS: i64 = 60;

/// The first pause between two attempts, in milliseconds; each later one is twice as long, up to the longest.
const FIRST_PAUSE: i64 = 1_000;
const LONGEST_PAUSE: i64 = 30 * 60_000;

/// How many tasks run side by side, and how many are looked up at once.
const SIDE_BY_SIDE: usize = 4;
const MOST_AT_ONCE: usize = 100;

/// What a task is about.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Write the summary of a job's build logs to storage.
    WriteSummary {
        /// The derived id of the job.
        job: ObjectId,
    },
}

const KIND: &str = "kind";
const BODY: &str = "body";

impl Work {
    /// As it is stored.
    pub fn to_value(&self) -> Value {
        let (kind, body) = match self {
            Self::ImportInline { body } => ("import inline build", body.clone()),
            Self::ImportUploaded { body } => ("import uploaded build", body.clone()),
            Self::WriteSummary { job } => ("write summary", job.to_string()),
        };
        Value::Map([(KIND.to_owned(), Value::from(kind)), (BODY.to_owned(), Value::from(body))].into())
    }

    /// Reads what was stored; `None` where that is no work.
    pub fn from_value(value: &Value) -> Option<Self> {
        let Value::Map(members) = value else { return None };
        let text = |members: &Document, name: &str| members.get(name)?.as_text().map(str::to_owned);
        let body = text(members, BODY)?;
        match text(members, KIND)?.as_str() {
            "import inline build" => Some(Self::ImportInline { body }),
            "import uploaded build" => Some(Self::ImportUploaded { body }),
            "write summary" => Some(Self::WriteSummary { job: body.parse().ok()? }),
            _ => None,
        }
    }
}

/// Why a task did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// It never will.
    #[error("{0}")]
    Never(String),
    /// It may later.
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

/// Runs the tasks that are due, and says how many of them were taken.
///
/// # Errors
/// The store fails to name them.
pub fn run_due(services: &Services) -> BoxFuture<'_, Result<usize, Error>> {
    async move {
        let due = services.tasks().due(services.clock.now(), MOST_AT_ONCE).await?;
        let runs: Vec<_> = due.into_iter().map(|id| run(services, id)).collect();
        let taken = stream::iter(runs).buffer_unordered(SIDE_BY_SIDE).filter(|taken| std::future::ready(*taken));
        Ok(taken.count().await)
    }
    .boxed()
}

/// Runs one task, where nobody else has it; says whether it was taken.
///
/// The future is boxed: an import's is large, and several run side by side.
pub fn run(services: &Services, id: ObjectId) -> BoxFuture<'_, bool> {
    async move {
        try_run(services, id).await.unwrap_or_else(|error| {
            // The lease ends, and the task is found again.
            tracing::error!(task = %id, %error, "a task could not be taken or ended");
            false
        })
    }
    .boxed()
}

async fn try_run(services: &Services, id: ObjectId) -> Result<bool, Error> {
    let started = services.clock.now();
    let Some(task) = services.tasks().take(id, started, started.plus(LEASE)).await? else { return Ok(false) };
    let result = match Work::from_value(&task.work) {
        None => Err(TaskError::Never("unknown work".to_owned())),
        Some(work) => execute(services, &work).await,
    };
    let now = services.clock.now();
    let end = match result {
        Ok(()) => TaskEnd::Done,
        Err(TaskError::Later(error)) if task.attempts < MOST_ATTEMPTS => again(error, task.attempts, now),
        Err(TaskError::Later(error) | TaskError::Never(error)) => TaskEnd::Failed(error),
    };
    match &end {
        TaskEnd::Done => tracing::info!(task = %id, attempts = task.attempts, "task done"),
        TaskEnd::Failed(error) => tracing::error!(task = %id, attempts = task.attempts, error, "task failed"),
        TaskEnd::Again { error, .. } => tracing::warn!(task = %id, attempts = task.attempts, error, "task put off"),
    }
    services.tasks().end(&task, end, now).await?;
    Ok(true)
}

fn again(error: String, attempts: i64, now: Timestamp) -> TaskEnd {
    let doubled = u32::try_from((attempts - 1).clamp(0, 16)).unwrap_or(0);
    TaskEnd::Again { due: now.plus((FIRST_PAUSE << doubled).min(LONGEST_PAUSE)), error }
}

async fn execute(services: &Services, work: &Work) -> Result<(), TaskError> {
    let (writer, files, now) = (services.writer(), services.files()?, services.clock.now());
    match work {
        Work::ImportInline { body } => import::inline(writer, files, body, now).await,
        Work::ImportUploaded { body } => import::uploaded(writer, files, body, now).await,
        Work::WriteSummary { job } => import::write_summary(*writer, files, *job).await,
    }
}
