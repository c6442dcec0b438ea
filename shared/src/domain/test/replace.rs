//! The ways in which a group comes to be stored in the place of what was stored of it.

use std::collections::{HashMap, HashSet};

use super::{
    Group, Importer,
    documents::{Documents, Given, documents, identified},
    import::DurableIntent,
    track,
};
use crate::{
    collections::{Collection, TEST_CASE, TEST_GROUP},
    domain::{
        revision::{self, Parents},
        task::{TrackGroup, Work},
    },
    error::Error,
    pause::Pauses,
    store::{Identified, Import, ImportStrategy, Imported, Removal, derived_id},
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

/// The member of a case that names its regression.
const REGRESSION: &str = "regression_id";

/// What is in a group.
type Other = (&'static Collection, Document);

/// The ways in which a group can be stored, in the order in which they are tried. Nobody sees a part of it in any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ReplaceStrategy {
    /// In one transaction. What is in the group keeps its id for as long as it keeps its name and place.
    OneTransaction,
    /// Only what differs from what an import in steps has stored, in one transaction: mostly nothing does, where results
    /// are sent again.
    Difference,
    /// In steps, under ids that nothing else has.
    Staged,
}

/// What is stored in a group that another one takes the place of.
#[derive(Debug, Default)]
struct Before {
    /// The cases and groups that are not in the new one.
    gone: Vec<Removal>,
    /// The cases among them that may be in a regression, as far as a regression is found by them.
    withdrawn: Vec<Document>,
    /// All cases.
    listed: HashSet<ObjectId>,
}

/// When a group was accepted.
#[derive(Debug, Clone, Copy)]
struct Accepted {
    /// The time that is stored with it: later than that of any group that it takes the place of.
    at: Timestamp,
    /// The time of the request or the task.
    now: Timestamp,
}

impl ReplaceStrategy {
    fn next(self) -> Self {
        match self {
            Self::OneTransaction => Self::Difference,
            Self::Difference | Self::Staged => Self::Staged,
        }
    }
}

impl Importer<'_> {
    /// Stores a group in the first way in which it can be; the promise is made before the first step of the last one.
    pub(super) async fn import_durably(
        &self,
        group: &Group,
        now: Timestamp,
        warnings: &mut Vec<String>,
        promise: &mut DurableIntent,
    ) -> Result<ObjectId, Error> {
        let identity = identified(group);
        let derived = derived_id(&TEST_GROUP, &identity)
            .ok_or_else(|| Error::Invalid("The group lacks what identifies it".to_owned()))?;
        let parents = revision::parents(**self.documents, &identity).await?;
        warn_of_others(&group.members, &parents, warnings);
        let mut replace_strategy = if group.documents() <= self.documents.documents_of_a_transaction() {
            ReplaceStrategy::OneTransaction
        } else {
            ReplaceStrategy::Difference
        };
        let mut pauses = Pauses::default();
        loop {
            if replace_strategy != ReplaceStrategy::OneTransaction {
                self.make(promise, now).await?;
            }
            let before = self.documents.identified(&TEST_GROUP, derived).await?;
            let stored = before.as_ref().and_then(Identified::accepted);
            let accepted = match (&promise, stored) {
                // The group of a task that waited was replaced by a request that was accepted later.
                (DurableIntent::Task, Some(stored)) if stored > now => {
                    tracing::info!(group = %derived, "a test group is not imported: a later one is stored");
                    return Ok(before.map_or(derived, |before| before.id));
                }
                (DurableIntent::Task, _) | (_, None) => now,
                (DurableIntent::Request { .. }, Some(stored)) => now.max(stored.plus(1)),
            };
            let id = before.as_ref().map_or(derived, |before| before.id);
            let created = before.as_ref().and_then(|before| before.document.get("created_on")?.as_date());
            let asked = group.members.get("created_on").and_then(Value::as_date);
            let created_on = asked.or(created);
            let mut given = Given { id, created_on: created_on.unwrap_or(now), parents: &parents, import: None };
            if replace_strategy == ReplaceStrategy::Staged {
                let import = named(group, id, before.as_ref());
                given.import = Some(import);
                let begun = self.documents.begin_import(&TEST_GROUP, import, now).await?;
                given.created_on = created_on.unwrap_or(begun);
            } else if replace_strategy == ReplaceStrategy::Difference {
                given.import = before.as_ref().and_then(Identified::import);
            }
            match self.replace(group, before, given, replace_strategy, Accepted { at: accepted, now }).await? {
                Imported::Done => {
                    self.tasks.ring();
                    return Ok(id);
                }
                Imported::TooMuch => replace_strategy = replace_strategy.next(),
                Imported::Changed => {
                    if !pauses.pause().await {
                        return Err(Error::Busy("the test group changes again and again".to_owned()));
                    }
                }
            }
        }
    }

    /// Tries to store a group in one way.
    async fn replace(
        &self,
        group: &Group,
        before: Option<Identified>,
        given: Given<'_>,
        replace_strategy: ReplaceStrategy,
        accepted: Accepted,
    ) -> Result<Imported, Error> {
        if replace_strategy == ReplaceStrategy::Difference && given.import.is_none() {
            return Ok(Imported::TooMuch);
        }
        let Documents { groups, cases } = documents(group, &given);
        let mut groups = groups.into_iter();
        let Some(root) = groups.next() else { return Ok(Imported::Done) };
        let mut others: Vec<Other> =
            cases.into_iter().map(|case| (&TEST_CASE, case)).chain(groups.map(|group| (&TEST_GROUP, group))).collect();
        let Before { gone, mut withdrawn, listed } = match &before {
            Some(before) => self.listed_before(before, &others).await?,
            None => Before::default(),
        };
        if replace_strategy == ReplaceStrategy::Difference {
            others = self.changed(others).await?;
            if let Some(before) = before.as_ref().filter(|before| before.document == root)
                && others.is_empty()
                && gone.is_empty()
            {
                let is_noted = self.documents.accept(&TEST_GROUP, before, accepted.at).await?;
                return Ok(if is_noted { Imported::Done } else { Imported::Changed });
            }
            if others.len() > self.documents.documents_of_a_transaction() {
                return Ok(Imported::TooMuch);
            }
        }
        let strategy = match (replace_strategy, given.import) {
            (ReplaceStrategy::Staged, Some(import)) => ImportStrategy::Staged(import),
            (_, import) => ImportStrategy::OneTransaction { import },
        };
        // A case that keeps its id may be in a regression for what it was.
        let kept =
            others.iter().filter(|(of, case)| *of == &TEST_CASE && id_of(case).is_some_and(|id| listed.contains(&id)));
        withdrawn.extend(kept.map(|(_, case)| track::of_regression(case)));
        // One transaction deletes what is gone with its other changes; of an import in steps it is left to the task.
        let left = if replace_strategy == ReplaceStrategy::Staged { gone.clone() } else { Vec::new() };
        let again = before.is_some();
        let track = TrackGroup { group: given.id, again, gone: left, withdrawn };
        let work = Work::TrackGroup(track.clone()).to_value();
        let task = self.tasks.prepare(self.identifiers.object_id(accepted.now)?, work, accepted.now).await?;
        let import =
            Import { collection: &TEST_GROUP, before, root, others, gone, accepted: accepted.at, task, strategy };
        let imported = self.documents.import(import).await?;
        if imported == Imported::Done
            && !track.gone.is_empty()
            && let Err(error) = track::remove(self.documents, &track, accepted.now).await
        {
            tracing::warn!(%error, "what a test group replaced is left to its task");
        }
        Ok(imported)
    }

    /// Those that are not stored as they are to be, whatever regressions they belong to.
    async fn changed(&self, wanted: Vec<Other>) -> Result<Vec<Other>, Error> {
        let mut stored: HashMap<ObjectId, Document> = HashMap::new();
        for collection in [&TEST_CASE, &TEST_GROUP] {
            let of_collection = wanted.iter().filter(|(of, _)| *of == collection);
            let ids: Vec<ObjectId> = of_collection.filter_map(|(_, document)| id_of(document)).collect();
            let found = self.documents.get_all_now(collection, &ids).await?;
            stored.extend(found.into_iter().filter_map(|document| Some((id_of(&document)?, document))));
        }
        let is_stored = |document: &Document| {
            let mut found = id_of(document).and_then(|id| stored.get(&id).cloned()).unwrap_or_default();
            found.extend(document.get(REGRESSION).map(|regression| (REGRESSION.to_owned(), regression.clone())));
            found == *document
        };
        Ok(wanted.into_iter().filter(|(_, document)| !is_stored(document)).collect())
    }

    /// What is stored in a group, held against what takes its place.
    async fn listed_before(&self, before: &Identified, others: &[Other]) -> Result<Before, Error> {
        let kept: HashSet<ObjectId> = others.iter().filter_map(|(_, document)| id_of(document)).collect();
        let Before { mut gone, mut withdrawn, mut listed } = Before::default();
        let mut open = vec![(before.id, before.document.clone())];
        while let Some((owner, group)) = open.pop() {
            let removal = |collection, id| Removal { collection, id, owner: Some(owner) };
            listed.extend(ids(&group, "test_cases"));
            let cases: Vec<ObjectId> = ids(&group, "test_cases").filter(|id| !kept.contains(id)).collect();
            let stored = self.documents.get_all_now(&TEST_CASE, &cases).await?;
            withdrawn.extend(stored.iter().filter(|case| track::may_be_in_regression(case)).map(track::of_regression));
            gone.extend(cases.into_iter().map(|id| removal(&TEST_CASE, id)));
            let groups: Vec<ObjectId> = ids(&group, "sub_groups").collect();
            let stored = self.documents.get_all_now(&TEST_GROUP, &groups).await?;
            open.extend(stored.into_iter().filter_map(|group| Some((id_of(&group)?, group))));
            gone.extend(groups.into_iter().filter(|id| !kept.contains(id)).map(|id| removal(&TEST_GROUP, id)));
        }
        Ok(Before { gone, withdrawn, listed })
    }
}

/// The name of an import in steps: the same for each attempt at it, and another one once the group has changed.
fn named(group: &Group, id: ObjectId, before: Option<&Identified>) -> ObjectId {
    let (id, version) = (id.to_string(), before.map_or(0, Identified::version).to_string());
    ObjectId::derived("import", [id.as_str(), version.as_str(), &group.to_text()])
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

fn id_of(document: &Document) -> Option<ObjectId> {
    document.get("_id").and_then(Value::as_id)
}

fn ids<'a>(group: &'a Document, name: &str) -> impl Iterator<Item = ObjectId> + use<'a> {
    group.get(name).and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_id)
}
