//! What is done after the answer about test results: what took the place of others is deleted, and regressions are found.

use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value as Json, json};

use crate::{
    collections::{Collection, TEST_CASE, TEST_GROUP},
    domain::{
        regressions::{self, Tracked},
        task::TaskError,
    },
    error::Error,
    store::Deleter,
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

/// How many cases are judged side by side. Those of one trail are not among them: a group has a path once.
const SIDE_BY_SIDE: usize = 8;

/// A group that was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackGroup {
    /// Its id.
    pub group: ObjectId,
    /// Whether it was there before.
    pub again: bool,
    /// What was in it before, and is to be deleted.
    pub gone: Vec<(&'static Collection, ObjectId)>,
    /// The import in steps that it came with.
    pub import: Option<ObjectId>,
}

impl TrackGroup {
    /// As it is kept with a task.
    pub fn to_text(&self) -> String {
        let gone: Vec<Json> = self.gone.iter().map(|(of, id)| json!([of.name, id.to_string()])).collect();
        let import = self.import.map(|import| import.to_string());
        json!({"group": self.group.to_string(), "again": self.again, "gone": gone, "import": import}).to_string()
    }

    /// Reads what was kept; `None` where that is something else.
    pub fn from_text(text: &str) -> Option<Self> {
        let kept: Json = serde_json::from_str(text).ok()?;
        let gone = kept.get("gone")?.as_array()?.iter().map(|pair| {
            let name = pair.get(0)?.as_str()?;
            let of = [&TEST_CASE, &TEST_GROUP].into_iter().find(|of| of.name == name)?;
            Some((of, pair.get(1)?.as_str()?.parse().ok()?))
        });
        Some(Self {
            group: kept.get("group")?.as_str()?.parse().ok()?,
            again: kept.get("again")?.as_bool()?,
            gone: gone.collect::<Option<_>>()?,
            import: match kept.get("import").and_then(Json::as_str) {
                Some(import) => Some(import.parse().ok()?),
                None => None,
            },
        })
    }
}

/// Does what is to be done about a group that was stored.
///
/// # Errors
/// Something fails that may work later.
pub(crate) async fn track_group(deleter: Deleter<'_>, stored: &TrackGroup, now: Timestamp) -> Result<(), TaskError> {
    deleter.delete_all(&stored.gone).await.map_err(Error::from)?;
    let mut open = vec![stored.group];
    while let Some(id) = open.pop() {
        // What is gone since has no regressions.
        let Some(group) = deleter.get_now(&TEST_GROUP, id).await.map_err(Error::from)? else { continue };
        open.extend(ids(&group, "sub_groups"));
        let cases = deleter.get_all_now(&TEST_CASE, &ids(&group, "test_cases")).await.map_err(Error::from)?;
        if let Some(import) = stored.import {
            deleter.reveal(&TEST_CASE, import, &cases).await.map_err(Error::from)?;
            deleter.reveal(&TEST_GROUP, import, &[group]).await.map_err(Error::from)?;
        }
        let judged =
            cases.into_iter().map(|case| regressions::follow(*deleter, Tracked::Cases, case, !stored.again, now));
        let judged: Vec<_> = judged.collect();
        stream::iter(judged).buffer_unordered(SIDE_BY_SIDE).try_collect::<Vec<()>>().await?;
    }
    Ok(())
}

/// Does what is to be done about a case that was stored or changed.
///
/// # Errors
/// Something fails that may work later.
pub(crate) async fn track_case(deleter: Deleter<'_>, case: ObjectId, now: Timestamp) -> Result<(), TaskError> {
    let Some(case) = deleter.get_now(&TEST_CASE, case).await.map_err(Error::from)? else { return Ok(()) };
    Ok(regressions::follow(*deleter, Tracked::Cases, case, false, now).await?)
}

fn ids(group: &Document, name: &str) -> Vec<ObjectId> {
    group.get(name).and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_id).collect()
}
