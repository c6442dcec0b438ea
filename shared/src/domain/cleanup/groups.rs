//! Deletion of a test group with its cases and subgroups.

use futures_util::{StreamExt, TryStreamExt, stream};

use super::id_in;
use crate::{
    collections::{TEST_CASE, TEST_GROUP},
    domain::regressions::{self, Tracked},
    error::Error,
    query::{Filter, Selection},
    store::Deleter,
    value::{Document, ObjectId, Value},
};

/// The number of cases that are deleted concurrently.
const CONCURRENCY: usize = 8;

/// Deletes a group with its cases and subgroups. The innermost are deleted first and a group after its cases, so an
/// interrupted deletion can be repeated. `false` when the group does not exist.
///
/// # Errors
/// [`Error::Busy`] when the store throttles or does not answer; [`Error::Internal`] when it refuses the request.
pub(super) async fn delete(deleter: Deleter<'_>, id: ObjectId) -> Result<bool, Error> {
    let (mut order, mut open) = (Vec::new(), vec![id]);
    while let Some(next) = open.pop() {
        if order.contains(&next) {
            continue;
        }
        // A deleted subgroup was deleted with its cases and subgroups.
        let Some(group) = deleter.get_now(&TEST_GROUP, next).await? else { continue };
        let inner = group.get("sub_groups").and_then(Value::as_list).unwrap_or_default();
        open.extend(inner.iter().filter_map(Value::as_id));
        order.push(next);
    }
    let mut gone = false;
    for group in order.into_iter().rev() {
        delete_cases(deleter, group).await?;
        gone = deleter.delete(&TEST_GROUP, group).await?;
    }
    Ok(gone)
}

async fn delete_cases(deleter: Deleter<'_>, group: ObjectId) -> Result<(), Error> {
    let filter = Filter::equals("test_group_id", group);
    let fields = vec!["_id".to_owned()];
    let cases = deleter.list(&TEST_CASE, &Selection { filter, fields, ..Selection::default() }).await?;
    let ids: Vec<ObjectId> = cases.iter().filter_map(|case| id_in(case, "_id")).collect();
    for some in ids.chunks(100) {
        let cases = deleter.get_all_now(&TEST_CASE, some).await?;
        let deletions: Vec<_> = cases.iter().map(|case| withdraw_and_delete(deleter, case)).collect();
        stream::iter(deletions).buffer_unordered(CONCURRENCY).try_collect::<Vec<bool>>().await?;
    }
    Ok(())
}

/// Deletes a case whose group does not exist. `false` when the case does not exist.
///
/// # Errors
/// [`Error::Busy`] when the store throttles or does not answer; [`Error::Internal`] when it refuses the request.
pub(super) async fn delete_case(deleter: Deleter<'_>, id: ObjectId) -> Result<bool, Error> {
    match deleter.get_now(&TEST_CASE, id).await? {
        Some(case) => withdraw_and_delete(deleter, &case).await,
        None => Ok(false),
    }
}

/// The regression is deleted first, so an interrupted deletion can be repeated.
async fn withdraw_and_delete(deleter: Deleter<'_>, case: &Document) -> Result<bool, Error> {
    regressions::withdraw(*deleter, Tracked::Cases, case).await?;
    match id_in(case, "_id") {
        Some(id) => Ok(deleter.delete(&TEST_CASE, id).await?),
        None => Ok(false),
    }
}
