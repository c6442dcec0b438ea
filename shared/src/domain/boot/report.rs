//! Import of boot reports: validation in the request, storage after the answer.

use serde_json::{Map, Value as Json};

use crate::{
    auth::Caller,
    collections::BOOT,
    domain::{
        keys,
        regressions::{self, Tracked},
        revision::{self, Parents},
        sender,
        task::{TaskError, Work},
    },
    error::Error,
    identifiers::Identifiers,
    pause::Pauses,
    query::shown,
    store::{Reader, Replacement, Tasks, Writer, derived_id},
    time::Timestamp,
    value::{Document, ObjectId, Value, members_from_json},
};

/// The values of `status`.
pub const STATUSES: [&str; 4] = ["FAIL", "OFFLINE", "PASS", "UNTRIED"];

/// The key with the result of the boot; `status` is accepted too.
pub const RESULT: &str = "boot_result";

/// Keys of a report and the members that they are stored as. A later key wins over an earlier one of the same member.
const STORED_AS: [(&str, &str); 5] = [
    (RESULT, "status"),
    ("boot_retries", "retries"),
    ("boot_warnings", "warnings"),
    ("loadaddr", "load_addr"),
    ("mach_alias", "mach"),
];

/// Keys of a report that are not stored under their names.
const NOT_STORED: [&str; 3] = ["_id", "boot_time", "email"];

/// The minimum values of some keys.
const FROM_ZERO: [&str; 4] = ["boot_retries", "boot_warnings", "boot_time", "kernel_image_size"];

/// A valid boot report.
#[derive(Debug)]
pub struct Report {
    members: Map<String, Json>,
    lab: String,
    replaces: Option<ObjectId>,
    warnings: Vec<String>,
}

impl Report {
    /// Parses the body of a request.
    ///
    /// # Errors
    /// [`Error::InvalidJson`] with all faults; [`Error::WrongId`] when `_id` is not an id.
    pub fn read(body: Map<String, Json>) -> Result<Self, Error> {
        let mandatory: Vec<&str> = BOOT.mandatory_keys().collect();
        let keys::Checked { members, warnings } = keys::check(&BOOT, body, &mandatory)?;
        for name in [RESULT, "status"] {
            if let Some(asked) = keys::text(&members, name).filter(|asked| !STATUSES.contains(asked)) {
                let values = STATUSES.join(", ");
                let why = format!("Key '{name}' holds '{}', not one of: {values}", shown(asked));
                return Err(Error::InvalidJson(vec![why]));
            }
        }
        for name in FROM_ZERO {
            if members.get(name).and_then(Json::as_f64).is_some_and(|number| number < 0.0) {
                return Err(Error::InvalidJson(vec![format!("Key '{name}' holds a number below 0")]));
            }
        }
        let replaces = keys::text(&members, "_id").map(|id| id.parse().map_err(|_| Error::WrongId)).transpose()?;
        let lab = keys::text(&members, "lab_name").unwrap_or_default().to_owned();
        let report = Self { members, lab, replaces, warnings };
        report.document()?;
        Ok(report)
    }

    /// The report in its stored form.
    fn document(&self) -> Result<Document, Error> {
        let mut members = self.members.clone();
        for (key, member) in STORED_AS {
            if let Some(value) = members.remove(key) {
                members.insert(member.to_owned(), value);
            }
        }
        let seconds = members.get("boot_time").and_then(Json::as_f64).unwrap_or(0.0);
        members.retain(|name, _| !NOT_STORED.contains(&name.as_str()));
        if !members.contains_key("defconfig_full") {
            let defconfig = members.get("defconfig").cloned().unwrap_or(Json::Null);
            members.insert("defconfig_full".to_owned(), defconfig);
        }
        // The report gives no result: the board was not tried.
        members.entry("status").or_insert_with(|| "UNTRIED".into());
        let mut document = members_from_json(members).map_err(|error| Error::InvalidJson(vec![error.to_string()]))?;
        document.insert("time", Value::Date(revision::duration(seconds)));
        document.entry("retries").or_insert(Value::Integer(0));
        Ok(document)
    }
}

/// Stores the task that imports a report. When it returns, the report is durable. Returns the warnings.
///
/// # Errors
/// [`Error::NotOfLab`] when the caller may not send results of that lab, [`Error::Conflict`] or [`Error::NotFound`] when
/// `_id` is not a report of the same boot. [`Error::Busy`] when the store throttles or does not answer;
/// [`Error::Internal`] when it refuses the request.
pub async fn submit(
    reader: Reader<'_>,
    tasks: Tasks<'_>,
    identifiers: Identifiers,
    caller: &Caller,
    report: Report,
    now: Timestamp,
) -> Result<Vec<String>, Error> {
    let sender = sender::sender(reader, caller, &report.lab).await?;
    if let Some(id) = report.replaces {
        let found = reader.get_now(&BOOT, id).await?.ok_or_else(|| Error::NotFound(id.to_string()))?;
        if derived_id(&BOOT, &found) != derived_id(&BOOT, &report.document()?) {
            return Err(Error::Conflict(format!("The report '{id}' is about another boot")));
        }
    }
    let work = Work::ImportBoot { body: Json::Object(report.members).to_string() };
    tasks.add(identifiers.object_id(now)?, work.to_value(), now).await?;
    Ok(report.warnings.into_iter().chain(sender.warning(&report.lab)).collect())
}

/// Stores an accepted report and its regression.
///
/// # Errors
/// [`TaskError::Never`] when the stored body is not a report, [`TaskError::Later`] when the store fails.
pub(crate) async fn import(writer: Writer<'_>, body: &str, now: Timestamp) -> Result<(), TaskError> {
    let members = serde_json::from_str(body).map_err(|error| TaskError::Never(error.to_string()))?;
    let mut boot = Report::read(members)?.document()?;
    let derived =
        derived_id(&BOOT, &boot).ok_or_else(|| TaskError::Never("the boot lacks what identifies it".into()))?;
    let Parents { job_id, build } = revision::parents(*writer, &boot).await?;
    boot.insert("job_id", job_id.into());
    boot.insert("build_id", build.as_ref().and_then(|build| build.get("_id")?.as_id()).into());
    for name in FROM_BUILD {
        if let Some(value) = build.as_ref().and_then(|build| build.get(name)).filter(|value| **value != Value::Null) {
            boot.entry(name.to_owned()).or_insert_with(|| value.clone());
        }
    }
    let mut pauses = Pauses::default();
    let is_new = loop {
        let before = writer.identified(&BOOT, derived).await.map_err(Error::from)?;
        let created_on = before.as_ref().and_then(|before| before.document.get("created_on")).cloned();
        boot.insert("created_on", created_on.unwrap_or(Value::Date(now)));
        boot.insert("_id", Value::Id(before.as_ref().map_or(derived, |before| before.id)));
        let is_new = before.is_none();
        let replacement = Replacement { collection: &BOOT, before, after: Some(boot.clone()) };
        if writer.replace([replacement]).await.map_err(Error::from)? {
            break is_new;
        }
        if !pauses.pause().await {
            return Err(TaskError::Later("the boot report changes again and again".to_owned()));
        }
    };
    Ok(regressions::follow(writer, Tracked::Boots, boot, is_new, now).await?)
}

/// The members that a report lacks and its build has.
const FROM_BUILD: [&str; 9] = [
    "git_commit",
    "git_describe",
    "git_url",
    "compiler",
    "compiler_version",
    "compiler_version_ext",
    "kernel_image",
    "kernel_image_size",
    "file_server_resource",
];
