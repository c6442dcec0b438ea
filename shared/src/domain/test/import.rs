//! Storing a group with all that is in it: all of it can be seen, or none of it.

use std::collections::HashSet;

use bytes::Bytes;
use serde_json::{Map, Value as Json};

use super::{
    Group, MOST_DOCUMENTS, TrackGroup,
    documents::{Documents, Given, documents, identified},
    read::Reading,
};
use crate::{
    collections::{Collection, TEST_CASE, TEST_GROUP},
    domain::{
        regressions::{self, Tracked},
        revision::{self, Parents},
        task::{TaskError, Work},
    },
    error::Error,
    identifiers::Identifiers,
    pause::Pauses,
    storage::{FileStorage, StoragePath},
    store::{Deleter, Identified, Import, TaskEnd, Tasks, derived_id},
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

/// How long a large import is left to the request that it came with, in milliseconds: longer than any request lasts.
const OWN_LEASE: i64 = 5 * 60_000;

/// A group that was sent, and can be stored.
#[derive(Debug)]
pub struct NewGroup {
    group: Group,
    /// The request, as a task keeps it.
    body: String,
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
        let text = Json::Object(body.clone()).to_string();
        let group = Reading::new(&mut warnings).group(body, &mandatory)?;
        if group.documents() > MOST_DOCUMENTS {
            return Err(Error::Invalid(format!("The group has more than {MOST_DOCUMENTS} groups and cases in it")));
        }
        Ok(Self { group, body: text, warnings })
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

impl Importer<'_> {
    /// Stores a group that was sent. What is too much for one transaction is a task before it is begun, so that it is
    /// ended by the worker where this process dies meanwhile.
    ///
    /// # Errors
    /// Something in it cannot be stored, or the store fails.
    pub async fn store(&self, sent: NewGroup, now: Timestamp) -> Result<StoredGroup, Error> {
        let NewGroup { mut group, body, mut warnings } = sent;
        let name = text(&group.members, "name").to_owned();
        self.write_log(&mut group).await?;
        let task = if group.documents() <= Import::MOST_AT_ONCE {
            None
        } else {
            let work = Work::ImportTests { body }.to_value();
            Some(self.tasks.add_taken(self.identifiers.object_id(now)?, work, now, now.plus(OWN_LEASE)).await?)
        };
        let stored = self.import(&group, now, &mut warnings).await;
        // What is only busy is left to the worker; what is refused leaves nothing to be done.
        let is_over = !matches!(stored, Err(Error::Busy(_) | Error::Internal(_)));
        if let Some(task) = task.filter(|_| is_over) {
            self.tasks.end(&task, TaskEnd::Done, now).await?;
        }
        Ok(StoredGroup { id: stored?, name, warnings })
    }

    /// Keeps the log of a group as a file, where it has one.
    async fn write_log(&self, group: &mut Group) -> Result<(), Error> {
        let Some(Value::Text(log)) = group.members.remove("log") else { return Ok(()) };
        let name = format!("{}-{}.txt", text(&group.members, "name"), text(&group.members, "device_type"));
        let path = log_path(&group.members, &name)?;
        self.files.write(&path, Bytes::from(log)).await?;
        group.members.insert("boot_log".to_owned(), Value::from(name));
        Ok(())
    }

    /// Stores a group, in the place of what was stored of it before, and has its regressions found.
    ///
    /// # Errors
    /// The store fails.
    pub async fn import(&self, group: &Group, now: Timestamp, warnings: &mut Vec<String>) -> Result<ObjectId, Error> {
        let identity = identified(group);
        let derived = derived_id(&TEST_GROUP, &identity)
            .ok_or_else(|| Error::Invalid("The group lacks what identifies it".to_owned()))?;
        let parents = revision::parents(**self.documents, &identity).await?;
        warn_of_others(&group.members, &parents, warnings);
        let mut pauses = Pauses::default();
        loop {
            let before = self.documents.identified(&TEST_GROUP, derived).await?;
            let id = before.as_ref().map_or(derived, |before| before.id);
            let created = before.as_ref().and_then(|before| before.document.get("created_on")?.as_date());
            let asked = group.members.get("created_on").and_then(Value::as_date);
            let created_on = asked.or(created).unwrap_or(now);
            let documents = documents(group, &Given { id, created_on, parents: &parents });
            if self.replace(before, documents, now).await? {
                self.tasks.ring();
                return Ok(id);
            }
            if !pauses.pause().await {
                return Err(Error::Busy("the test group changes again and again".to_owned()));
            }
        }
    }

    /// `false` where another import of the group was faster.
    async fn replace(&self, before: Option<Identified>, documents: Documents, now: Timestamp) -> Result<bool, Error> {
        let Documents { groups, cases } = documents;
        let mut groups = groups.into_iter();
        let Some(root) = groups.next() else { return Ok(true) };
        let id = id_of(&root).unwrap_or_else(|| ObjectId::derived("", []));
        let again = before.is_some();
        let others: Vec<_> =
            cases.into_iter().map(|case| (&TEST_CASE, case)).chain(groups.map(|group| (&TEST_GROUP, group))).collect();
        let gone = match &before {
            Some(before) => self.gone(&before.document, &others).await?,
            None => Vec::new(),
        };
        let track = Work::TrackGroup(TrackGroup { group: id, again, gone: gone.clone() });
        let task = self.tasks.prepare(self.identifiers.object_id(now)?, track.to_value(), now).await?;
        Ok(self.documents.import(Import { collection: &TEST_GROUP, before, root, others, gone, task }).await?)
    }

    /// The cases and groups that were stored in a group and are not among those that take its place. The cases leave
    /// the regressions that they are in.
    async fn gone(
        &self,
        before: &Document,
        others: &[(&'static Collection, Document)],
    ) -> Result<Vec<(&'static Collection, ObjectId)>, Error> {
        let kept: HashSet<ObjectId> = others.iter().filter_map(|(_, document)| id_of(document)).collect();
        let (mut gone, mut open) = (Vec::new(), vec![before.clone()]);
        while let Some(group) = open.pop() {
            let cases: Vec<ObjectId> = ids(&group, "test_cases").filter(|id| !kept.contains(id)).collect();
            for case in self.documents.get_all_now(&TEST_CASE, &cases).await? {
                regressions::withdraw(self.documents, Tracked::Cases, &case).await?;
            }
            gone.extend(cases.into_iter().map(|id| (&TEST_CASE, id)));
            let groups: Vec<ObjectId> = ids(&group, "sub_groups").collect();
            open.extend(self.documents.get_all_now(&TEST_GROUP, &groups).await?);
            gone.extend(groups.into_iter().filter(|id| !kept.contains(id)).map(|id| (&TEST_GROUP, id)));
        }
        Ok(gone)
    }
}

/// Ends an import whose process died.
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

/// A job and a build follow from the revision; what the sender says of them is held against that.
fn warn_of_others(members: &Document, parents: &Parents, warnings: &mut Vec<String>) {
    let build = parents.build.as_ref().and_then(id_of);
    for (name, found) in [("job_id", parents.job_id), ("build_id", build)] {
        let given = members.get(name).and_then(Value::as_id);
        if given.is_some() && given != found {
            let what = found.map_or_else(|| "there is none".to_owned(), |id| format!("it is '{id}'"));
            warnings.push(format!("'{name}' is not that of the revision and configuration: {what}"));
        }
    }
}

/// Where the log of a group is kept: beside the files of its build, by lab.
fn log_path(group: &Document, name: &str) -> Result<StoragePath, Error> {
    let defconfig = group.get("defconfig_full").or_else(|| group.get("defconfig")).and_then(Value::as_text);
    let [job, branch, kernel, arch, environment, lab] =
        ["job", "git_branch", "kernel", "arch", "build_environment", "lab_name"].map(|name| text(group, name));
    let of_revision = [job, branch, kernel, arch, defconfig.unwrap_or_default(), environment].join("/");
    let folder = group.get("file_server_resource").and_then(Value::as_text).unwrap_or(&of_revision);
    Ok(StoragePath::parse(&[folder, lab, name].join("/"))?)
}

fn text<'a>(document: &'a Document, name: &str) -> &'a str {
    document.get(name).and_then(Value::as_text).unwrap_or_default()
}

fn id_of(document: &Document) -> Option<ObjectId> {
    document.get("_id").and_then(Value::as_id)
}

fn ids<'a>(group: &'a Document, name: &str) -> impl Iterator<Item = ObjectId> + use<'a> {
    group.get(name).and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_id)
}
