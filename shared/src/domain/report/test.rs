//! What a test report says.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use super::{
    facts::{Cut, Revision, count, counted, defconfig, many, text},
    failure::{Failure, Measured, Timeline, failing_case},
    links::Links,
};
use crate::{
    domain::send::Order,
    value::{Document, ObjectId, Value},
};

/// Runs of the table, regressions, other failing cases, and cases with measurements.
const MAX_RUNS: usize = 100;
pub(super) const MAX_REGRESSIONS: usize = 50;
pub(super) const MAX_FAILURES: usize = 50;
pub(super) const MAX_MEASURED: usize = 50;

/// What a test report says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TestReport {
    /// The numbers in one line.
    pub summary: String,
    /// The revision.
    pub revision: Revision,
    /// The one plan that it is about; empty where it is about all.
    pub plan: String,
    /// The plans, with all their runs.
    pub plans: Vec<Row>,
    /// The runs with cases that failed, most failures first.
    pub runs: Cut<Row>,
    /// The cases that fail and passed before.
    pub regressions: Cut<Failure>,
    /// The other cases that fail.
    pub failures: Cut<Failure>,
    /// The measurements of cases.
    pub measurements: Cut<Measured>,
    /// Where all of it can be seen.
    pub link: String,
}

/// How many cases came to what: of a plan, or of one run of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The plan.
    pub plan: String,
    /// The device; empty for all.
    pub device: String,
    /// The architecture.
    pub arch: String,
    /// The lab.
    pub lab: String,
    /// The build environment.
    pub environment: String,
    /// The configuration.
    pub defconfig: String,
    /// The runs.
    pub runs: i64,
    /// The cases that passed.
    pub passed: i64,
    /// The cases that failed.
    pub failed: i64,
    /// The cases that were left out.
    pub skipped: i64,
    /// The cases that have another result.
    pub others: i64,
    /// The regressions.
    pub regressions: i64,
}

impl Row {
    fn add(&mut self, status: &str) {
        match status {
            "PASS" => self.passed += 1,
            "FAIL" => self.failed += 1,
            "SKIP" => self.skipped += 1,
            _ => self.others += 1,
        }
    }
}

/// What a test report is made of.
#[derive(Debug, Clone, Default)]
pub struct TestData {
    /// The groups, those within others too.
    pub groups: Vec<Document>,
    /// The cases.
    pub cases: Vec<Document>,
    /// The regressions.
    pub regressions: Vec<Document>,
    /// The cases of the regressions, with the lines of their logs.
    pub failing: Vec<Document>,
    /// The first of the failing cases that are no regressions, each with its results on earlier kernels.
    pub failed: Vec<(Document, Timeline)>,
    /// The first of the cases that have measurements.
    pub measured: Vec<Document>,
}

/// Whether a case has measurements.
pub(super) fn is_measured(case: &Document) -> bool {
    case.get("measurements").and_then(Value::as_list).is_some_and(|list| !list.is_empty())
}

/// The failing cases that no regression is about, by path and device.
pub(super) fn failed_cases<'a>(cases: &'a [Document], regressions: &[Document]) -> Vec<&'a Document> {
    let regressed: HashSet<ObjectId> = regressions.iter().filter_map(failing_case).collect();
    let is_other = |case: &&Document| {
        text(case, "status") == "FAIL"
            && case.get("_id").and_then(Value::as_id).is_some_and(|id| !regressed.contains(&id))
    };
    let mut failed: Vec<&Document> = cases.iter().filter(is_other).collect();
    failed.sort_by_cached_key(|case| [text(case, "test_case_path"), text(case, "device_type"), text(case, "lab_name")]);
    failed
}

impl TestReport {
    /// The report; `None` where there are no tests.
    pub fn of<'a>(order: &Order, data: &'a TestData, links: &Links) -> Option<Self> {
        let id_of = |document: &Document, name: &str| document.get(name).and_then(Value::as_id);
        let known: HashMap<ObjectId, &Document> =
            data.groups.iter().filter_map(|group| Some((id_of(group, "_id")?, group))).collect();
        let root_of = |group: ObjectId| {
            let mut root = group;
            // Groups within each other are no deeper than JSON that holds them; a circle would be.
            for _ in 0..crate::store::MAX_DEPTH {
                match known.get(&root).and_then(|group| id_of(group, "parent_id")) {
                    Some(parent) if known.contains_key(&parent) => root = parent,
                    _ => break,
                }
            }
            root
        };
        let is_wanted = |plan: &str| order.plan.as_deref().is_none_or(|wanted| wanted == plan);
        let mut runs: BTreeMap<ObjectId, Row> = BTreeMap::new();
        for (id, group) in &known {
            if root_of(*id) == *id && is_wanted(&text(group, "name")) {
                let row = Row {
                    plan: text(group, "name"),
                    device: text(group, "device_type"),
                    arch: text(group, "arch"),
                    lab: text(group, "lab_name"),
                    environment: text(group, "build_environment"),
                    defconfig: defconfig(group),
                    runs: 1,
                    ..Row::default()
                };
                runs.insert(*id, row);
            }
        }
        if runs.is_empty() {
            return None;
        }
        let mut run_of_case: HashMap<ObjectId, ObjectId> = HashMap::new();
        for case in &data.cases {
            let Some(root) = id_of(case, "test_group_id").map(root_of) else { continue };
            if let Some(row) = runs.get_mut(&root) {
                row.add(&text(case, "status"));
                run_of_case.extend(id_of(case, "_id").map(|case| (case, root)));
            }
        }
        let mut regressions: Vec<&Document> =
            data.regressions.iter().filter(|regression| is_wanted(&text(regression, "plan"))).collect();
        regressions
            .sort_by_cached_key(|regression| [text(regression, "test_case_path"), text(regression, "device_type")]);
        for regression in &regressions {
            let root = failing_case(regression).and_then(|case| run_of_case.get(&case));
            if let Some(row) = root.and_then(|root| runs.get_mut(root)) {
                row.regressions += 1;
            }
        }
        let plan = order.plan.clone().unwrap_or_default();
        let numbers = [many(count(runs.len()), "run"), Some(counted(count(regressions.len()), "regression"))];
        let summary = format!(
            "{}/{} {}: {} ({})",
            order.job,
            order.git_branch,
            if plan.is_empty() { "test" } else { &plan },
            numbers.into_iter().flatten().collect::<Vec<_>>().join(", "),
            order.kernel
        );
        let mut troubled: Vec<Row> =
            runs.values().filter(|row| row.failed > 0 || row.regressions > 0).cloned().collect();
        troubled.sort_by(|one, other| {
            other.failed.cmp(&one.failed).then_with(|| (&one.plan, &one.device).cmp(&(&other.plan, &other.device)))
        });
        let find = |cases: &'a [Document], id: Option<ObjectId>| {
            cases.iter().find(|case| id.is_some() && id_of(case, "_id") == id)
        };
        let run_of = |case: Option<&Document>| {
            let group = case.and_then(|case| id_of(case, "test_group_id")).map(root_of)?;
            known.get(&group).copied()
        };
        let regressed = |document: &Document| {
            let case = find(&data.failing, failing_case(document));
            Failure::of(document, Timeline::of_regression(document), case, run_of(case), links)
        };
        let failed: Vec<Failure> = data
            .failed
            .iter()
            .filter(|(case, _)| run_of(Some(case)).is_some_and(|run| is_wanted(&text(run, "name"))))
            .map(|(case, timeline)| Failure::of(case, timeline.clone(), Some(case), run_of(Some(case)), links))
            .collect();
        let is_of_run = |case: &&Document| id_of(case, "_id").is_some_and(|id| run_of_case.contains_key(&id));
        let all_failed = failed_cases(&data.cases, &data.regressions).into_iter().filter(is_of_run).count();
        let all_measured = data.cases.iter().filter(is_of_run).filter(|case| is_measured(case)).count();
        let measured: Vec<Measured> =
            data.measured.iter().filter(is_of_run).filter_map(|case| Measured::of(case, links)).collect();
        let max_runs = links.max(MAX_RUNS);
        Some(Self {
            summary,
            revision: Revision::of(order, &data.groups),
            plans: plans(runs.into_values(), &regressions),
            plan,
            runs: Cut::of(troubled, max_runs),
            regressions: Cut::of(regressions, MAX_REGRESSIONS).map(regressed),
            failures: Cut { more: all_failed.saturating_sub(failed.len()), shown: failed },
            measurements: Cut { more: all_measured.saturating_sub(measured.len()), shown: measured },
            link: links.full_list(order, "test/job", "test/group"),
        })
    }

    /// Whether there is something to tell: a case that did not pass, a regression or a measurement.
    pub fn is_worth_sending(&self) -> bool {
        let has_troubles = |row: &Row| row.failed > 0 || row.others > 0 || row.regressions > 0;
        self.plans.iter().any(has_troubles) || !self.measurements.shown.is_empty()
    }
}

/// The sums of the runs of each plan. A regression counts for its plan, whether its run is known or not.
fn plans(runs: impl Iterator<Item = Row>, regressions: &[&Document]) -> Vec<Row> {
    let mut plans: BTreeMap<String, Row> = BTreeMap::new();
    for run in runs {
        let plan = plans.entry(run.plan.clone()).or_insert_with(|| Row { plan: run.plan.clone(), ..Row::default() });
        plan.runs += 1;
        plan.passed += run.passed;
        plan.failed += run.failed;
        plan.skipped += run.skipped;
        plan.others += run.others;
    }
    for regression in regressions {
        if let Some(plan) = plans.get_mut(&text(regression, "plan")) {
            plan.regressions += 1;
        }
    }
    plans.into_values().collect()
}
