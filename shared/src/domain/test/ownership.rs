//! Whose test results a caller may write: a token that belongs to a lab writes that lab's groups and cases only.

use super::{CaseChanges, Group, NewCase, NewGroup};
use crate::{
    auth::Caller,
    collections::{Collection, TEST_CASE, TEST_GROUP},
    domain::sender,
    error::Error,
    query::shown,
    store::Reader,
    value::{Document, ObjectId, Value},
};

/// The labs whose results a caller writes.
pub struct Ownership<'a> {
    reader: Reader<'a>,
    /// The names of the labs that the caller's token belongs to; `None` where it writes any lab's results.
    labs: Option<Vec<String>>,
}

impl<'a> Ownership<'a> {
    /// Reads which labs the token of the caller belongs to. An administrator's and a superuser's write any lab's results,
    /// and so does one that belongs to no lab.
    ///
    /// # Errors
    /// The store fails.
    pub async fn of(reader: Reader<'a>, caller: &Caller) -> Result<Self, Error> {
        let labs = sender::labs_of(reader, caller).await?.filter(|labs| !labs.is_empty());
        Ok(Self { reader, labs })
    }

    /// Whether the caller may store the group, with all that is in it.
    ///
    /// # Errors
    /// [`Error::NotOfLab`] where one of its groups is another lab's.
    pub fn of_new_group(&self, sent: &NewGroup) -> Result<(), Error> {
        self.of_group(&sent.group)
    }

    fn of_group(&self, group: &Group) -> Result<(), Error> {
        // A group within another has its lab, unless it names one itself.
        if group.members.contains_key(LAB) {
            self.of_document(&group.members)?;
        }
        group.sub_groups.iter().try_for_each(|group| self.of_group(group))
    }

    /// Whether the caller may add the case to its group.
    ///
    /// # Errors
    /// [`Error::NotOfLab`] where the group is another lab's, or the store fails.
    pub async fn of_new_case(&self, case: &NewCase) -> Result<(), Error> {
        self.of_stored(&TEST_GROUP, case.group()).await
    }

    /// Whether the caller may change the case: it, its group and the group that it moves to are of a lab of the caller's.
    ///
    /// # Errors
    /// [`Error::NotOfLab`] where one of them is another lab's, or the store fails.
    pub async fn of_changed_case(&self, id: ObjectId, changes: &CaseChanges) -> Result<(), Error> {
        if self.labs.is_none() {
            return Ok(());
        }
        let Some(case) = self.reader.get_now(&TEST_CASE, id).await? else { return Ok(()) };
        if case.contains_key(LAB) {
            self.of_document(&case)?;
        }
        let group = case.get("test_group_id").and_then(Value::as_id);
        for group in group.into_iter().chain(changes.group()) {
            self.of_stored(&TEST_GROUP, group).await?;
        }
        Ok(())
    }

    /// Whether the caller may change the group of that id.
    ///
    /// # Errors
    /// [`Error::NotOfLab`] where it is another lab's, or the store fails.
    pub async fn of_changed_group(&self, id: ObjectId) -> Result<(), Error> {
        self.of_stored(&TEST_GROUP, id).await
    }

    /// A document that is not there is left to whoever writes it.
    async fn of_stored(&self, collection: &'static Collection, id: ObjectId) -> Result<(), Error> {
        if self.labs.is_none() {
            return Ok(());
        }
        match self.reader.get_now(collection, id).await? {
            Some(document) => self.of_document(&document),
            None => Ok(()),
        }
    }

    fn of_document(&self, document: &Document) -> Result<(), Error> {
        let lab = document.get(LAB).and_then(Value::as_text).unwrap_or_default();
        match &self.labs {
            Some(labs) if !labs.iter().any(|name| name == lab) => Err(Error::NotOfLab(shown(lab))),
            _ => Ok(()),
        }
    }
}

/// The member that names the lab of a group or case.
const LAB: &str = "lab_name";
