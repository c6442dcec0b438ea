//! The stored documents that a report is made of.

use std::collections::HashSet;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use super::{
    bisect::{BisectData, BisectReport},
    boot::BootReport,
    build::{self, BuildData, BuildReport},
    failure::{Timeline, failing_case},
    links::Links,
    test::{self, TestData, TestReport},
    uploaded::Uploaded,
};
use crate::{
    collections::{
        BISECT, BOOT, BOOT_REGRESSION, BUILD, BUILD_LOGS, Collection, JOB_LOGS, TEST_CASE, TEST_GROUP, TEST_REGRESSION,
    },
    domain::send::{Order, ReportKind},
    error::Error,
    query::{Filter, Selection, SortKey},
    storage::FileStorage,
    store::Reader,
    value::{Document, ObjectId, Value},
};

/// How many documents are read side by side where each has lines.
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

    /// Whether there is something to tell.
    pub fn is_worth_sending(&self) -> bool {
        match self {
            Self::Test(report) => report.is_worth_sending(),
            Self::Build(_) | Self::Boot(_) | Self::Bisect(_) => true,
        }
    }
}

/// The documents and files that a report is made of.
#[derive(Debug, Clone)]
pub enum Gathered {
    /// Builds.
    Build(BuildData),
    /// Boots, and those of them that are regressions.
    Boot(Vec<Document>, Vec<Document>),
    /// Tests.
    Test(TestData),
    /// Bisections.
    Bisect(BisectData),
}

impl Gathered {
    /// Reads what an order is about.
    ///
    /// # Errors
    /// The store or the storage fails.
    pub async fn read(reader: Reader<'_>, files: &dyn FileStorage, order: &Order) -> Result<Self, Error> {
        Ok(match order.kind {
            ReportKind::Build => Self::Build(builds(reader, order).await?),
            ReportKind::Boot => {
                let (boots, regressions) = boots(reader, order).await?;
                Self::Boot(boots, regressions)
            }
            ReportKind::Test => Self::Test(tests(reader, order).await?),
            ReportKind::Bisect => Self::Bisect(bisections(reader, files, order).await?),
        })
    }

    /// The report; `None` where nothing is stored of what the order is about.
    pub fn report(&self, order: &Order, links: &Links) -> Option<Content> {
        match self {
            Self::Build(data) => BuildReport::of(order, data, links).map(Content::Build),
            Self::Boot(boots, regressions) => BootReport::of(order, boots, regressions, links).map(Content::Boot),
            Self::Test(data) => TestReport::of(order, data, links).map(Content::Test),
            Self::Bisect(data) => BisectReport::of(order, data, links).map(Content::Bisect),
        }
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
        "job",
        "kernel",
        "git_branch",
        "boot_log",
        "boot_log_html",
        "file_server_resource",
    ];
    let of_case = ["test_group_id", "status", "test_case_path", "device_type", "lab_name", "measurements"];
    let (groups, cases, regressions) = futures_util::try_join!(
        of_revision(reader, &TEST_GROUP, order, &of_branch, &of_group),
        of_revision(reader, &TEST_CASE, order, &of_plan, &of_case),
        of_revision(reader, &TEST_REGRESSION, order, &of_plan, &[]),
    )?;
    let failing = regressions.iter().filter_map(failing_case).take(test::MAX_REGRESSIONS).collect();
    let failing = each(reader, &TEST_CASE, failing).await?;
    let ids = |cases: Vec<&Document>, max: usize| -> Vec<ObjectId> {
        cases.into_iter().take(max).filter_map(|case| case.get("_id")?.as_id()).collect()
    };
    let failed = ids(test::failed_cases(&cases, &regressions), test::MAX_FAILURES);
    let failed = each(reader, &TEST_CASE, failed).await?;
    let timelines = failed.iter().map(|case| timeline(reader, case)).collect::<Vec<_>>();
    let timelines: Vec<Timeline> = stream::iter(timelines).buffered(CONCURRENCY).try_collect().await?;
    let measured = ids(cases.iter().filter(|case| test::is_measured(case)).collect(), test::MAX_MEASURED);
    let measured = each(reader, &TEST_CASE, measured).await?;
    Ok(TestData { groups, cases, regressions, failing, failed: failed.into_iter().zip(timelines).collect(), measured })
}

/// Earlier results of a case that are read.
const MAX_EARLIER_RESULTS: usize = 50;

/// The members that the results of one case on successive kernels have in common: those of an index.
const SAME_CASE: [&str; 7] =
    ["test_case_path", "job", "git_branch", "arch", "device_type", "lab_name", "defconfig_full"];

/// The results of a case on this kernel and the ones before, as far as they are read.
async fn timeline(reader: Reader<'_>, case: &Document) -> Result<Timeline, Error> {
    let mut filter = Filter::default();
    for name in SAME_CASE {
        // A case that lacks a member has no earlier results.
        let Some(value) = case.get(name).and_then(Value::as_text) else {
            return Ok(Timeline::of(std::slice::from_ref(case), false));
        };
        filter.conditions.extend(Filter::equals(name, value).conditions);
    }
    let fields = ["kernel", "status", "created_on", "build_environment"].map(str::to_owned).into();
    let sort = vec![SortKey { member: "created_on".to_owned(), descending: true }];
    let selection = Selection { filter, fields, sort, limit: MAX_EARLIER_RESULTS, ..Selection::default() };
    let found: Vec<Document> = reader.list(&TEST_CASE, &selection).await?.into_iter().collect();
    let is_cut = found.len() == MAX_EARLIER_RESULTS;
    let is_before = |other: &Document| {
        let date = |document: &Document| document.get("created_on").and_then(Value::as_date);
        date(other) <= date(case) && other.get("build_environment") == case.get("build_environment")
    };
    let mut results: Vec<Document> = found.into_iter().filter(is_before).collect();
    if results.is_empty() {
        results.push(case.clone());
    }
    Ok(Timeline::of(&results, is_cut))
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

/// The bisections of a revision that an order is about, newest first. Of one that the keys of the order name there is
/// always a document: what is not stored of it is what the keys say.
async fn bisections(reader: Reader<'_>, files: &dyn FileStorage, order: &Order) -> Result<BisectData, Error> {
    let (keys, branch) = (&order.bisection, [("git_branch", order.git_branch.as_str())]);
    // Lists are oldest first.
    let stored = of_revision(reader, &BISECT, order, &branch, &[]).await?.into_iter().rev();
    let mut bisections: Vec<Document> = stored.filter(|bisection| keys.matches(bisection)).collect();
    if !keys.is_one() {
        return Ok(BisectData { bisections, ..BisectData::default() });
    }
    bisections.truncate(1);
    let mut one = bisections.pop().unwrap_or_default();
    one.extend(keys.members());
    let uploaded = Uploaded::read(files, order).await?;
    let failing = failing_run(reader, order, &one).await?;
    Ok(BisectData { bisections: vec![one], uploaded, failing })
}

/// The case that fails on the bad commit of a bisection, with the members of its group that lead to its log.
async fn failing_run(reader: Reader<'_>, order: &Order, bisection: &Document) -> Result<Option<Document>, Error> {
    let branch = [("git_branch", order.git_branch.as_str())];
    let regressions = of_revision(reader, &TEST_REGRESSION, order, &branch, &[]).await?;
    let is_same = |regression: &&Document| {
        let names = ["test_case_path", "arch", "device_type", "lab_name", "defconfig_full", "build_environment"];
        // What the bisection does not say may be anything.
        names.iter().all(|name| bisection.get(name).is_none_or(|value| regression.get(name) == Some(value)))
    };
    let path = bisection.get("test_case_path").and_then(Value::as_text).filter(|path| !path.is_empty());
    let regression = path.and_then(|_| regressions.iter().find(is_same));
    let Some(id) = regression.and_then(failing_case) else { return Ok(None) };
    let Some(mut case) = reader.get(&TEST_CASE, id).await? else { return Ok(None) };
    if let Some(group) = case.get("test_group_id").and_then(Value::as_id)
        && let Some(group) = reader.get(&TEST_GROUP, group).await?
    {
        let names = ["boot_log", "boot_log_html", "file_server_resource", "lab_name"];
        case.extend(names.into_iter().filter_map(|name| Some((name.to_owned(), group.get(name)?.clone()))));
    }
    Ok(Some(case))
}
