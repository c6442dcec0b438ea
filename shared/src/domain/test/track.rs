//! What is done after the answer about test results: documents that a group replaced are deleted, and regressions are
//! found.

use std::collections::HashSet;

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{
    collections::{TEST_CASE, TEST_GROUP, TEST_REGRESSION},
    domain::{
        regressions::{self, Tracked},
        task::{TaskError, TrackCase, TrackGroup},
    },
    error::Error,
    pause::Pauses,
    store::{Deleter, Removal, Writer},
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

/// How many cases are judged side by side. Those of one trail are not among them: a group has a path once.
const CONCURRENCY: usize = 8;

/// Whether a case may be in a regression.
pub(super) fn may_be_in_regression(case: &Document) -> bool {
    case.get("status").and_then(Value::as_text) == Some("FAIL") || case.get("regression_id").is_some_and(is_id)
}

fn is_id(value: &Value) -> bool {
    value.as_id().is_some()
}

/// The members of a case by which its regression is found.
pub(super) fn of_regression(case: &Document) -> Document {
    let members = TEST_REGRESSION.identity.iter().copied().chain(["_id", "kernel"]);
    members.filter_map(|name| Some((name.to_owned(), case.get(name)?.clone()))).collect()
}

/// Does what is to be done about a group that was stored.
///
/// # Errors
/// Something fails that may work later.
pub(crate) async fn track_group(deleter: Deleter<'_>, stored: &TrackGroup, now: Timestamp) -> Result<(), TaskError> {
    remove(deleter, stored, now).await?;
    let mut judged_cases = HashSet::new();
    let mut open = vec![stored.group];
    while let Some(id) = open.pop() {
        // What is gone since has no regressions.
        let Some(group) = deleter.get_now(&TEST_GROUP, id).await.map_err(Error::from)? else { continue };
        open.extend(ids(&group, "sub_groups"));
        let cases = deleter.get_all_now(&TEST_CASE, &ids(&group, "test_cases")).await.map_err(Error::from)?;
        judged_cases.extend(cases.iter().filter_map(|case| case.get("_id").and_then(Value::as_id)));
        let judged =
            cases.into_iter().map(|case| regressions::follow(*deleter, Tracked::Cases, case, !stored.again, now));
        let judged: Vec<_> = judged.collect();
        stream::iter(judged).buffer_unordered(CONCURRENCY).try_collect::<Vec<()>>().await?;
    }
    let is_judged =
        |case: &&Document| case.get("_id").and_then(Value::as_id).is_some_and(|id| judged_cases.contains(&id));
    for case in stored.withdrawn.iter().filter(|case| !is_judged(case)) {
        withdraw(*deleter, case, now).await?;
    }
    Ok(())
}

/// Deletes what a group replaced, and takes the cases that it deletes out of their regressions. What the group, or a group in
/// it, lists when it is deleted was stored by a later request, and stays.
///
/// # Errors
/// The store fails, or the group changes again and again. It can be done again.
pub(super) async fn remove(deleter: Deleter<'_>, stored: &TrackGroup, now: Timestamp) -> Result<(), Error> {
    let mut withdrawn = Vec::new();
    let mut pauses = Pauses::default();
    while !stored.gone.is_empty() {
        // The documents of a group that is gone are left to cleanup.
        let Some(root) = deleter.read_now(&TEST_GROUP, stored.group).await? else { break };
        let listed = listed(deleter, &root.document).await?;
        let unlisted: Vec<Removal> = stored.gone.iter().filter(|gone| !listed.contains(&gone.id)).copied().collect();
        let cases: Vec<ObjectId> =
            unlisted.iter().filter(|gone| gone.collection == &TEST_CASE).map(|gone| gone.id).collect();
        let cases = deleter.get_all_to_remove(&TEST_CASE, &cases).await?;
        withdrawn.extend(cases.iter().filter(|case| may_be_in_regression(case)).map(of_regression));
        if deleter.remove_unlisted(&TEST_GROUP, &root, &unlisted).await? {
            break;
        }
        if !pauses.pause().await {
            return Err(Error::Busy("the test group changes again and again".to_owned()));
        }
    }
    for case in withdrawn {
        withdraw(*deleter, &case, now).await?;
    }
    Ok(())
}

/// The ids of all that is in a group.
async fn listed(deleter: Deleter<'_>, root: &Document) -> Result<Vec<ObjectId>, Error> {
    let (mut listed, mut open) = (Vec::new(), vec![root.clone()]);
    while let Some(group) = open.pop() {
        let groups = ids(&group, "sub_groups");
        listed.extend(ids(&group, "test_cases"));
        listed.extend(&groups);
        open.extend(deleter.get_all_now(&TEST_GROUP, &groups).await?);
    }
    Ok(listed)
}

/// Takes a case that is not as it was out of the regression that it was in.
async fn withdraw(writer: Writer<'_>, case: &Document, now: Timestamp) -> Result<(), Error> {
    regressions::withdraw(writer, Tracked::Cases, case).await?;
    // A case that was stored again under the same id may have been judged before it was taken out.
    let Some(id) = case.get("_id").and_then(Value::as_id) else { return Ok(()) };
    match writer.get_now(&TEST_CASE, id).await? {
        Some(case) => regressions::follow(writer, Tracked::Cases, case, false, now).await,
        None => Ok(()),
    }
}

/// Does what is to be done about a case that was stored or changed.
///
/// # Errors
/// Something fails that may work later.
pub(crate) async fn track_case(deleter: Deleter<'_>, changed: &TrackCase, now: Timestamp) -> Result<(), TaskError> {
    if let Some(case) = &changed.withdrawn {
        withdraw(*deleter, case, now).await?;
    }
    let Some(case) = deleter.get_now(&TEST_CASE, changed.case).await.map_err(Error::from)? else { return Ok(()) };
    Ok(regressions::follow(*deleter, Tracked::Cases, case, false, now).await?)
}

fn ids(group: &Document, name: &str) -> Vec<ObjectId> {
    group.get(name).and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_id).collect()
}
