//! How far the boot came, as LAVA's own steps tell it.
//!
//! The case `login` is about the kernel. It fails where the kernel ran and did not come to its prompt. Where the kernel
//! was never started, because of the bootloader, the lab or somebody who canceled the job, nothing is known of the
//! kernel, and no regression may be made of it: the status is `UNKNOWN`, and the description says what happened.

use super::results::{Status, Suite, TestResult};

/// The steps that wait for the kernel's prompt, in the words of LAVA. The first two are the same step in jobs of
/// different form; after them the last one makes sure that there is a shell.
pub(super) const LOGIN_STEPS: [&str; 3] = ["auto-login-action", "login-action", "expect-shell-connection"];

/// The steps that end before the kernel starts. Other steps of the bootloader hold these and the login.
const BOOTLOADER_STEPS: [&str; 3] = ["bootloader-interrupt", "bootloader-commands", "bootloader-overlay"];

/// The classes of errors that are no fault of what is tested.
const ERRORS_OF_THE_LAB: [&str; 5] = ["Infrastructure", "Bug", "LAVABug", "Configuration", "MultinodeTimeout"];

const NO_KERNEL: &str = "The bootloader did not start the kernel";
const NO_LOGIN: &str = "The kernel did not reach the login prompt";
const LAB_FAILED: &str = "The lab failed";

/// The result of LAVA's own suite that is about the whole job.
const WHOLE_JOB: &str = "job";

/// The status of a LAVA job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum JobStatus {
    Complete,
    Incomplete,
    Canceled,
    /// It has not ended, or LAVA did not say.
    #[default]
    Unknown,
}

impl JobStatus {
    /// By LAVA's number.
    pub(super) const fn of_number(number: i64) -> Self {
        match number {
            2 => Self::Complete,
            3 => Self::Incomplete,
            4 | 5 => Self::Canceled,
            _ => Self::Unknown,
        }
    }

    /// By LAVA's word.
    pub(super) fn of_word(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "complete" => Self::Complete,
            "incomplete" => Self::Incomplete,
            "canceled" | "canceling" => Self::Canceled,
            _ => Self::Unknown,
        }
    }
}

/// What became of the boot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Boot {
    /// The status of the case `login`.
    pub(super) login: Status,
    /// What went wrong in the job, in one sentence.
    pub(super) description: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Bootloader,
    Login,
}

/// Finds out how far the boot came. `tests_ran`: some test told a result, and so there was a shell.
pub(super) fn boot(lava: Option<&Suite>, job: JobStatus, tests_ran: bool, comment: Option<&str>) -> Boot {
    let steps = lava.map_or(&[][..], |suite| &suite.results);
    let whole = steps.iter().rfind(|step| step.name == WHOLE_JOB);
    let error = whole.and_then(|whole| whole.error.as_deref());
    let of_lab = whole
        .and_then(|whole| whole.error_type.as_deref())
        .is_some_and(|class| ERRORS_OF_THE_LAB.iter().any(|of_lab| class.starts_with(of_lab)));
    let of_job = || of_job(job, error, of_lab, comment);
    // A boot may be tried again, so the last word counts.
    let login = steps.iter().rfind(|step| phase_of(&step.name) == Some(Phase::Login));
    let (login, description) = match login {
        // The connection to the device may be lost while the kernel boots, which says nothing about the kernel.
        Some(step) if step.status == Status::Fail && of_lab => {
            (Status::Unknown, Some(sentence(LAB_FAILED, reason(step, error))))
        }
        Some(step) if step.status == Status::Fail => (Status::Fail, Some(sentence(NO_LOGIN, reason(step, error)))),
        Some(step) if step.status == Status::Pass => (Status::Pass, of_job()),
        _ if tests_ran => (Status::Pass, of_job()),
        _ => match before_login(steps, error) {
            Some((Phase::Bootloader, why)) => (Status::Unknown, Some(sentence(NO_KERNEL, why))),
            Some((Phase::Login, why)) => (Status::Fail, Some(sentence(NO_LOGIN, why))),
            None => (Status::Unknown, of_job()),
        },
    };
    Boot { login, description }
}

/// Where a boot ended that has no result of a login, and why.
fn before_login<'a>(steps: &'a [TestResult], error: Option<&'a str>) -> Option<(Phase, Option<&'a str>)> {
    let is_failure =
        |step: &&TestResult| step.status == Status::Fail && phase_of(&step.name) == Some(Phase::Bootloader);
    if let Some(step) = steps.iter().rfind(is_failure) {
        return Some((Phase::Bootloader, reason(step, error)));
    }
    // A step that was broken off has no result of its own, but the error of the job begins with its name.
    let phase = phase_of(error?.split([' ', ':']).next()?)?;
    Some((phase, error))
}

fn phase_of(step: &str) -> Option<Phase> {
    if LOGIN_STEPS.contains(&step) {
        Some(Phase::Login)
    } else if BOOTLOADER_STEPS.contains(&step) {
        Some(Phase::Bootloader)
    } else {
        None
    }
}

/// What a step says of its failure, or else what the job says.
fn reason<'a>(step: &'a TestResult, error: Option<&'a str>) -> Option<&'a str> {
    step.error.as_deref().or(error)
}

/// What the job as a whole says, where the boot has nothing to say.
fn of_job(job: JobStatus, error: Option<&str>, of_lab: bool, comment: Option<&str>) -> Option<String> {
    match (job, error) {
        (JobStatus::Canceled, _) => Some(sentence("The job was canceled", error.or(comment))),
        (_, Some(_)) if of_lab => Some(sentence(LAB_FAILED, error)),
        (_, Some(error)) => Some(error.to_owned()),
        (JobStatus::Incomplete, None) => Some(sentence("The job did not complete", comment)),
        (JobStatus::Complete | JobStatus::Unknown, None) => comment.map(str::to_owned),
    }
}

fn sentence(what: &str, why: Option<&str>) -> String {
    why.map_or_else(|| what.to_owned(), |why| format!("{what}: {why}"))
}
