//! Cleanup: deleting what is too old, in bounded steps. A run that is broken off anywhere is made good by the next.
//!
//! Whatever has dependants goes after them, so what a run leaves half-deleted is found again by its age. What came while
//! its parent went names a parent that is gone, and goes when it has the age itself.

mod groups;
mod rule;

use std::collections::HashSet;

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};

use self::rule::Dependant;
pub use self::rule::{AGING, Aging, Rule};
use super::{boot, build, job};
use crate::{
    collections::{Collection, IMPORTED, TEST_CASE, TEST_GROUP},
    error::Error,
    query::{Condition, Created, Filter, Selection},
    services::Services,
    store::Deleter,
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

/// The most documents of its own collection that a run of a rule deletes: with all that depends on them, what a function
/// does within its quarter of an hour.
pub const MAX_COUNT: usize = 500;

/// How many documents are deleted side by side.
const CONCURRENCY: usize = 4;

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// How many documents it deleted, not counting those that went with others.
    pub deleted: usize,
    /// Whether there is more to delete.
    pub more: bool,
}

/// Deletes what a rule says is too old, the oldest first, up to [`MAX_COUNT`] documents and what depends on them.
///
/// The future is boxed: that of a deletion is large, and several run side by side.
///
/// # Errors
/// The store fails, or a document could not be deleted; the others are, and the next run goes on.
pub fn run(services: &Services, rule: Rule, now: Timestamp) -> BoxFuture<'_, Result<Cleaned, Error>> {
    run_rule(services, rule, now).boxed()
}

async fn run_rule(services: &Services, rule: Rule, now: Timestamp) -> Result<Cleaned, Error> {
    let Some(limit) = rule.limit(now) else { return Ok(Cleaned::default()) };
    let collection = rule.of.collection();
    let deleter = services.deleter();
    let found = deleter.list(collection, &old(rule.of, limit)).await?;
    let deletions: Vec<_> = found.iter().map(|document| delete(services, rule.of, document, now).boxed()).collect();
    let mut cleaned = tally(deletions).await?;
    cleaned.more = found.len() == MAX_COUNT;
    if !cleaned.more {
        for dependant in rule.of.dependants() {
            cleaned.deleted += delete_orphans(deleter, dependant, limit).await?;
        }
        if rule.of == Aging::TestGroups {
            for of in IMPORTED {
                cleaned.deleted += deleter.remove_abandoned(&TEST_GROUP, of, limit).await?;
            }
        }
    }
    if cleaned.deleted > 0 {
        tracing::info!(rule = collection.name, deleted = cleaned.deleted, more = cleaned.more, "old documents deleted");
    }
    Ok(cleaned)
}

/// Waits for deletions. Those that fail keep no others from being done.
async fn tally(deletions: Vec<impl Future<Output = Result<bool, Error>>>) -> Result<Cleaned, Error> {
    let mut done = stream::iter(deletions).buffer_unordered(CONCURRENCY);
    let (mut cleaned, mut failure) = (Cleaned::default(), None);
    while let Some(result) = done.next().await {
        match result {
            Ok(gone) => cleaned.deleted += usize::from(gone),
            Err(error) => {
                tracing::error!(%error, "an old document could not be deleted");
                failure = Some(error);
            }
        }
    }
    failure.map_or(Ok(cleaned), Err)
}

/// What is older than the limit, the oldest first.
fn old(of: Aging, limit: Timestamp) -> Selection {
    let created_before = Filter { created: Created::Within { from: None, below: Some(limit) }, ..Filter::default() };
    let filter = match of {
        Aging::Tokens => {
            let below = Some(Value::Date(limit));
            let expired = Condition::Range { member: "expires_on", from: None, below };
            Filter { conditions: vec![expired], ..Filter::default() }
        }
        // A group within another goes with that one.
        Aging::TestGroups => {
            let outermost = Condition::OneOf { member: "parent_id", lists: false, values: Vec::new(), null: true };
            Filter { conditions: vec![outermost], ..created_before }
        }
        _ => created_before,
    };
    // Boots are needed whole, to leave the regressions that they are in.
    let fields = if of == Aging::Boots { Vec::new() } else { vec!["_id".to_owned()] };
    Selection { filter, limit: MAX_COUNT, fields, ..Selection::default() }
}

async fn delete(services: &Services, of: Aging, document: &Document, now: Timestamp) -> Result<bool, Error> {
    let Some(id) = id_in(document, "_id") else { return Ok(false) };
    let deleter = services.deleter();
    match of {
        Aging::Jobs => job::delete(deleter, id).await,
        Aging::Builds => build::delete(deleter, id, now).await,
        Aging::Boots => boot::remove(deleter, document, id).await,
        Aging::TestGroups => groups::delete(deleter, id).await,
        Aging::TestRegressions | Aging::Reports | Aging::Statistics => Ok(deleter.delete(of.collection(), id).await?),
        // What the value allows goes with the document.
        Aging::Tokens => Ok(services.accounts().delete(id).await?),
    }
}

/// Deletes old documents whose parent is gone, and says how many. Those whose parent is there are few: it is as old as
/// they are, and would have gone with them.
async fn delete_orphans(deleter: Deleter<'_>, dependant: &Dependant, limit: Timestamp) -> Result<usize, Error> {
    let (collection, member, parents) = *dependant;
    let filter = Filter { created: Created::Within { from: None, below: Some(limit) }, ..Filter::default() };
    let fields = vec!["_id".to_owned(), member.to_owned()];
    let mut selection = Selection { filter, limit: MAX_COUNT, fields, ..Selection::default() };
    let mut deleted = 0;
    loop {
        let found = deleter.list(collection, &selection).await?;
        let named: HashSet<ObjectId> = found.iter().filter_map(|document| id_in(document, member)).collect();
        let named: Vec<ObjectId> = named.into_iter().collect();
        let there = deleter.get_all_now(parents, &named).await?;
        let there: HashSet<ObjectId> = there.iter().filter_map(|parent| id_in(parent, "_id")).collect();
        let is_orphan = |document: &&Document| id_in(document, member).is_some_and(|parent| !there.contains(&parent));
        let orphans: Vec<ObjectId> = found.iter().filter(is_orphan).filter_map(|orphan| id_in(orphan, "_id")).collect();
        selection.skip += found.len() - orphans.len();
        deleted += tally(orphans.into_iter().map(|id| delete_orphan(deleter, collection, id)).collect()).await?.deleted;
        if found.len() < MAX_COUNT || deleted >= MAX_COUNT {
            return Ok(deleted);
        }
    }
}

async fn delete_orphan(deleter: Deleter<'_>, collection: &'static Collection, id: ObjectId) -> Result<bool, Error> {
    if *collection == TEST_GROUP {
        return groups::delete(deleter, id).await;
    }
    if *collection == TEST_CASE {
        return groups::delete_case(deleter, id).await;
    }
    Ok(deleter.delete(collection, id).await?)
}

fn id_in(document: &Document, member: &str) -> Option<ObjectId> {
    document.get(member).and_then(Value::as_id)
}
