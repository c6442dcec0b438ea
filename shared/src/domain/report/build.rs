//! What a build report says.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::{
    facts::{Counted, Cut, Group, Revision, count, counted, defconfig, grouped, id, many, number, text},
    links::Links,
};
use crate::{
    domain::send::Order,
    value::{Document, Value},
};

/// The most builds of a list, lines of a summary, builds and their lines in detail.
const MAX_BUILDS: usize = 100;
const MAX_LINES: usize = 50;
pub(super) const MAX_DETAILS: usize = 50;
const MAX_LINES_PER_CASE: usize = 20;

/// The name of a build's log where the build names none.
const LOG: &str = "build.log";

/// What a build report says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuildReport {
    /// The numbers in one line.
    pub summary: String,
    /// The revision.
    pub revision: Revision,
    /// How many builds there are.
    pub total: i64,
    /// How many failed.
    pub failed: i64,
    /// How many did not.
    pub passed: i64,
    /// The error lines of all logs.
    pub errors: i64,
    /// The warning lines of all logs.
    pub warnings: i64,
    /// The architectures.
    pub architectures: Vec<String>,
    /// The builds that failed, by architecture.
    pub failures: Cut<Group<Build>>,
    /// The builds with errors or warnings, by architecture.
    pub troubles: Cut<Group<Build>>,
    /// The error lines, each with its number.
    pub error_lines: Cut<Counted>,
    /// The warning lines, each with its number.
    pub warning_lines: Cut<Counted>,
    /// The mismatch lines, each with its number.
    pub mismatch_lines: Cut<Counted>,
    /// The builds with their lines.
    pub details: Cut<Detail>,
    /// Where all of it can be seen.
    pub link: String,
}

/// A build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Build {
    /// The architecture.
    pub arch: String,
    /// The configuration.
    pub defconfig: String,
    /// The build environment.
    pub environment: String,
    /// How it went.
    pub status: String,
    /// How many errors and warnings its log has, in words; what it has none of is left out.
    pub counts: Vec<String>,
    /// How many errors, warnings and mismatches its log has, in words.
    pub all_counts: Vec<String>,
    /// Where it can be seen.
    pub link: String,
    /// Its log.
    pub log: Option<String>,
}

/// A build with the lines of its log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// The build.
    pub build: Build,
    /// The error lines.
    pub errors: Cut<String>,
    /// The warning lines.
    pub warnings: Cut<String>,
    /// The mismatch lines.
    pub mismatches: Cut<String>,
}

/// What a build report is made of.
#[derive(Debug, Clone, Default)]
pub struct BuildData {
    /// The builds.
    pub builds: Vec<Document>,
    /// The numbers of their logs.
    pub logs: Vec<Document>,
    /// The logs with their lines, of the first of the builds that [`in_detail`] names.
    pub lines: Vec<Document>,
    /// The lines of all logs.
    pub summary: Document,
}

fn counts(logs: &Document) -> [(i64, &'static str); 3] {
    ["errors_count", "warnings_count", "mismatches_count"]
        .map(|name| number(logs, name))
        .into_iter()
        .zip(["error", "warning", "section mismatch"])
        .collect::<Vec<_>>()
        .try_into()
        .unwrap_or([(0, "error"), (0, "warning"), (0, "section mismatch")])
}

fn has_lines(logs: &Document) -> bool {
    counts(logs).iter().any(|(count, _)| *count > 0)
}

/// The logs of builds of this report that have lines, in the order of the details: by configuration, then architecture.
pub(super) fn in_detail<'a>(builds: &[Document], logs: &'a [Document]) -> Vec<&'a Document> {
    let known: HashMap<Option<crate::value::ObjectId>, &Document> =
        builds.iter().map(|build| (build.get("_id").and_then(Value::as_id), build)).collect();
    let mut found: Vec<(&Document, [String; 3])> = logs
        .iter()
        .filter(|logs| has_lines(logs))
        .filter_map(|logs| {
            let build = known.get(&logs.get("build_id").and_then(Value::as_id))?;
            Some((logs, [defconfig(build), text(build, "arch"), text(build, "build_environment")]))
        })
        .collect();
    found.sort_by(|(_, one), (_, other)| one.cmp(other));
    found.into_iter().map(|(logs, _)| logs).collect()
}

impl BuildReport {
    /// The report; `None` where there are no builds.
    pub fn of(order: &Order, data: &BuildData, links: &Links) -> Option<Self> {
        if data.builds.is_empty() {
            return None;
        }
        let by_build: HashMap<_, &Document> =
            data.logs.iter().filter_map(|logs| Some((logs.get("build_id")?.as_id()?, logs))).collect();
        let nothing = Document::new();
        let logs_of = |build: &Document| {
            let found = build.get("_id").and_then(Value::as_id).and_then(|id| by_build.get(&id).copied());
            found.unwrap_or(&nothing)
        };
        let shown = |build: &Document| Build::of(build, logs_of(build), links);
        let mut builds: Vec<&Document> = data.builds.iter().collect();
        builds.sort_by_cached_key(|build| [text(build, "arch"), defconfig(build), text(build, "build_environment")]);
        let failed: Vec<&Document> = builds.iter().copied().filter(|build| text(build, "status") == "FAIL").collect();
        let troubled: Vec<&Document> =
            builds.iter().copied().filter(|build| counts(logs_of(build)).iter().take(2).any(|(n, _)| *n > 0)).collect();
        let sum = |name: &str| builds.iter().map(|build| number(logs_of(build), name)).sum::<i64>();
        let (errors, warnings) = (sum("errors_count"), sum("warnings_count"));
        let (total, of_failed) = (count(builds.len()), count(failed.len()));
        let numbers = [
            Some(format!("{of_failed} failed")),
            Some(format!("{} passed", total - of_failed)),
            many(errors, "error"),
            many(warnings, "warning"),
        ];
        let summary = format!(
            "{}/{} build: {}: {} ({})",
            order.job,
            order.git_branch,
            many(total, "build").unwrap_or_default(),
            numbers.into_iter().flatten().collect::<Vec<_>>().join(", "),
            order.kernel
        );
        let architectures: BTreeSet<String> = builds.iter().map(|build| text(build, "arch")).collect();
        let by_arch = |builds: Vec<&Document>| {
            grouped(Cut::of(builds, links.max(MAX_BUILDS)).map(shown), |build| build.arch.clone())
        };
        Some(Self {
            summary,
            revision: Revision::of(order, &data.builds),
            total,
            failed: of_failed,
            passed: total - of_failed,
            errors,
            warnings,
            architectures: architectures.into_iter().collect(),
            failures: by_arch(failed),
            troubles: by_arch(troubled),
            error_lines: summary_lines(&data.summary, "errors", links),
            warning_lines: summary_lines(&data.summary, "warnings", links),
            mismatch_lines: summary_lines(&data.summary, "mismatches", links),
            details: details(data, links),
            link: links.full_list(order, "build", "build"),
        })
    }
}

impl Build {
    fn of(build: &Document, logs: &Document, links: &Links) -> Self {
        let log = Some(text(build, "build_log")).filter(|name| !name.is_empty()).unwrap_or_else(|| LOG.to_owned());
        let counts = counts(logs);
        Self {
            arch: text(build, "arch"),
            defconfig: defconfig(build),
            environment: text(build, "build_environment"),
            status: text(build, "status"),
            counts: counts.iter().take(2).filter(|(n, _)| *n > 0).map(|(n, one)| counted(*n, one)).collect(),
            all_counts: counts.iter().map(|(count, one)| counted(*count, one)).collect(),
            link: links.document("build", "build", &id(build)),
            log: links.file(build, &log),
        }
    }
}

fn summary_lines(summary: &Document, name: &str, links: &Links) -> Cut<Counted> {
    let pairs = summary.get(name).and_then(Value::as_list).unwrap_or_default();
    let counted = pairs.iter().filter_map(|pair| match pair.as_list()? {
        [Value::Integer(count), Value::Text(line)] => Some(Counted { count: *count, line: line.to_string() }),
        _ => None,
    });
    Cut::of(counted.collect(), links.max(MAX_LINES))
}

fn details(data: &BuildData, links: &Links) -> Cut<Detail> {
    let all = in_detail(&data.builds, &data.logs);
    let same =
        |one: &Document, other: &Document, name: &str| one.get(name).is_some() && one.get(name) == other.get(name);
    let detail = |logs: &Document| {
        let build = data.builds.iter().find(|build| build.get("_id") == logs.get("build_id"))?;
        let lines = data.lines.iter().find(|lines| same(lines, logs, "build_id"));
        let list = |name: &str| {
            let list = lines.and_then(|lines| lines.get(name)?.as_list()).unwrap_or_default();
            Cut::of(list.iter().filter_map(Value::as_text).map(str::to_owned).collect(), MAX_LINES_PER_CASE)
        };
        let (errors, warnings, mismatches) = (list("errors"), list("warnings"), list("mismatches"));
        Some(Detail { build: Build::of(build, logs, links), errors, warnings, mismatches })
    };
    let more = all.len().saturating_sub(MAX_DETAILS);
    Cut { shown: all.into_iter().take(MAX_DETAILS).filter_map(detail).collect(), more }
}
