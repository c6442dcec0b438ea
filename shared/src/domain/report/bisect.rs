//! What a bisection report says.

use serde::Serialize;

use super::facts::{Cut, Links, Revision, defconfig, text};
use crate::{
    domain::send::Order,
    value::{Document, Value},
};

/// The most bisections of a mail, and the most lines of a log.
const MAX_BISECTIONS: usize = 10;
const MAX_LINES: usize = 200;

/// What a bisection report says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BisectReport {
    /// What was bisected, in one line.
    pub summary: String,
    /// The revision.
    pub revision: Revision,
    /// The bisections.
    pub bisections: Cut<Bisection>,
    /// Where all of it can be seen.
    pub link: String,
}

/// A bisection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bisection {
    /// What failed: a test case, or else what kind of work.
    pub subject: String,
    /// Where it failed: the device, or else the configuration.
    pub target: String,
    /// The architecture.
    pub arch: String,
    /// The configuration.
    pub defconfig: String,
    /// The build environment.
    pub environment: String,
    /// The lab; empty where there is none.
    pub lab: String,
    /// The last commit that is good, with what it says of itself.
    pub good: String,
    /// The first commit that is bad, with what it says of itself.
    pub bad: String,
    /// What was found.
    pub found: String,
    /// What was checked, and how that went.
    pub checks: Vec<[String; 2]>,
    /// The log.
    pub log: Cut<String>,
}

impl Bisection {
    fn of(document: &Document) -> Self {
        let first = |names: &[&str]| {
            names.iter().map(|name| text(document, name)).find(|text| !text.is_empty()).unwrap_or_default()
        };
        let commit = |name: &str| {
            let [commit, summary] =
                [format!("{name}_commit"), format!("{name}_summary")].map(|name| text(document, &name));
            // A summary may begin with the commit.
            if summary.is_empty() || summary.starts_with(commit.get(..8).unwrap_or("-")) {
                if summary.is_empty() { commit } else { summary }
            } else {
                format!("{commit} {summary}")
            }
        };
        let checks = match document.get("checks") {
            Some(Value::Map(checks)) => checks
                .iter()
                .filter_map(|(name, result)| {
                    let result = match result {
                        Value::Text(text) => text.to_string(),
                        Value::Bool(truth) => if *truth { "PASS" } else { "FAIL" }.to_owned(),
                        _ => return None,
                    };
                    Some([name.to_string(), result])
                })
                .collect(),
            _ => Vec::new(),
        };
        Self {
            subject: first(&["test_case_path", "plan", "type"]),
            target: first(&["device_type", "board", "defconfig_full", "defconfig"]),
            arch: text(document, "arch"),
            defconfig: defconfig(document),
            environment: text(document, "build_environment"),
            lab: text(document, "lab_name"),
            good: commit("good"),
            bad: commit("bad"),
            found: text(document, "found_summary"),
            checks,
            log: Cut::of(text(document, "log").lines().map(str::to_owned).collect(), MAX_LINES),
        }
    }
}

impl BisectReport {
    /// The report of these bisections, newest first; `None` where there are none.
    pub fn of(order: &Order, bisections: &[Document], links: &Links) -> Option<Self> {
        let newest = Bisection::of(bisections.first()?);
        let summary = format!("{}/{} bisection: {} on {}", order.job, order.git_branch, newest.subject, newest.target);
        Some(Self {
            summary,
            revision: Revision::of(order, bisections),
            bisections: Cut::of(bisections.iter().map(Bisection::of).collect(), MAX_BISECTIONS),
            link: links.full_list(order, "job", "job"),
        })
    }
}
