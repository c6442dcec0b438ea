//! Lists, groups, distinct values and counts: a selection's plan, read, then brought into the answer's order and cut.

use std::collections::{HashMap, HashSet};

use super::{
    Store, StoreError,
    get::SIDE_BY_SIDE,
    keys::{ID, narrow_members},
    packing::{CHUNKS, PACKED},
    query::Reading,
    unpacking::{self, Opened},
};
use crate::{
    collections::{Collection, Projection},
    query::{Group, Plan, QueryPlan, Selection, arrange, distinct, group, matches, plan, project},
    value::{Document, ObjectId, Value},
};
use futures_util::{StreamExt, TryStreamExt, stream};

/// The most members that a projection names.
const MOST_MEMBERS: usize = 100;

/// The documents of one answer.
pub type Page = Vec<Document>;

impl Store {
    /// The documents that `selection` answers, each with the members that it wants to see.
    ///
    /// # Errors
    /// The store fails, or more would have to be read than the budget allows.
    pub async fn list(&self, collection: &'static Collection, selection: &Selection) -> Result<Page, StoreError> {
        let output = (!selection.fields.is_empty()).then_some(selection.fields.as_slice());
        let rows = self.rows(collection, selection, &[], output).await?;
        let most = if selection.limit == 0 { usize::MAX } else { selection.limit };
        let page = rows.into_iter().skip(selection.skip).take(most).collect();
        let documents = self.complete(collection, page, output).await?;
        Ok(documents.into_iter().map(|document| project(selection, document)).collect())
    }

    /// The groups that `selection` answers.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub async fn groups(
        &self,
        collection: &'static Collection,
        selection: &Selection,
    ) -> Result<Vec<Group>, StoreError> {
        // The first document of a group may be anywhere, so there is no number of documents that would do.
        let everything = Selection { limit: 0, skip: 0, ..selection.clone() };
        let rows = self.rows(collection, &everything, &selection.aggregate, None).await?;
        let groups = group(selection, rows.iter().map(|row| row.document().clone()));
        let id = |document: &Document| document.get(ID).and_then(Value::as_id);
        let wanted: HashSet<ObjectId> = groups.iter().filter_map(|group| id(&group.first)).collect();
        let firsts = rows.into_iter().filter(|row| id(row.document()).is_some_and(|id| wanted.contains(&id))).collect();
        let firsts = self.complete(collection, firsts, None).await?;
        let mut by_id: HashMap<ObjectId, Document> =
            firsts.into_iter().filter_map(|document| Some((id(&document)?, document))).collect();
        // A document that was deleted meanwhile takes its group along.
        let whole = |group: Group| Some(Group { first: by_id.remove(&id(&group.first)?)?, ..group });
        Ok(groups.into_iter().filter_map(whole).collect())
    }

    /// The values of one member of the documents that `selection` selects, each once.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub async fn distinct(
        &self,
        collection: &'static Collection,
        selection: &Selection,
        member: &str,
    ) -> Result<Vec<Value>, StoreError> {
        if let Some(values) = self.kept_values(collection, &selection.filter, member).await? {
            return Ok(distinct(selection, member, &values));
        }
        let everything = Selection { filter: selection.filter.clone(), ..Selection::default() };
        let only = [member.to_owned()];
        let rows = self.rows(collection, &everything, &only, Some(&only)).await?;
        Ok(distinct(selection, member, rows.iter().map(Row::document)))
    }

    /// The number of documents that `selection` selects.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub async fn count(&self, collection: &'static Collection, selection: &Selection) -> Result<usize, StoreError> {
        match plan(collection, selection) {
            Plan::Nothing => Ok(0),
            Plan::Query(plan) => {
                if let Some(count) = self.total(collection, &selection.filter).await? {
                    return Ok(count);
                }
                let reading = Reading { collection, plan: &plan, needed: None, members: None, count_only: true };
                Ok(self.read(&reading).await?.count)
            }
            Plan::Get { .. } => Ok(self.rows(collection, selection, &[], None).await?.len()),
        }
    }

    /// The selected documents, sorted; no fewer than the selection needs, and where the index's order is not the
    /// answer's, all of them. `by` are members that the rows must have beside those sorted by; `output` are those that
    /// the answer shows, `None` for all.
    async fn rows(
        &self,
        collection: &'static Collection,
        selection: &Selection,
        by: &[String],
        output: Option<&[String]>,
    ) -> Result<Vec<Row>, StoreError> {
        let plan = match plan(collection, selection) {
            Plan::Nothing => return Ok(Vec::new()),
            Plan::Get { ids, residual } => {
                let mut found = self.get_all(collection, &ids).await?;
                found.retain(|document| matches(&residual, document));
                arrange(selection, &mut found);
                return Ok(found.into_iter().map(Row::whole).collect());
            }
            Plan::Query(plan) => plan,
        };
        let sorted_by: Vec<String> =
            selection.sort.iter().map(|key| key.member.clone()).chain(by.iter().cloned()).collect();
        let narrow = plan.index.projection == Projection::Narrow;
        // What narrow indexes carry is also what is never packed.
        let sorts_by_carried = carries(collection, &sorted_by);
        let sorts_by_what_is_missing = narrow && !sorts_by_carried;
        let members = members(collection, &plan, &sorted_by, output, sorts_by_what_is_missing);
        let reading = Reading { collection, plan: &plan, needed: selection.needed(), members, count_only: false };
        let items = self.read(&reading).await?.items;
        let mut rows: Vec<Row> = items.into_iter().map(|opened| Row { opened, whole: !narrow }).collect();
        if !sorts_by_carried && rows.iter().any(|row| !row.whole || row.opened.packed.is_some()) {
            rows = self.complete(collection, rows, None).await?.into_iter().map(Row::whole).collect();
        }
        rows.sort_by(|a, b| crate::query::compare_documents(selection, a.document(), b.document()));
        Ok(rows)
    }

    /// Rows as documents with all members that the answer shows, in the same order.
    async fn complete(
        &self,
        collection: &'static Collection,
        rows: Vec<Row>,
        output: Option<&[String]>,
    ) -> Result<Vec<Document>, StoreError> {
        if rows.iter().all(|row| row.whole) {
            let documents: Vec<_> = rows.into_iter().map(|row| unpacking::complete(self, row.opened)).collect();
            return stream::iter(documents).buffered(SIDE_BY_SIDE).try_collect().await;
        }
        if output.is_some_and(|members| carries(collection, members)) {
            return Ok(rows.into_iter().map(|row| row.opened.document).collect());
        }
        let ids: Vec<ObjectId> = rows.iter().filter_map(|row| row.document().get(ID).and_then(Value::as_id)).collect();
        self.get_all(collection, &ids).await
    }
}

/// A document as an index gave it.
struct Row {
    opened: Opened,
    /// Whether the index carries every member.
    whole: bool,
}

impl Row {
    fn whole(document: Document) -> Self {
        Self { opened: Opened { document, packed: None, import: None }, whole: true }
    }

    fn document(&self) -> &Document {
        &self.opened.document
    }
}

/// Whether narrow indexes of the collection carry all these members.
fn carries(collection: &Collection, members: &[String]) -> bool {
    members.iter().all(|member| member == ID || narrow_members(collection).any(|carried| carried == member))
}

/// The members to ask of the index: what the answer shows and what it is sorted by. `None` for all that it carries.
fn members(
    collection: &Collection,
    plan: &QueryPlan,
    sorted_by: &[String],
    output: Option<&[String]>,
    completed: bool,
) -> Option<Vec<String>> {
    let narrow = plan.index.projection == Projection::Narrow;
    let nothing = Vec::new();
    let output = match output {
        // What is completed by id later needs no more than its id and what it is sorted by.
        _ if completed => &nothing,
        Some(output) if !narrow || carries(collection, output) => output,
        _ if narrow => &nothing,
        _ => return None,
    };
    // A name with dots is a name first, and then a path.
    let root = |path: &String| [path.clone(), path.split('.').next().unwrap_or_default().to_owned()];
    let always = [ID, "created_on"].into_iter().chain((!narrow).then_some([PACKED, CHUNKS]).into_iter().flatten());
    let asked = output.iter().chain(sorted_by.iter().filter(|_| !completed)).flat_map(root);
    let mut members: Vec<String> = always.map(str::to_owned).chain(asked.filter(|name| !name.is_empty())).collect();
    members.sort_unstable();
    members.dedup();
    // More than an expression holds: then all of them.
    (members.len() <= MOST_MEMBERS).then_some(members)
}
