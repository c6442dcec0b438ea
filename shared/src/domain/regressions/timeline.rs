//! The results before and behind one, with other kernels than its own.

use super::Tracked;
use crate::{
    error::Error,
    query::{Condition, Created, Filter, Selection, SortKey},
    store::Reader,
    value::{Document, Value, compare},
};

/// How many results are read at once: mostly the first is what is looked for.
const PAGE_SIZE: usize = 4;

/// The most results of one kernel that are passed by.
const MAX_SKIPPED_TURNS: usize = 1_000;

/// The last result before this one in its trail that has another kernel.
pub(super) async fn older(reader: Reader<'_>, tracked: Tracked, result: &Document) -> Result<Option<Document>, Error> {
    nearest(reader, tracked, result, true).await
}

/// The first result behind this one in its trail that has another kernel.
pub(super) async fn newer(reader: Reader<'_>, tracked: Tracked, result: &Document) -> Result<Option<Document>, Error> {
    nearest(reader, tracked, result, false).await
}

async fn nearest(
    reader: Reader<'_>,
    tracked: Tracked,
    result: &Document,
    before: bool,
) -> Result<Option<Document>, Error> {
    let (Some(conditions), Some(date)) =
        (conditions(tracked, result), result.get("created_on").and_then(Value::as_date))
    else {
        return Ok(None);
    };
    let created = if before {
        Created::Within { from: None, below: Some(date.plus(1)) }
    } else {
        Created::Within { from: Some(date), below: None }
    };
    let place = |document: &Document| {
        let by_time = compare(document.get("created_on"), result.get("created_on"));
        by_time.then_with(|| compare(document.get("_id"), result.get("_id")))
    };
    let mut selection = Selection {
        filter: Filter { conditions, created },
        sort: vec![SortKey { member: "created_on".to_owned(), descending: before }],
        limit: PAGE_SIZE,
        fields: ["created_on", "kernel"].map(str::to_owned).into(),
        ..Selection::default()
    };
    while selection.skip < MAX_SKIPPED_TURNS {
        let page = reader.list(tracked.results(), &selection).await?;
        let is_last = page.len() < PAGE_SIZE;
        let beyond = |other: &&Document| if before { place(other).is_lt() } else { place(other).is_gt() };
        let other_kernel = |other: &&Document| other.get("kernel") != result.get("kernel");
        for id in page.iter().filter(beyond).filter(other_kernel).filter_map(super::id_of) {
            // The index also shows what was deleted a moment ago, and results of imports that have not ended.
            if let Some(found) = reader.get_now(tracked.results(), id).await? {
                return Ok(Some(found));
            }
        }
        if is_last {
            return Ok(None);
        }
        selection.skip += PAGE_SIZE;
    }
    Ok(None)
}

/// What all results of a trail have in common; `None` where the result lacks what its trail is found by.
fn conditions(tracked: Tracked, result: &Document) -> Option<Vec<Condition>> {
    let condition = |member: &&'static str| {
        let value = result.get(member).filter(|value| **value != Value::Null);
        if value.is_none() && !tracked.may_lack(member) {
            return None;
        }
        let (values, null) = (value.cloned().into_iter().collect(), value.is_none());
        Some(Condition::OneOf { member, lists: false, values, null })
    };
    tracked.timeline().iter().map(condition).collect()
}
