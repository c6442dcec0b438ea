//! Changing a group.

use serde_json::{Map, Value as Json};

use super::read::{GroupReader, is_group_name};
use crate::{
    collections::TEST_GROUP,
    error::Error,
    pause::Pauses,
    store::{Replacement, Writer},
    value::{Document, ObjectId},
};

/// The keys that change a group.
pub const CHANGED_IN_GROUPS: [&str; 14] = [
    "arch",
    "board_instance",
    "build_environment",
    "build_id",
    "created_on",
    "defconfig",
    "defconfig_full",
    "git_branch",
    "index",
    "job",
    "job_id",
    "kernel",
    "name",
    "version",
];

/// What a group is to be changed to.
#[derive(Debug)]
pub struct Changes {
    members: Document,
    /// What was not as it should be in the request.
    pub warnings: Vec<String>,
}

impl Changes {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(body: Map<String, Json>) -> Result<Self, Error> {
        let mut warnings = Vec::new();
        let (_, members) = GroupReader::new(&mut warnings).members(&TEST_GROUP, body, &[], Some(&CHANGED_IN_GROUPS))?;
        if members.get("name").is_some_and(|name| !name.as_text().is_some_and(is_group_name)) {
            return Err(Error::Invalid("Test group name not valid".to_owned()));
        }
        Ok(Self { members, warnings })
    }
}

/// Changes a group; its cases keep what they took from it. `false` where there is no such group.
///
/// # Errors
/// The store fails.
pub async fn change_group(writer: Writer<'_>, id: ObjectId, changes: &Changes) -> Result<bool, Error> {
    let mut pauses = Pauses::default();
    loop {
        let Some(before) = writer.read_now(&TEST_GROUP, id).await? else { return Ok(false) };
        let mut after = before.document.clone();
        after.extend(changes.members.clone());
        let replacement = Replacement { collection: &TEST_GROUP, before: Some(before), after: Some(after) };
        if writer.replace([replacement]).await? {
            return Ok(true);
        }
        if !pauses.pause().await {
            return Err(Error::Busy("the test group changes again and again".to_owned()));
        }
    }
}
