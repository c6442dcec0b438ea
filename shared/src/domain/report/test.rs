//! What a test report says.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::facts::{Cut, Links, Revision, count, defconfig, many, text};
use crate::{
    domain::send::Order,
    value::{Document, ObjectId, Value},
};

/// The most runs of the table, regressions, and lines of one.
const MAX_RUNS: usize = 100;
pub(super) const MAX_REGRESSIONS: usize = 50;
const MAX_LINES: usize = 20;

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
    /// The regressions.
    pub regressions: Cut<Regression>,
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

/// A case that fails where it passed before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Regression {
    /// The case, with the groups that it is in.
    pub path: String,
    /// The device.
    pub device: String,
    /// The architecture.
    pub arch: String,
    /// The lab.
    pub lab: String,
    /// The build environment.
    pub environment: String,
    /// The configuration.
    pub defconfig: String,
    /// The last revision on which it passed.
    pub last_pass: String,
    /// The first revision on which it failed.
    pub first_fail: String,
    /// What the log says of it.
    pub lines: Cut<String>,
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
}

/// The case whose failure is the regression of this revision: the last of its history.
pub(super) fn failing_case(regression: &Document) -> Option<ObjectId> {
    let Value::Map(last) = regression.get("regressions")?.as_list()?.last()? else { return None };
    last.get("test_case_id")?.as_id()
}

impl TestReport {
    /// The report; `None` where there are no tests.
    pub fn of(order: &Order, data: &TestData, links: &Links) -> Option<Self> {
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
        let numbers = [
            many(count(runs.len()), "run"),
            Some(format!("{} regression{}", regressions.len(), if regressions.len() == 1 { "" } else { "s" })),
        ];
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
        Some(Self {
            summary,
            revision: Revision::of(order, &data.groups),
            plans: plans(runs.into_values(), &regressions),
            plan,
            runs: Cut::of(troubled, MAX_RUNS),
            regressions: Cut::of(regressions, MAX_REGRESSIONS).map(|document| Regression::of(document, &data.failing)),
            link: links.full_list(order, "test/job", "test/group"),
        })
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

impl Regression {
    fn of(document: &Document, failing: &[Document]) -> Self {
        let history = document.get("regressions").and_then(Value::as_list).unwrap_or_default();
        let kernel = |place: usize| match history.get(place) {
            Some(Value::Map(one)) => text(one, "kernel"),
            _ => String::new(),
        };
        let case = failing_case(document);
        let case = failing.iter().find(|found| case.is_some() && found.get("_id").and_then(Value::as_id) == case);
        let lines = case.and_then(|case| case.get("log_lines")?.as_list()).unwrap_or_default();
        let lines = lines.iter().filter_map(|line| match line {
            Value::Text(line) => Some(line.to_string()),
            Value::Map(line) => Some(text(line, "msg")),
            _ => None,
        });
        Self {
            path: text(document, "test_case_path"),
            device: text(document, "device_type"),
            arch: text(document, "arch"),
            lab: text(document, "lab_name"),
            environment: text(document, "build_environment"),
            defconfig: defconfig(document),
            last_pass: kernel(0),
            first_fail: kernel(1),
            lines: Cut::of(lines.collect(), MAX_LINES),
        }
    }
}
