//! Taking a group with all that is in it: all of it can be seen, or none of it.

use bytes::Bytes;
use serde_json::{Map, Value as Json};

use super::{Group, MAX_DOCUMENTS, read::GroupReader};
use crate::{
    collections::TEST_GROUP,
    domain::task::{TaskError, Work},
    error::Error,
    identifiers::Identifiers,
    services::Services,
    storage::{FileStorage, Member, StoragePath},
    store::{Deleter, TakenTask, TaskEnd, Tasks},
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

/// How long a large import is left to the request that it came with, in milliseconds: longer than any request lasts.
const OWN_LEASE: i64 = 5 * 60_000;

/// A group that was sent, and can be stored.
#[derive(Debug)]
pub struct NewGroup {
    pub(super) group: Group,
    /// The request, for the task of an import that takes several transactions.
    body: Map<String, Json>,
    /// What was not as it should be in the request.
    pub warnings: Vec<String>,
}

/// A group that was stored.
#[derive(Debug)]
pub struct StoredGroup {
    /// Its id.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
    /// What was not as it should be in the request.
    pub warnings: Vec<String>,
}

impl NewGroup {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(body: Map<String, Json>) -> Result<Self, Error> {
        let mandatory: Vec<&str> = TEST_GROUP.mandatory_keys().collect();
        let mut warnings = Vec::new();
        let group = GroupReader::new(&mut warnings).group(body.clone(), &mandatory)?;
        if group.documents() > MAX_DOCUMENTS {
            return Err(Error::Invalid(format!("The group has more than {MAX_DOCUMENTS} groups and cases in it")));
        }
        Ok(Self { group, body, warnings })
    }
}

/// What storing test results needs.
#[derive(Clone, Copy)]
pub struct Importer<'a> {
    /// The documents.
    pub documents: Deleter<'a>,
    /// The tasks.
    pub tasks: Tasks<'a>,
    /// The files.
    pub files: &'a dyn FileStorage,
    /// New ids.
    pub identifiers: Identifiers,
}

/// Sees to it that an import in steps is ended, whatever becomes of this process.
pub(super) enum DurableIntent {
    /// The task that is being done is done again.
    Task,
    /// A request's: what it sent becomes a task before the first step.
    Request { body: Map<String, Json>, task: Option<TakenTask> },
}

impl<'a> Importer<'a> {
    /// What the process offers for it.
    ///
    /// # Errors
    /// [`Error::Internal`]: the process was started without file storage.
    pub fn of(services: &'a Services) -> Result<Self, Error> {
        Ok(Self {
            documents: services.deleter(),
            tasks: services.tasks(),
            files: services.files()?,
            identifiers: services.identifiers,
        })
    }

    /// Stores a group that was sent. What is stored in steps is a task before the first one, so that it is ended by the
    /// worker where this process dies meanwhile.
    ///
    /// # Errors
    /// Something in it cannot be stored, or the store fails.
    pub async fn store(&self, sent: NewGroup, now: Timestamp) -> Result<StoredGroup, Error> {
        let NewGroup { mut group, body, mut warnings } = sent;
        let name = text(&group.members, "name").to_owned();
        self.write_log(&mut group).await?;
        let mut promise = DurableIntent::Request { body, task: None };
        let stored = self.import_durably(&group, now, &mut warnings, &mut promise).await;
        // What is only busy is left to the worker; what is refused leaves nothing to be done.
        let is_over = !matches!(stored, Err(Error::Busy(_) | Error::Internal(_)));
        if let DurableIntent::Request { task: Some(task), .. } = promise
            && is_over
        {
            self.tasks.end(&task, TaskEnd::Done, now).await?;
        }
        Ok(StoredGroup { id: stored?, name, warnings })
    }

    /// Makes the promise, where it is not made yet.
    pub(super) async fn make(&self, promise: &mut DurableIntent, now: Timestamp) -> Result<(), Error> {
        if let DurableIntent::Request { body, task: task @ None } = promise {
            let work = Work::ImportTests { body: Json::Object(std::mem::take(body)).to_string() }.to_value();
            let until = now.plus(OWN_LEASE);
            *task = Some(self.tasks.add_taken(self.identifiers.object_id(now)?, work, now, until).await?);
        }
        Ok(())
    }

    /// Keeps the log of a group as a file, where it has one.
    async fn write_log(&self, group: &mut Group) -> Result<(), Error> {
        let Some(Value::Text(log)) = group.members.remove("log") else { return Ok(()) };
        let name = format!("{}-{}.txt", text(&group.members, "name"), text(&group.members, "device_type"));
        let path = log_path(&group.members, &name)?;
        self.files.write(&path, Bytes::from(log.into_string())).await?;
        group.members.insert("boot_log", Value::from(name));
        Ok(())
    }

    /// Stores a group, in the place of what was stored of it before, and has its regressions found. `now` is the same in
    /// every attempt, and whoever calls makes another one where this one fails.
    ///
    /// # Errors
    /// The store fails.
    pub async fn import(&self, group: &Group, now: Timestamp, warnings: &mut Vec<String>) -> Result<ObjectId, Error> {
        self.import_durably(group, now, warnings, &mut DurableIntent::Task).await
    }
}

/// Ends an import whose process died. `now` is when it was accepted.
///
/// # Errors
/// Something fails that may work later.
pub(crate) async fn finish(importer: Importer<'_>, body: &str, now: Timestamp) -> Result<(), TaskError> {
    let body = serde_json::from_str(body).map_err(|error| TaskError::Never(error.to_string()))?;
    let mut sent = NewGroup::read(body)?;
    importer.write_log(&mut sent.group).await?;
    importer.import(&sent.group, now, &mut sent.warnings).await?;
    Ok(())
}

/// Where the log of a group is kept: beside the files of its build, by lab.
fn log_path(group: &Document, name: &str) -> Result<StoragePath, Error> {
    let defconfig = group.get("defconfig_full").or_else(|| group.get("defconfig")).and_then(Value::as_text);
    let [job, branch, kernel, arch, environment, lab] =
        ["job", "git_branch", "kernel", "arch", "build_environment", "lab_name"].map(|name| text(group, name));
    let of_revision = [
        Member::Name(job),
        Member::Folders(branch),
        Member::Name(kernel),
        Member::Folders(arch),
        Member::Folders(defconfig.unwrap_or_default()),
        Member::Folders(environment),
    ];
    let of_build = group.get("file_server_resource").and_then(Value::as_text).map(Member::Folders);
    let folder = of_build.as_ref().map_or(&of_revision[..], std::slice::from_ref);
    Ok(StoragePath::of_members(folder.iter().copied().chain([Member::Name(lab), Member::Name(name)]))?)
}

fn text<'a>(document: &'a Document, name: &str) -> &'a str {
    document.get(name).and_then(Value::as_text).unwrap_or_default()
}
