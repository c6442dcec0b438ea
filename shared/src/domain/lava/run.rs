//! The documents of a job: the group of its plan, the groups of its suites, and their cases.

use std::collections::BTreeMap;

use super::{
    Callback, LOGIN,
    files::LogFiles,
    log::{Cases, Line, Survey},
    results::{Status, Suite, TestResult},
};
use crate::{domain::test::Group, time::Timestamp, value::Value};

/// The form of the documents, as they tell it themselves.
const VERSION: &str = "1.0";

/// The members that groups take from the metadata.
const OF_GROUPS: [(&str, &str); 17] = [
    ("arch", "job.arch"),
    ("build_environment", "job.build_environment"),
    ("defconfig", "kernel.defconfig"),
    ("defconfig_full", "kernel.defconfig_full"),
    ("device_type", "device.type"),
    ("dtb", "platform.dtb"),
    ("endian", "kernel.endian"),
    ("file_server_resource", "job.file_server_resource"),
    ("git_branch", "git.branch"),
    ("git_commit", "git.commit"),
    ("git_describe", "git.describe"),
    ("git_url", "git.url"),
    ("initrd", "job.initrd_url"),
    ("job", "kernel.tree"),
    ("kernel_image", "job.kernel_image"),
    ("mach", "platform.mach"),
    ("modules", "job.modules_url"),
];

/// The run of a job, as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct TestRun {
    /// The group of the plan.
    pub group: Group,
    /// Where the log goes; `None` where there is none.
    pub log: Option<LogFiles>,
}

impl Callback {
    /// The documents of the job.
    #[must_use]
    pub fn run(&self) -> TestRun {
        let mut survey = Survey::of(&self.log);
        let log = self.log_files();
        let mut group = self.group(log.as_ref(), self.description(&survey));
        self.add_case(&mut group, &[LOGIN], self.boot.login, None, &mut survey.cases);
        for suite in &self.suites {
            self.add_suite(&mut group, suite, &mut survey.cases);
        }
        TestRun { group, log }
    }

    pub(super) fn get(&self, name: &str) -> &str {
        self.metadata.get(name).unwrap_or_default()
    }

    pub(super) fn plan(&self) -> &str {
        self.get("test.plan")
    }

    /// The version of the kernel. Jobs that do not name it are about what git says, the commit at least.
    pub(super) fn kernel(&self) -> &str {
        let named = ["kernel.version", "git.describe"].into_iter().find_map(|name| self.metadata.get(name));
        named.unwrap_or_else(|| self.get("git.commit"))
    }

    /// What went wrong. A kernel that did not come to its prompt may have said why, which says more than that it was
    /// waited for in vain.
    pub(super) fn description(&self, survey: &Survey) -> Option<String> {
        match (&self.boot.description, &survey.crash) {
            (Some(description), Some(crash)) if self.boot.login == Status::Fail => {
                Some(format!("{description} (the kernel said: {crash})"))
            }
            (description, _) => description.clone(),
        }
    }

    /// The group of the plan, without cases.
    fn group(&self, log: Option<&LogFiles>, description: Option<String>) -> Group {
        let of_metadata = OF_GROUPS.into_iter().map(|(member, name)| (member, Value::from(self.metadata.get(name))));
        let others = [
            ("board_instance", Value::from(self.device.clone())),
            ("boot_log", Value::from(log.map(|log| log.text.clone()))),
            ("boot_log_html", Value::from(log.map(|log| log.html.clone()))),
            ("boot_result_description", Value::from(description)),
            ("index", Value::Null),
            ("initrd_info", Value::Null),
            ("kernel", Value::from(self.kernel())),
            ("lab_name", Value::from(&*self.lab_name)),
            ("name", Value::from(self.plan())),
            ("plan_variant", Value::from(self.metadata.get("test.plan_variant"))),
            // LAVA does not measure tests one by one, and the time that its own steps took is no test's.
            ("time", Value::Date(Timestamp::from_milliseconds(0))),
            ("version", Value::from(VERSION)),
            ("warnings", Value::Integer(0)),
        ];
        let members = of_metadata.chain(others).map(|(name, value)| (name.to_owned(), value)).collect();
        Group { members, cases: Vec::new(), sub_groups: Vec::new() }
    }

    /// The names of the groups between the plan's and a case. The plan's own suite is the plan itself.
    pub(super) fn groups_of<'a>(&self, suite: &'a Suite, result: &'a TestResult) -> Vec<&'a str> {
        let suite = Some(suite.name()).filter(|name| *name != self.plan());
        suite.into_iter().chain(result.set.as_deref()).collect()
    }

    fn add_suite(&self, plan: &mut Group, suite: &Suite, cases: &mut Cases) {
        // Suites that ran twice are two groups; within one the sets are found again by their names.
        let mut sets: BTreeMap<&str, usize> = BTreeMap::new();
        let own = Some(suite.name()).filter(|name| *name != self.plan());
        let group = match own {
            Some(_) if suite.results.is_empty() => return,
            Some(name) => add_group(plan, name),
            None => plan,
        };
        for result in &suite.results {
            let mut path = self.groups_of(suite, result);
            path.push(&result.name);
            let group = match result.set.as_deref() {
                None => &mut *group,
                Some(set) => {
                    let place = *sets.entry(set).or_insert_with(|| {
                        add_group(group, set);
                        group.sub_groups.len() - 1
                    });
                    let Some(group) = group.sub_groups.get_mut(place) else { continue };
                    group
                }
            };
            self.add_case(group, &path, result.status, Some((suite, result)), cases);
        }
    }

    fn add_case(
        &self,
        group: &mut Group,
        path: &[&str],
        status: Status,
        result: Option<(&Suite, &TestResult)>,
        cases: &mut Cases,
    ) {
        let mut lines = Vec::new();
        let mut measurements = Vec::new();
        if let Some((suite, result)) = result {
            lines = log_lines(cases, suite, result);
            measurements.extend(result.value.map(|value| {
                let members = [("value", Value::Float(value)), ("unit", Value::from(&*result.unit))];
                Value::Map(members.map(|(name, value)| (name.to_owned(), value)).into())
            }));
        }
        let others = [
            ("index", Value::Integer(place(group.cases.len()))),
            ("log_lines", Value::List(lines)),
            ("measurements", Value::List(measurements)),
            ("name", Value::from(path.last().copied())),
            ("plan", Value::from(self.plan())),
            ("status", Value::from(status.name())),
            ("test_case_path", Value::from(format!("{}.{}", self.plan(), path.join(".")))),
            ("time", Value::Date(Timestamp::from_milliseconds(0))),
            ("version", Value::from(VERSION)),
        ];
        let case = others.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        group.cases.push(case);
    }
}

/// A group within another, which is as the other but for its name and place.
fn add_group<'a>(parent: &'a mut Group, name: &str) -> &'a mut Group {
    let mut members = parent.members.clone();
    members.insert("name", Value::from(name));
    members.insert("index", Value::Integer(place(parent.sub_groups.len())));
    parent.sub_groups.push_mut(Group { members, cases: Vec::new(), sub_groups: Vec::new() })
}

/// The place of what comes after so many others, from 1.
fn place(before: usize) -> i64 {
    i64::try_from(before).map_or(i64::MAX, |before| before.saturating_add(1))
}

fn log_lines(cases: &mut Cases, suite: &Suite, result: &TestResult) -> Vec<Value> {
    let Some(lines) = cases.take(&suite.definition, &result.name) else { return Vec::new() };
    let dropped = (lines.dropped > 0).then(|| Line {
        time: lines.kept.front().map(|line| line.time.clone()).unwrap_or_default(),
        level: "info".to_owned(),
        text: format!("[{} lines before these are in the log]", lines.dropped),
    });
    dropped.into_iter().chain(lines.kept).map(line).collect()
}

fn line(line: Line) -> Value {
    let members = [("dt", line.time), ("lvl", line.level), ("msg", line.text)];
    Value::Map(members.map(|(name, value)| (name, Value::from(value))).into())
}
