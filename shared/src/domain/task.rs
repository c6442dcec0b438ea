//! Tasks: what was accepted and is done after the answer. Every task is safe to run twice.

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};

use super::{
    bisect, boot, callback, import, report,
    test::{self, TrackCase, TrackGroup},
};
use crate::{
    error::Error,
    services::Services,
    store::{TakenTask, TaskEnd},
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
    /// Send a report.
    SendReport {
        /// The request, and who made it when.
        body: String,
    },
    /// Store a boot that a lab reported.
    ImportBoot {
        /// The report.
        body: String,
    },
    /// End the import of a test group that is too much for one transaction.
    ImportTests {
        /// The group, as it was sent.
        body: String,
    },
    /// Do what is to be done about a test group that was stored.
    TrackGroup(TrackGroup),
    /// Find the regression of a test case that was stored or changed.
    TrackCase(TrackCase),
    /// Store the result of a bisection.
    ImportBisection {
        /// The result, as it was sent.
        body: String,
    },
    /// Store what LAVA told of a job.
    ImportCallback {
        /// The lab that sent it.
        lab: String,
        /// The callback, as it was sent.
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
    /// As it is stored.
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

    /// Reads what was stored; `None` where that is no work.
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

/// What became of the tasks that were due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DueTasks {
    /// How many were taken and ended, or given back.
    pub run: usize,
    /// How many could not be taken or ended: whoever took one of them may have it until its lease ends.
    pub left: usize,
}

/// Runs the tasks that are due, and says what became of them.
///
/// # Errors
/// The store fails to name them.
pub fn run_due(services: &Services) -> BoxFuture<'_, Result<DueTasks, Error>> {
    async move {
        let now = services.clock.now();
        let due = services.tasks().due(now, MOST_AT_ONCE).await?;
        if let Some(oldest) = due.iter().map(|task| task.since).min() {
            let seconds = (now.milliseconds() - oldest.milliseconds()) / 1_000;
            tracing::info!(tasks = due.len(), oldest_seconds = seconds, "tasks are due");
        }
        let runs: Vec<_> = due.into_iter().map(|task| run(services, task.id)).collect();
        let mut ended = stream::iter(runs).buffer_unordered(SIDE_BY_SIDE);
        let mut tasks = DueTasks::default();
        while let Some(ended) = ended.next().await {
            tasks.run += usize::from(matches!(ended, Ok(true)));
            tasks.left += usize::from(ended.is_err());
        }
        Ok(tasks)
    }
    .boxed()
}

/// Runs one task, where nobody else has it; says whether it was taken.
///
/// The future is boxed: an import's is large, and several run side by side.
///
/// # Errors
/// The task could not be taken or ended. Its lease ends, and it is found again.
pub fn run(services: &Services, id: ObjectId) -> BoxFuture<'_, Result<bool, Error>> {
    async move {
        try_run(services, id).await.inspect_err(|error| {
            tracing::error!(task = %id, %error, "a task could not be taken or ended");
        })
    }
    .boxed()
}

async fn try_run(services: &Services, id: ObjectId) -> Result<bool, Error> {
    let started = services.clock.now();
    let Some(task) = services.tasks().take(id, started, started.plus(LEASE)).await? else { return Ok(false) };
    let work = Work::from_value(&task.work);
    let result = match &work {
        None => Err(TaskError::Never("unknown work".to_owned())),
        Some(work) => execute(services, &task, work).await,
    };
    let now = services.clock.now();
    let end = match result {
        Ok(()) => TaskEnd::Done,
        Err(TaskError::Later(error)) if task.attempts < MOST_ATTEMPTS => again(error, task.attempts, now),
        Err(TaskError::Later(error) | TaskError::Never(error)) => TaskEnd::Failed(error),
    };
    // Before the task ends: a task that has failed is not run again.
    if let (TaskEnd::Failed(reason), Some(Work::SendReport { body })) = (&end, &work) {
        report::give_up(services, body, reason).await?;
    }
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

async fn execute(services: &Services, task: &TakenTask, work: &Work) -> Result<(), TaskError> {
    let (writer, files, now) = (services.writer(), services.files()?, services.clock.now());
    match work {
        Work::ImportInline { body } => import::inline(writer, files, body, now).await,
        Work::ImportUploaded { body } => import::uploaded(writer, files, body, now).await,
        Work::SendReport { body } => report::send(services, task, body).await,
        Work::ImportBoot { body } => boot::import(writer, body, now).await,
        // As if it was done when it was accepted: so each attempt stores the same.
        Work::ImportTests { body } => test::finish(services.importer()?, body, task.accepted).await,
        Work::TrackGroup(stored) => test::track_group(services.deleter(), stored, now).await,
        Work::TrackCase(changed) => test::track_case(services.deleter(), changed, now).await,
        Work::ImportBisection { body } => bisect::import(writer, body, now).await,
        Work::ImportCallback { lab, body } => callback::import(services.importer()?, lab, body, task.accepted).await,
        Work::WriteSummary { job } => import::write_summary(*writer, files, *job).await,
    }
}
