//! The worker: takes the due tasks, runs each under a lease, and ends it or schedules the next attempt.

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};

use crate::{
    domain::{
        bisect, boot, callback, import, report,
        task::{TaskError, Work},
        test::{self, Importer},
    },
    error::Error,
    services::Services,
    store::{TakenTask, TaskEnd},
    time::Timestamp,
    value::ObjectId,
};

/// The lease of a task, in milliseconds. It is longer than the timeout of every function.
const LEASE: i64 = 15 * 60_000;

/// The maximum number of attempts at a task. With the pauses they span about a day.
const MAX_ATTEMPTS: i64 = 60;

/// The first pause between two attempts, in milliseconds. Each later pause is twice as long, up to [`MAX_PAUSE`].
const FIRST_PAUSE: i64 = 1_000;
const MAX_PAUSE: i64 = 30 * 60_000;

/// The number of tasks that run concurrently, and the number that one query returns.
const CONCURRENCY: usize = 4;
const MAX_DUE_TASKS: usize = 100;

/// The result of a run over the due tasks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DueTasks {
    /// The number of tasks that were taken and ended, or scheduled for another attempt.
    pub run: usize,
    /// The number of tasks that could not be taken or ended. Such a task may stay leased until its lease ends.
    pub left: usize,
}

/// Runs the due tasks and reports how many ran.
///
/// # Errors
/// [`Error::Busy`] when the store throttles or does not answer the query for due tasks; [`Error::Internal`] when it
/// refuses it.
pub fn run_due(services: &Services) -> BoxFuture<'_, Result<DueTasks, Error>> {
    async move {
        let now = services.clock.now();
        let due = services.tasks().due(now, MAX_DUE_TASKS).await?;
        if let Some(oldest) = due.iter().map(|task| task.since).min() {
            let seconds = (now.milliseconds() - oldest.milliseconds()) / 1_000;
            tracing::info!(tasks = due.len(), oldest_seconds = seconds, "tasks are due");
        }
        let runs: Vec<_> = due.into_iter().map(|task| run(services, task.id)).collect();
        let mut ended = stream::iter(runs).buffer_unordered(CONCURRENCY);
        let mut tasks = DueTasks::default();
        while let Some(ended) = ended.next().await {
            tasks.run += usize::from(matches!(ended, Ok(true)));
            tasks.left += usize::from(ended.is_err());
        }
        Ok(tasks)
    }
    .boxed()
}

/// Runs one task, unless another worker has it. Returns whether the task was taken.
///
/// The future is boxed because the future of an import is large and several run concurrently.
///
/// # Errors
/// [`Error::Busy`] or [`Error::Internal`] when the task could not be taken or ended. It becomes due again when its
/// lease ends.
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
        Err(TaskError::Later(error)) if task.attempts < MAX_ATTEMPTS => again(error, task.attempts, now),
        Err(TaskError::Later(error) | TaskError::Never(error)) => TaskEnd::Failed(error),
    };
    // This runs before the task ends, because a failed task is not run again.
    if let (TaskEnd::Failed(reason), Some(Work::SendReport { body })) = (&end, &work) {
        report::give_up(services, body, reason).await?;
    }
    match &end {
        TaskEnd::Done => tracing::info!(task = %id, attempts = task.attempts, "task done"),
        TaskEnd::Failed(error) => tracing::error!(task = %id, attempts = task.attempts, error, "task failed"),
        TaskEnd::Again { error, .. } => tracing::warn!(task = %id, attempts = task.attempts, error, "task postponed"),
    }
    services.tasks().end(&task, end, now).await?;
    Ok(true)
}

fn again(error: String, attempts: i64, now: Timestamp) -> TaskEnd {
    let doubled = u32::try_from((attempts - 1).clamp(0, 16)).unwrap_or(0);
    TaskEnd::Again { due: now.plus((FIRST_PAUSE << doubled).min(MAX_PAUSE)), error }
}

async fn execute(services: &Services, task: &TakenTask, work: &Work) -> Result<(), TaskError> {
    let (writer, files, now) = (services.writer(), services.files()?, services.clock.now());
    match work {
        Work::ImportInline { body } => import::inline(writer, files, body, now).await,
        Work::ImportUploaded { body } => import::uploaded(writer, files, body, now).await,
        Work::SendReport { body } => report::send(services, task, body).await,
        Work::ImportBoot { body } => boot::import(writer, body, now).await,
        // The time is the time of acceptance, so each attempt stores the same documents.
        Work::ImportTests { body } => test::finish(Importer::of(services)?, body, task.accepted).await,
        Work::TrackGroup(stored) => test::track_group(services.deleter(), stored, now).await,
        Work::TrackCase(changed) => test::track_case(services.deleter(), changed, now).await,
        Work::ImportBisection { body } => bisect::import(writer, body, now).await,
        Work::ImportCallback { lab, body } => callback::import(Importer::of(services)?, lab, body, task.accepted).await,
        Work::WriteSummary { job } => import::write_summary(*writer, files, *job).await,
    }
}
