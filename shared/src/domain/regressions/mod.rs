//! Regressions: results that fail where the same thing passed with the kernel before, tracked from kernel to kernel.
//!
//! All results of one thing, with whatever kernel, are its trail. A result that fails is a regression where the result
//! before it in the trail, with another kernel, passed or is a regression itself. So what is a regression follows from
//! the trail alone, in whatever order and however often its results arrive: each one that arrives is judged, and after it
//! those behind it for which that changes anything.

mod history;
mod timeline;
mod tracked;

use self::history::History;
pub use self::tracked::Tracked;
use crate::{
    error::Error,
    pause::Pauses,
    store::{Identified, Reader, Replacement, Writer, derived_id},
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

/// The maximum number of later kernels whose results are evaluated again when a result arrives.
const MAX_FOLLOWED: usize = 1_000;

const PASS: &str = "PASS";
const FAIL: &str = "FAIL";

/// Judges a result that was just stored, and those behind it in its trail. `is_new` says that nothing was stored under
/// its id before, so that it can be in no history yet.
///
/// # Errors
/// The store fails.
pub async fn follow(
    writer: Writer<'_>,
    tracked: Tracked,
    mut result: Document,
    is_new: bool,
    now: Timestamp,
) -> Result<(), Error> {
    if !is_new || is(&result, FAIL) {
        judge_as_stored(writer, tracked, &mut result, now).await?;
    }
    for _ in 0..MAX_FOLLOWED {
        let Some(mut newer) = timeline::newer(*writer, tracked, &result).await? else { return Ok(()) };
        if !is(&newer, FAIL) || !judge_as_stored(writer, tracked, &mut newer, now).await? {
            return Ok(());
        }
        result = newer;
    }
    Ok(())
}

/// Judges a result until what was judged is what is stored: where a judgement wrote something, the result is read again,
/// and one that was replaced or deleted meanwhile does not stay in a regression. Says whether a regression changed.
async fn judge_as_stored(
    writer: Writer<'_>,
    tracked: Tracked,
    result: &mut Document,
    now: Timestamp,
) -> Result<bool, Error> {
    let mut has_changed = false;
    let mut pauses = Pauses::default();
    loop {
        let Judged { regression, link } = judge(writer, tracked, result, now).await?;
        has_changed |= regression;
        let Some(id) = id_of(result).filter(|_| regression || link) else { return Ok(has_changed) };
        match writer.get_now(tracked.results(), id).await? {
            None => {
                withdraw(writer, tracked, result).await?;
                return Ok(has_changed);
            }
            Some(stored) if tracked.is_judged_alike(&stored, result) => return Ok(has_changed),
            Some(stored) => {
                if derived_id(tracked.regressions(), &stored) != derived_id(tracked.regressions(), result) {
                    withdraw(writer, tracked, result).await?;
                }
                *result = stored;
            }
        }
        if !pauses.pause().await {
            return Err(Error::Busy("a result changes again and again".to_owned()));
        }
    }
}

/// Takes a result out of the regression that it belongs to.
///
/// # Errors
/// The store fails.
pub async fn withdraw(writer: Writer<'_>, tracked: Tracked, result: &Document) -> Result<(), Error> {
    change(writer, tracked, result, None).await.map(|_| ())
}

/// What a judgement wrote.
struct Judged {
    /// Whether it changed a regression.
    regression: bool,
    /// Whether it changed the member of the result that names its regression.
    link: bool,
}

/// Brings the regression of a result up to date.
async fn judge(writer: Writer<'_>, tracked: Tracked, result: &Document, now: Timestamp) -> Result<Judged, Error> {
    let continued = if is(result, FAIL) { continued(*writer, tracked, result).await? } else { None };
    let wanted = match continued {
        Some(base) => {
            let details = tracked.details(*writer, result).await?;
            Some((base, details.entry(tracked, result), details.head(tracked, result, now)))
        }
        None => None,
    };
    let (regression, changed) = change(writer, tracked, result, wanted).await?;
    let mut link = false;
    if let (Some(member), Some(id)) = (tracked.link(), id_of(result))
        && result.get(member).and_then(Value::as_id) != regression
    {
        link = writer.update(tracked.results(), id, &[(member, Value::from(regression))]).await?;
    }
    Ok(Judged { regression: changed, link })
}

/// The history that a failing result continues; `None` where it is no regression.
async fn continued(reader: Reader<'_>, tracked: Tracked, result: &Document) -> Result<Option<History>, Error> {
    let Some(older) = timeline::older(reader, tracked, result).await? else { return Ok(None) };
    if is(&older, PASS) {
        let details = tracked.details(reader, &older).await?;
        return Ok(Some(History::starting(details.entry(tracked, &older))));
    }
    let regression = if is(&older, FAIL) { found(reader, tracked, &older).await? } else { None };
    Ok(regression.map(|regression| History::of(&regression.document)))
}

/// What a regression is to be: the history before its kernel, the entry of the result, and the rest of a new document.
type Wanted = (History, Document, Document);

/// Puts the entry of a result into the regression of its kernel, or takes it out where none is wanted: the last one takes
/// the regression along. Gives the id of the regression that the result is in, and whether anything changed.
async fn change(
    writer: Writer<'_>,
    tracked: Tracked,
    result: &Document,
    wanted: Option<Wanted>,
) -> Result<(Option<ObjectId>, bool), Error> {
    let kernel = result.get("kernel").and_then(Value::as_text).unwrap_or_default();
    let mut pauses = Pauses::default();
    loop {
        let before = match derived_id(tracked.regressions(), result) {
            Some(derived) => writer.identified(tracked.regressions(), derived).await?,
            None => None,
        };
        let own = before.as_ref().map(|before| History::of(&before.document)).unwrap_or_default().with(kernel);
        let own = own.without(tracked, id_of(result));
        let after = match (&wanted, &before) {
            (None, None) => return Ok((None, false)),
            (None, Some(_)) if own.is_empty() => None,
            (None, Some(before)) => {
                let history = History::of(&before.document).without(tracked, id_of(result));
                Some(history.written_to(before.document.clone()))
            }
            (Some((base, entry, head)), before) => {
                let document = before.as_ref().map_or_else(|| head.clone(), |before| before.document.clone());
                let history = base.clone().followed_by(own.and(entry.clone()));
                Some(tracked.named_after(history.last(tracked), history.written_to(document)))
            }
        };
        let id = before.as_ref().map(|before| before.id).or_else(|| derived_id(tracked.regressions(), after.as_ref()?));
        let id = id.filter(|_| wanted.is_some());
        if before.as_ref().map(|before| &before.document) == after.as_ref() {
            return Ok((id, false));
        }
        let replacement = Replacement { collection: tracked.regressions(), before, after };
        if writer.replace([replacement]).await? {
            return Ok((id, true));
        }
        if !pauses.pause().await {
            return Err(Error::Busy("a regression changes again and again".to_owned()));
        }
    }
}

async fn found(reader: Reader<'_>, tracked: Tracked, result: &Document) -> Result<Option<Identified>, Error> {
    match derived_id(tracked.regressions(), result) {
        Some(derived) => Ok(reader.identified(tracked.regressions(), derived).await?),
        None => Ok(None),
    }
}

fn is(result: &Document, status: &str) -> bool {
    result.get("status").and_then(Value::as_text) == Some(status)
}

fn id_of(result: &Document) -> Option<ObjectId> {
    result.get("_id").and_then(Value::as_id)
}
