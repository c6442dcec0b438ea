//! The worker: takes the tasks that are due, runs each under a lease, and ends it or gives it back.

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

/// How long a task belongs to the one that took it, in milliseconds: longer than any function may run.
const LEASE: i64 = 15 * 60_000;

/// How often a task is tried: with the pauses, for about a day.
const MAX_ATTEMPTS: i64 = 60;

/// The first pause between two attempts, in milliseconds; each later one is twice as long, up to the longest.
const FIRST_PAUSE: i64 = 1_000;
const MAX_PAUSE: i64 = 30 * 60_000;

/// How many tasks run side by side, and how many are looked up at once.
const CONCURRENCY: usize = 4;
const MAX_DUE_TASKS: usize = 100;

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
        Err(TaskError::Later(error)) if task.attempts < MAX_ATTEMPTS => again(error, task.attempts, now),
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
    TaskEnd::Again { due: now.plus((FIRST_PAUSE << doubled).min(MAX_PAUSE)), error }
}

async fn execute(services: &Services, task: &TakenTask, work: &Work) -> Result<(), TaskError> {
    let (writer, files, now) = (services.writer(), services.files()?, services.clock.now());
    match work {
        Work::ImportInline { body } => import::inline(writer, files, body, now).await,
        Work::ImportUploaded { body } => import::uploaded(writer, files, body, now).await,
        Work::SendReport { body } => report::send(services, task, body).await,
        Work::ImportBoot { body } => boot::import(writer, body, now).await,
        // As if it was done when it was accepted: so each attempt stores the same.
        Work::ImportTests { body } => test::finish(Importer::of(services)?, body, task.accepted).await,
        Work::TrackGroup(stored) => test::track_group(services.deleter(), stored, now).await,
        Work::TrackCase(changed) => test::track_case(services.deleter(), changed, now).await,
        Work::ImportBisection { body } => bisect::import(writer, body, now).await,
        Work::ImportCallback { lab, body } => callback::import(Importer::of(services)?, lab, body, task.accepted).await,
        Work::WriteSummary { job } => import::write_summary(*writer, files, *job).await,
    }
}
