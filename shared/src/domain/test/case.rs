//! Single cases: added to a group, and changed.

use serde_json::{Map, Value as Json};

use super::{documents::complete_case, read::GroupReader, track};
use crate::{
    collections::{TEST_CASE, TEST_GROUP, TEST_REGRESSION},
    domain::task::{TrackCase, Work},
    error::Error,
    identifiers::Identifiers,
    pause::Pauses,
    query::shown,
    store::{Identified, Replacement, Tasks, Writer, derived_id},
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

/// The values of `status`.
pub const STATUSES: [&str; 5] = ["ERROR", "FAIL", "PASS", "SKIP", "UNKNOWN"];

/// The keys that change a case.
pub const CHANGED_IN_CASES: [&str; 8] =
    ["created_on", "index", "measurements", "name", "status", "test_group_id", "time", "version"];

/// The most groups around one another.
pub const MAX_DEPTH: u64 = 16;

/// A case that was sent, and can be stored.
#[derive(Debug)]
pub struct NewCase {
    members: Document,
    group: ObjectId,
    /// What was not as it should be in the request.
    pub warnings: Vec<String>,
}

/// What a case is to be changed to.
#[derive(Debug)]
pub struct Changes {
    members: Document,
    /// What was not as it should be in the request.
    pub warnings: Vec<String>,
}

impl NewCase {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(body: Map<String, Json>) -> Result<Self, Error> {
        let mandatory: Vec<&str> = TEST_CASE.mandatory_keys().collect();
        let mut warnings = Vec::new();
        let members = GroupReader::new(&mut warnings).case(body, &mandatory, None)?;
        let group = members.get("test_group_id").and_then(Value::as_id).ok_or(Error::WrongId)?;
        Ok(Self { members, group, warnings })
    }

    /// The id of the group that it is added to.
    pub fn group(&self) -> ObjectId {
        self.group
    }

    /// The name of the case.
    pub fn name(&self) -> &str {
        self.members.get("name").and_then(Value::as_text).unwrap_or_default()
    }
}

impl Changes {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(body: Map<String, Json>) -> Result<Self, Error> {
        let mut warnings = Vec::new();
        let members = GroupReader::new(&mut warnings).case(body, &[], Some(&CHANGED_IN_CASES))?;
        Ok(Self { members, warnings })
    }
}

/// Adds a case to its group, and has its regression found. Gives its id.
///
/// # Errors
/// There is no such group, or the store fails.
pub async fn add_case(
    writer: Writer<'_>,
    tasks: Tasks<'_>,
    identifiers: Identifiers,
    case: &NewCase,
    now: Timestamp,
) -> Result<ObjectId, Error> {
    let id = identifiers.object_id(now)?;
    let mut pauses = Pauses::default();
    loop {
        let group = group(writer, case.group).await?;
        let (path, plan) = path(writer, &group.document).await?;
        let mut members = case.members.clone();
        members.insert("_id", Value::Id(id));
        members.entry("created_on").or_insert(Value::Date(now));
        let ordinal = listed(&group.document).len();
        let document = complete_case(members, &group.document, &path, plan.as_ref(), ordinal);
        let outermost = outermost(writer, &group).await?;
        let mut replacements = vec![
            Replacement { collection: &TEST_CASE, before: None, after: Some(document) },
            relisted(group, |cases| cases.push(Value::Id(id))),
        ];
        touch(&mut replacements, outermost);
        let task = Work::TrackCase(TrackCase { case: id, withdrawn: None }).to_value();
        let task = tasks.prepare(identifiers.object_id(now)?, task, now).await?;
        if writer.replace_with(replacements, task).await? {
            tasks.ring();
            return Ok(id);
        }
        wait(&mut pauses).await?;
    }
}

/// Changes a case and adds the task that finds its regression. `false` when the case does not exist.
///
/// # Errors
/// There is no such group as it is to belong to, or the store fails.
pub async fn change_case(
    writer: Writer<'_>,
    tasks: Tasks<'_>,
    identifiers: Identifiers,
    id: ObjectId,
    changes: &Changes,
    now: Timestamp,
) -> Result<bool, Error> {
    let mut pauses = Pauses::default();
    loop {
        let Some(before) = writer.read_now(&TEST_CASE, id).await? else { return Ok(false) };
        let left = before.document.get("test_group_id").and_then(Value::as_id);
        let mut after = before.document.clone();
        after.extend(changes.members.clone());
        let joined = after.get("test_group_id").and_then(Value::as_id);
        let (mut replacements, mut outermost_groups) = (Vec::new(), Vec::new());
        if let Some(joined) = joined.filter(|joined| Some(*joined) != left) {
            let joined = group(writer, joined).await?;
            outermost_groups.extend(outermost(writer, &joined).await?);
            replacements.push(relisted(joined, |cases| cases.push(Value::Id(id))));
            if let Some(left) = left
                && let Some(left) = writer.read_now(&TEST_GROUP, left).await?
            {
                outermost_groups.extend(outermost(writer, &left).await?);
                replacements.push(relisted(left, |cases| cases.retain(|case| case.as_id() != Some(id))));
            }
        }
        if let (Some(joined), true) = (joined, changes.moves()) {
            let (path, plan) = path(writer, &group(writer, joined).await?.document).await?;
            let name = after.get("name").and_then(Value::as_text).unwrap_or_default();
            after.insert("test_case_path", Value::from(format!("{path}{name}")));
            after.insert("plan", plan.unwrap_or(Value::Null));
        }
        touch(&mut replacements, outermost_groups);
        // The regression that the case was in is found by what it was.
        let is_another = derived_id(&TEST_REGRESSION, &before.document) != derived_id(&TEST_REGRESSION, &after);
        let withdrawn = is_another.then(|| track::of_regression(&before.document));
        replacements.push(Replacement { collection: &TEST_CASE, before: Some(before), after: Some(after) });
        let task = Work::TrackCase(TrackCase { case: id, withdrawn }).to_value();
        let task = tasks.prepare(identifiers.object_id(now)?, task, now).await?;
        if writer.replace_with(replacements, task).await? {
            tasks.ring();
            return Ok(true);
        }
        wait(&mut pauses).await?;
    }
}

impl Changes {
    /// The id of the group that the case is to belong to, where the changes name one.
    pub fn group(&self) -> Option<ObjectId> {
        self.members.get("test_group_id").and_then(Value::as_id)
    }

    /// Whether the case gets another path.
    fn moves(&self) -> bool {
        ["name", "test_group_id"].iter().any(|name| self.members.contains_key(name))
    }
}

async fn group(writer: Writer<'_>, id: ObjectId) -> Result<Identified, Error> {
    let found = writer.read_now(&TEST_GROUP, id).await?;
    found.ok_or_else(|| Error::Missing(format!("Test group '{}' not found", shown(&id.to_string()))))
}

/// The names of a group and those around it, each with a dot behind it, and the name of the outermost one.
async fn path(writer: Writer<'_>, group: &Document) -> Result<(String, Option<Value>), Error> {
    let mut names: Vec<Value> = group.get("name").cloned().into_iter().collect();
    let mut next = group.get("parent_id").and_then(Value::as_id);
    while let Some(id) = next.filter(|_| (names.len() as u64) < MAX_DEPTH) {
        let Some(parent) = writer.get_now(&TEST_GROUP, id).await? else { break };
        names.extend(parent.get("name").cloned());
        next = parent.get("parent_id").and_then(Value::as_id);
    }
    let path = names.iter().rev().filter_map(Value::as_text).map(|name| format!("{name}.")).collect();
    Ok((path, names.last().cloned()))
}

/// The outermost group around a group that is in another one.
async fn outermost(writer: Writer<'_>, group: &Identified) -> Result<Option<Identified>, Error> {
    let mut found: Option<Identified> = None;
    for _ in 0..MAX_DEPTH {
        let document = found.as_ref().map_or(&group.document, |found| &found.document);
        let Some(parent) = document.get("parent_id").and_then(Value::as_id) else { break };
        let Some(parent) = writer.read_now(&TEST_GROUP, parent).await? else { break };
        found = Some(parent);
    }
    Ok(found)
}

/// Writes groups again as they are, unless they are written anyway. An import of an outermost group demands that it is as
/// it was read: so it sees every change of the lists of the groups in it.
fn touch(replacements: &mut Vec<Replacement>, groups: impl IntoIterator<Item = Identified>) {
    for group in groups {
        let id = |replacement: &Replacement| replacement.before.as_ref().map(|before| before.id);
        if !replacements.iter().any(|replacement| id(replacement) == Some(group.id)) {
            replacements.push(relisted(group, |_| {}));
        }
    }
}

fn listed(group: &Document) -> Vec<Value> {
    group.get("test_cases").and_then(Value::as_list).unwrap_or_default().to_vec()
}

/// The group with another list of its cases.
fn relisted(group: Identified, change: impl FnOnce(&mut Vec<Value>)) -> Replacement {
    let mut cases = listed(&group.document);
    change(&mut cases);
    let mut after = group.document.clone();
    after.insert("test_cases", Value::List(cases));
    Replacement { collection: &TEST_GROUP, before: Some(group), after: Some(after) }
}

async fn wait(pauses: &mut Pauses) -> Result<(), Error> {
    match pauses.pause().await {
        true => Ok(()),
        false => Err(Error::Busy("a test group changes again and again".to_owned())),
    }
}
