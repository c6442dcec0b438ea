//! Lists, groups, distinct values and counts: a selection's plan, read, then brought into the answer's order and cut.

use std::collections::HashMap;

use super::{
    Store, StoreError,
    collect::{Best, Collector, First, Firsts, Keep, Row, Shape},
    get::{CONCURRENCY, MAX_GET_KEYS},
    keys::{ID, narrow_members},
    memory::Holding,
    packing::{CHUNKS, PACKED},
    query::Reading,
    stream::DocumentStream,
    unpacking,
};
use crate::{
    collections::{Collection, Projection},
    query::{DistinctValues, Filter, Group, Plan, QueryPlan, Selection, distinct, matches, plan, project},
    value::{Document, ObjectId, Value},
};
use futures_util::{StreamExt, TryStreamExt, stream};

/// The most members that a projection names.
const MAX_MEMBERS: usize = 100;

/// The documents of one answer.
pub type DocumentPage = Vec<Document>;

/// A list, in memory or to be read while it is sent.
pub enum Listed {
    /// Its documents.
    Documents(Vec<ListedDocument>),
    /// What reads it.
    Stream(DocumentStream),
}

/// A document of a list: itself, or its JSON text where nothing else of it has to be known.
#[derive(Debug, Clone, PartialEq)]
pub enum ListedDocument {
    /// The document.
    Document(Document),
    /// Its text.
    Text(Box<[u8]>),
}

impl Store {
    /// The documents that `selection` answers, each with the members that it wants to see.
    ///
    /// # Errors
    /// The store fails, more would have to be read than the budget allows, or the answer would hold more than it may.
    pub async fn list(
        &self,
        collection: &'static Collection,
        selection: &Selection,
    ) -> Result<DocumentPage, StoreError> {
        let output = (!selection.fields.is_empty()).then_some(selection.fields.as_slice());
        let plan = plan(collection, selection);
        let limit = (selection.limit > 0).then_some(selection.limit);
        // Where documents come in order, those that are left out are only counted.
        let (skipped, most) = match &plan {
            Plan::Query(plan) if plan.is_one_stream() => (selection.skip, limit),
            _ => (0, selection.needed()),
        };
        let mut best = Best::new(selection, most);
        let scope =
            ReadScope { plan: &plan, selection, needed: selection.needed(), skipped, keeps_all: limit.is_none() };
        let holding = self.collect(collection, &scope, &[], output, &mut best).await?;
        let rows = best.into_rows(&holding).into_iter().skip(selection.skip - skipped);
        let documents = self.complete(collection, rows.collect(), output, &holding).await?;
        let documents: DocumentPage = documents.into_iter().map(|document| project(selection, document)).collect();
        keep(holding, documents.iter())?;
        Ok(documents)
    }

    /// As [`Store::list`], with the texts of whole documents in their places where the engine has these sooner.
    pub(super) async fn list_for_writing(
        &self,
        collection: &'static Collection,
        selection: &Selection,
    ) -> Result<Vec<ListedDocument>, StoreError> {
        let plan = match plan(collection, selection) {
            Plan::Query(plan) if is_read_as_texts(&plan, selection) => plan,
            _ => {
                return Ok(self.list(collection, selection).await?.into_iter().map(ListedDocument::Document).collect());
            }
        };
        let mut rows = Vec::new();
        let collector = Collector::new(self, collection, Shape { is_whole: true, completes: false }, &mut rows);
        let (needed, skipped) = (selection.needed(), selection.skip);
        let reading = Reading { needed, skipped, texts: true, ..Reading::of(collection, &plan) };
        self.read(&reading, Some(&collector)).await?;
        let holding = collector.into_holding();
        rows.truncate(selection.limit);
        let documents = self.complete_for_writing(collection, rows, &holding).await?;
        let size = |listed: &ListedDocument| size_of::<ListedDocument>() + listed.heap_size();
        holding.set(documents.iter().map(size).sum())?;
        holding.leave();
        Ok(documents)
    }

    /// Rows of an index that carries every member, as they are written.
    pub(super) async fn complete_for_writing(
        &self,
        collection: &'static Collection,
        rows: Vec<Row>,
        holding: &Holding,
    ) -> Result<Vec<ListedDocument>, StoreError> {
        let mut listed = Vec::with_capacity(rows.len());
        for mut row in rows {
            match row.opened.text.take() {
                Some(text) => listed.push(ListedDocument::Text(text)),
                None => {
                    let documents = self.complete(collection, vec![row], None, holding).await?;
                    listed.extend(documents.into_iter().map(ListedDocument::Document));
                }
            }
        }
        Ok(listed)
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
        let plan = plan(collection, &Selection { limit: 0, skip: 0, ..selection.clone() });
        let mut firsts = Firsts::new(selection);
        let scope = ReadScope { plan: &plan, selection, needed: None, skipped: 0, keeps_all: false };
        let holding = self.collect(collection, &scope, &selection.aggregate, None, &mut firsts).await?;
        let id = |document: &Document| document.get(ID).and_then(Value::as_id);
        let (keys, rows): (Vec<_>, Vec<_>) = firsts
            .into_groups(&holding)
            .into_iter()
            .map(|First { key, row, .. }| ((key, id(row.document())), row))
            .unzip();
        let documents = self.complete(collection, rows, None, &holding).await?;
        keep(holding, keys.iter().map(|(key, _)| key).chain(&documents))?;
        let mut by_id: HashMap<ObjectId, Document> =
            documents.into_iter().filter_map(|document| Some((id(&document)?, document))).collect();
        // A document that was deleted meanwhile takes its group along.
        let whole = |(key, id): (Document, Option<ObjectId>)| Some(Group { key, first: by_id.remove(&id?)? });
        Ok(keys.into_iter().filter_map(whole).collect())
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
        let (values, holding) = match self.kept_values(collection, &selection.filter, member).await? {
            Some(values) => (distinct(selection, member, &values), self.holding()),
            None => {
                let everything = Selection { filter: selection.filter.clone(), ..Selection::default() };
                let plan = plan(collection, &everything);
                let only = [member.to_owned()];
                let mut values = DistinctValues::of(member);
                let scope =
                    ReadScope { plan: &plan, selection: &everything, needed: None, skipped: 0, keeps_all: false };
                let holding = self.collect(collection, &scope, &only, Some(&only), &mut values).await?;
                (values.into_values(selection), holding)
            }
        };
        holding.set(values.iter().map(|value| size_of::<Value>() + value.heap_size()).sum())?;
        holding.leave();
        Ok(values)
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
                self.read(&Reading::of(collection, &plan), None).await
            }
            Plan::Get { ids, residual } => self.read_ids(collection, &ids, &residual, None).await,
        }
    }

    /// Gives what is read to `kept`, and returns the memory that this takes. `by` are members that rows must have beside
    /// those sorted by; `output` are those that the answer shows, `None` for all.
    async fn collect(
        &self,
        collection: &'static Collection,
        scope: &ReadScope<'_>,
        by: &[String],
        output: Option<&[String]>,
        kept: &mut dyn Keep,
    ) -> Result<Holding, StoreError> {
        let shape = Shape { is_whole: true, completes: false };
        match scope.plan {
            Plan::Nothing => Ok(self.holding()),
            Plan::Get { ids, residual } => {
                let collector = Collector::new(self, collection, shape, kept);
                self.read_ids(collection, ids, residual, Some(&collector)).await?;
                Ok(collector.into_holding())
            }
            Plan::Query(plan) => {
                let sort = scope.selection.sort.iter().map(|key| key.member.clone());
                let sorted_by: Vec<String> = sort.chain(by.iter().cloned()).collect();
                let is_whole = plan.index.projection != Projection::Narrow;
                // What narrow indexes carry is also what is never packed.
                let completes = !carries(collection, &sorted_by);
                let collector = Collector::new(self, collection, Shape { is_whole, completes }, kept);
                let members = members(collection, plan, &sorted_by, output, completes && !is_whole);
                let ReadScope { needed, skipped, keeps_all, .. } = *scope;
                let reading = Reading { collection, plan, needed, skipped, members, texts: false, keeps_all };
                self.read(&reading, Some(&collector)).await?;
                Ok(collector.into_holding())
            }
        }
    }

    /// Gives the documents of these ids that match to `collector`, and returns how many there are.
    async fn read_ids(
        &self,
        collection: &'static Collection,
        ids: &[ObjectId],
        residual: &Filter,
        collector: Option<&Collector<'_>>,
    ) -> Result<usize, StoreError> {
        let some = |ids: &[ObjectId]| {
            let ids = ids.to_vec();
            async move {
                let holding = self.holding();
                let mut found = self.get_all_within(collection, &ids, &holding).await?;
                found.retain(|document| matches(residual, document));
                drop(holding);
                let count = found.len();
                if let Some(collector) = collector {
                    collector.take(found.into_iter().map(|document| Row::whole(document).opened).collect()).await?;
                }
                Ok::<_, StoreError>(count)
            }
        };
        let some: Vec<_> = ids.chunks(MAX_GET_KEYS).map(some).collect();
        stream::iter(some).buffered(CONCURRENCY).try_fold(0, |sum, count| async move { Ok(sum + count) }).await
    }

    /// Rows as documents with all members that the answer shows, in the same order. `holding` counts the rows, and then the
    /// documents.
    pub(super) async fn complete(
        &self,
        collection: &'static Collection,
        rows: Vec<Row>,
        output: Option<&[String]>,
        holding: &Holding,
    ) -> Result<Vec<Document>, StoreError> {
        if rows.iter().all(|row| row.is_whole) {
            let whole = |row: Row| async move {
                if row.opened.packed.is_none() {
                    return Ok(row.opened.document);
                }
                let document = unpacking::complete(self, row.opened, Some(holding)).await?;
                holding.grow(document.heap_size().saturating_sub(row.bytes))?;
                Ok(document)
            };
            let documents: Vec<_> = rows.into_iter().map(whole).collect();
            return stream::iter(documents).buffered(CONCURRENCY).try_collect().await;
        }
        if output.is_some_and(|members| carries(collection, members)) {
            return Ok(rows.into_iter().map(|row| row.opened.document).collect());
        }
        let ids: Vec<ObjectId> = rows.iter().filter_map(|row| row.document().get(ID).and_then(Value::as_id)).collect();
        holding.shrink(rows.into_iter().map(|row| row.bytes).sum());
        self.get_all_within(collection, &ids, holding).await
    }
}

/// Whether the texts of whole documents will do for a list: they come in order, one after another, and nothing is left out
/// of them.
fn is_read_as_texts(plan: &QueryPlan, selection: &Selection) -> bool {
    selection.limit > 0 && plan.is_one_stream() && shows_whole_documents(plan, selection)
}

/// Whether an answer shows documents as the index has them.
pub(super) fn shows_whole_documents(plan: &QueryPlan, selection: &Selection) -> bool {
    plan.index.projection == Projection::All && selection.fields.is_empty() && selection.without.is_empty()
}

impl ListedDocument {
    fn heap_size(&self) -> usize {
        match self {
            Self::Document(document) => document.heap_size(),
            Self::Text(text) => text.len(),
        }
    }
}

/// How the documents of a selection are read.
struct ReadScope<'a> {
    plan: &'a Plan,
    selection: &'a Selection,
    /// The number of documents, in order, that hold the answer.
    needed: Option<usize>,
    /// How many of them, at the start, are only counted.
    skipped: usize,
    /// Whether every document that is found is kept.
    keeps_all: bool,
}

/// Leaves the memory of these documents with the answer.
fn keep<'a>(holding: Holding, documents: impl Iterator<Item = &'a Document>) -> Result<(), StoreError> {
    holding.set(documents.map(|document| size_of::<Document>() + document.heap_size()).sum())?;
    holding.leave();
    Ok(())
}

/// Whether narrow indexes of the collection carry all these members.
fn carries(collection: &Collection, members: &[String]) -> bool {
    members.iter().all(|member| member == ID || narrow_members(collection).any(|carried| carried == member))
}

/// The members to ask of the index: what the answer shows and what it is sorted by. `None` for all that it carries.
pub(super) fn members(
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
    (members.len() <= MAX_MEMBERS).then_some(members)
}
