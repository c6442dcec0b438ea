//! A failing test case of a report: where it failed, since which kernel, and what can be read about it.

use serde::Serialize;

use super::{
    facts::{Cut, defconfig, id, text},
    links::Links,
};
use crate::value::{Document, ObjectId, Value};

/// Log lines of one case.
const MAX_LINES: usize = 20;

/// A failing case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
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
    /// The last kernel on which it passed; empty where none is known.
    pub last_pass: String,
    /// The first kernel on which it failed since; empty where none is known.
    pub first_fail: String,
    /// On how many kernels it has failed since, this one included; 0 where that is not known.
    pub kernels: i64,
    /// Whether older kernels were not looked at: it may have failed on more.
    pub is_cut: bool,
    /// Its lines of the log.
    pub lines: Cut<String>,
    /// The log of its run.
    pub log: Option<String>,
    /// The log of its run as a page.
    pub log_page: Option<String>,
    /// Its run.
    pub run: Option<String>,
    /// The case itself.
    pub case: Option<String>,
}

/// The results of a case on successive kernels, up to the one of the report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline {
    /// The last kernel on which it passed; empty where none is known.
    pub last_pass: String,
    /// The first kernel on which it failed since.
    pub first_fail: String,
    /// On how many kernels it has failed since.
    pub kernels: i64,
    /// Whether older results were not read.
    pub is_cut: bool,
}

impl Timeline {
    /// The timeline of results, newest first, of which those before the last pass are left out. `is_cut`: there may be
    /// older ones.
    pub fn of(results: &[Document], is_cut: bool) -> Self {
        let mut timeline = Self { is_cut, ..Self::default() };
        for result in results {
            let kernel = text(result, "kernel");
            match text(result, "status").as_str() {
                "FAIL" if kernel != timeline.first_fail => {
                    timeline.kernels += 1;
                    timeline.first_fail = kernel;
                }
                "PASS" => {
                    timeline.last_pass = kernel;
                    timeline.is_cut = false;
                    break;
                }
                // A skipped or broken run says nothing of the case.
                _ => {}
            }
        }
        timeline
    }

    /// The timeline of a regression: its history begins with the last pass.
    pub fn of_regression(regression: &Document) -> Self {
        let history = regression.get("regressions").and_then(Value::as_list).unwrap_or_default();
        let newest_first: Vec<Document> = history
            .iter()
            .rev()
            .filter_map(|entry| if let Value::Map(entry) = entry { Some(entry.clone()) } else { None })
            .collect();
        Self::of(&newest_first, false)
    }
}

impl Failure {
    /// A failure: `members` of the regression or the case, the timeline, the case where it is known, and its run.
    pub fn of(
        members: &Document,
        timeline: Timeline,
        case: Option<&Document>,
        run: Option<&Document>,
        links: &Links,
    ) -> Self {
        let lines = case.and_then(|case| case.get("log_lines")?.as_list()).unwrap_or_default();
        let lines = lines.iter().filter_map(|line| match line {
            Value::Text(line) => Some(line.to_string()),
            Value::Map(line) => Some(text(line, "msg")),
            _ => None,
        });
        let log = |name: &str| run.and_then(|run| links.log(run, &text(run, name)));
        Self {
            path: text(members, "test_case_path"),
            device: text(members, "device_type"),
            arch: text(members, "arch"),
            lab: text(members, "lab_name"),
            environment: text(members, "build_environment"),
            defconfig: defconfig(members),
            last_pass: timeline.last_pass,
            first_fail: timeline.first_fail,
            kernels: timeline.kernels,
            is_cut: timeline.is_cut,
            lines: Cut::of(lines.collect(), MAX_LINES),
            log: log("boot_log"),
            log_page: log("boot_log_html"),
            run: run.map(|run| links.document("test/plan", "test/group", &id(run))),
            case: case.map(|case| links.document("test/case", "test/case", &id(case))),
        }
    }
}

/// What a case measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// The case, with the groups that it is in.
    pub path: String,
    /// The device.
    pub device: String,
    /// The lab.
    pub lab: String,
    /// Each measurement: its name, which may be empty, and the value with its unit.
    pub measurements: Vec<[String; 2]>,
    /// The case itself.
    pub case: String,
}

impl Measured {
    /// The measurements of a case; `None` where it has none.
    pub fn of(case: &Document, links: &Links) -> Option<Self> {
        let list = case.get("measurements")?.as_list()?;
        let measurements: Vec<[String; 2]> = list
            .iter()
            .filter_map(|one| {
                let Value::Map(one) = one else { return None };
                let value = match one.get("value")? {
                    Value::Integer(number) => number.to_string(),
                    Value::Float(number) => number.to_string(),
                    Value::Text(text) => text.to_string(),
                    _ => return None,
                };
                let unit = text(one, "unit");
                Some([text(one, "name"), if unit.is_empty() { value } else { format!("{value} {unit}") }])
            })
            .collect();
        (!measurements.is_empty()).then(|| Self {
            path: text(case, "test_case_path"),
            device: text(case, "device_type"),
            lab: text(case, "lab_name"),
            measurements,
            case: links.document("test/case", "test/case", &id(case)),
        })
    }
}

/// The case whose failure is the regression of this revision: the last of its history.
pub(super) fn failing_case(regression: &Document) -> Option<ObjectId> {
    let Value::Map(last) = regression.get("regressions")?.as_list()?.last()? else { return None };
    last.get("test_case_id")?.as_id()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(list: &[(&str, &str)]) -> Vec<Document> {
        let of = |(kernel, status): &(&str, &str)| {
            [("kernel", Value::from(*kernel)), ("status", Value::from(*status))].into()
        };
        list.iter().map(of).collect()
    }

    #[test]
    fn a_timeline_counts_the_kernels_since_the_last_pass() {
        let of = |list: &[(&str, &str)], is_cut| Timeline::of(&results(list), is_cut);
        let timeline = |last_pass: &str, first_fail: &str, kernels, is_cut| Timeline {
            last_pass: last_pass.to_owned(),
            first_fail: first_fail.to_owned(),
            kernels,
            is_cut,
        };
        let failing = [("v5", "FAIL"), ("v4", "SKIP"), ("v3", "FAIL"), ("v3", "FAIL"), ("v2", "PASS"), ("v1", "FAIL")];
        assert_eq!(of(&failing, true), timeline("v2", "v3", 2, false));
        assert_eq!(of(&failing[..4], true), timeline("", "v3", 2, true));
        assert_eq!(of(&failing[..1], false), timeline("", "v5", 1, false));
        assert_eq!(of(&[], false), timeline("", "", 0, false));
    }
}
