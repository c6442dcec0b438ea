//! The stored documents that a report is made of.

use std::collections::HashSet;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use super::{
    bisect::BisectReport,
    boot::BootReport,
    build::{self, BuildData, BuildReport},
    facts::Links,
    test::{self, TestData, TestReport},
};
use crate::{
    collections::{
        BISECT, BOOT, BOOT_REGRESSION, BUILD, BUILD_LOGS, Collection, JOB_LOGS, TEST_CASE, TEST_GROUP, TEST_REGRESSION,
    },
    domain::send::{Order, ReportKind},
    error::Error,
    query::{Filter, Selection},
    store::Reader,
    value::{Document, ObjectId, Value},
};

/// The number of documents with log lines that are read concurrently.
const CONCURRENCY: usize = 4;

/// What a report says.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Content {
    /// Of builds.
    Build(BuildReport),
    /// Of boots.
    Boot(BootReport),
    /// Of tests.
    Test(TestReport),
    /// Of bisections.
    Bisect(BisectReport),
}

impl Content {
    /// The numbers in one line: the subject of the mail.
    pub fn summary(&self) -> &str {
        match self {
            Self::Build(report) => &report.summary,
            Self::Boot(report) => &report.summary,
            Self::Test(report) => &report.summary,
            Self::Bisect(report) => &report.summary,
        }
    }

    /// Reads what an order is about; `None` where there is nothing.
    ///
    /// # Errors
    /// The store fails.
    pub async fn gather(reader: Reader<'_>, order: &Order, links: &Links) -> Result<Option<Self>, Error> {
        Ok(match order.kind {
            ReportKind::Build => BuildReport::of(order, &builds(reader, order).await?, links).map(Self::Build),
            ReportKind::Boot => {
                let (boots, regressions) = boots(reader, order).await?;
                BootReport::of(order, &boots, &regressions, links).map(Self::Boot)
            }
            ReportKind::Test => TestReport::of(order, &tests(reader, order).await?, links).map(Self::Test),
            ReportKind::Bisect => BisectReport::of(order, &bisections(reader, order).await?, links).map(Self::Bisect),
        })
    }
}

/// The documents of the revision that an order is about, with these members, and with those of `fields` only. Without
/// the branch among `more` they are those of all branches.
async fn of_revision(
    reader: Reader<'_>,
    collection: &'static Collection,
    order: &Order,
    more: &[(&'static str, &str)],
    fields: &[&str],
) -> Result<Vec<Document>, Error> {
    let mut filter = Filter::equals("job", order.job.as_str());
    let revision = [("kernel", order.kernel.as_str())];
    for (member, value) in revision.iter().chain(more) {
        filter.conditions.extend(Filter::equals(member, *value).conditions);
    }
    let fields = fields.iter().map(|name| (*name).to_owned()).collect();
    let found = reader.list(collection, &Selection { filter, fields, ..Selection::default() }).await?;
    Ok(found.into_iter().collect())
}

async fn builds(reader: Reader<'_>, order: &Order) -> Result<BuildData, Error> {
    let of_build = [
        "job_id",
        "git_describe",
        "git_commit",
        "git_url",
        "arch",
        "defconfig",
        "defconfig_full",
        "build_environment",
        "status",
        "build_log",
        "file_server_url",
        "file_server_resource",
    ];
    let numbers = ["build_id", "errors_count", "warnings_count", "mismatches_count"];
    let branch = [("git_branch", order.git_branch.as_str())];
    let (builds, logs, summaries) = futures_util::try_join!(
        of_revision(reader, &BUILD, order, &branch, &of_build),
        of_revision(reader, &BUILD_LOGS, order, &[], &numbers),
        of_revision(reader, &JOB_LOGS, order, &branch, &[]),
    )?;
    let detailed: Vec<ObjectId> = build::in_detail(&builds, &logs)
        .into_iter()
        .take(build::MAX_DETAILS)
        .filter_map(|logs| logs.get("_id")?.as_id())
        .collect();
    let lines = each(reader, &BUILD_LOGS, detailed).await?;
    Ok(BuildData { builds, logs, lines, summary: summaries.into_iter().next().unwrap_or_default() })
}

/// The documents of these ids, whole; those that are gone are left out.
async fn each(reader: Reader<'_>, collection: &'static Collection, ids: Vec<ObjectId>) -> Result<Vec<Document>, Error> {
    let readings: Vec<_> = ids.into_iter().map(|id| reader.get(collection, id)).collect();
    let found: Vec<Option<Document>> = stream::iter(readings).buffered(CONCURRENCY).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

async fn tests(reader: Reader<'_>, order: &Order) -> Result<TestData, Error> {
    let branch = ("git_branch", order.git_branch.as_str());
    let lab = order.lab_name.as_deref().map(|lab| ("lab_name", lab));
    let of_branch: Vec<_> = std::iter::once(branch).chain(lab).collect();
    let of_plan: Vec<_> = of_branch.iter().copied().chain(order.plan.as_deref().map(|plan| ("plan", plan))).collect();
    let of_group = [
        "parent_id",
        "name",
        "device_type",
        "arch",
        "lab_name",
        "build_environment",
        "defconfig",
        "defconfig_full",
        "git_describe",
        "git_commit",
        "git_url",
    ];
    let (groups, cases, regressions) = futures_util::try_join!(
        of_revision(reader, &TEST_GROUP, order, &of_branch, &of_group),
        of_revision(reader, &TEST_CASE, order, &of_plan, &["test_group_id", "status"]),
        of_revision(reader, &TEST_REGRESSION, order, &of_plan, &[]),
    )?;
    let failing = regressions.iter().filter_map(test::failing_case).take(test::MAX_REGRESSIONS).collect();
    let failing = each(reader, &TEST_CASE, failing).await?;
    Ok(TestData { groups, cases, regressions, failing })
}

/// The boots of a revision, and those of them that are regressions.
async fn boots(reader: Reader<'_>, order: &Order) -> Result<(Vec<Document>, Vec<Document>), Error> {
    let branch = ("git_branch", order.git_branch.as_str());
    let lab = order.lab_name.as_deref().map(|lab| ("lab_name", lab));
    let of_branch: Vec<_> = std::iter::once(branch).chain(lab).collect();
    let (boots, tracked) = futures_util::try_join!(
        of_revision(reader, &BOOT, order, &of_branch, &[]),
        of_revision(reader, &BOOT_REGRESSION, order, &of_branch, &["boot_id"]),
    )?;
    let tracked: HashSet<ObjectId> =
        tracked.iter().filter_map(|regression| regression.get("boot_id")?.as_id()).collect();
    let regressed = |boot: &&Document| boot.get("_id").and_then(Value::as_id).is_some_and(|id| tracked.contains(&id));
    let regressions = boots.iter().filter(regressed).cloned().collect();
    Ok((boots, regressions))
}

/// The bisections of a revision, newest first.
async fn bisections(reader: Reader<'_>, order: &Order) -> Result<Vec<Document>, Error> {
    let branch = [("git_branch", order.git_branch.as_str())];
    // Lists are oldest first.
    Ok(of_revision(reader, &BISECT, order, &branch, &[]).await?.into_iter().rev().collect())
}
