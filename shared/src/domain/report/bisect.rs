//! What a bisection report says.

use serde::Serialize;

use super::{
    facts::{Cut, Revision, defconfig, id, text},
    links::Links,
    uploaded::Uploaded,
};
use crate::{
    domain::send::Order,
    value::{Document, Value},
};

/// Bisections of a mail, and lines of a log or a commit.
const MAX_BISECTIONS: usize = 10;
const MAX_LINES: usize = 200;

/// What a bisection report is made of.
#[derive(Debug, Clone, Default)]
pub struct BisectData {
    /// The bisections, newest first.
    pub bisections: Vec<Document>,
    /// The file that the request names, where the report is about one bisection.
    pub uploaded: Option<Uploaded>,
    /// The case that fails on the bad commit, with the members of its group that lead to its log.
    pub failing: Option<Document>,
}

/// What a bisection report says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BisectReport {
    /// What was bisected, in one line.
    pub summary: String,
    /// The revision.
    pub revision: Revision,
    /// The bisections.
    pub bisections: Cut<Bisection>,
    /// The name of the uploaded file, where it is not there.
    pub missing_file: String,
    /// The trailer of a fix: the sender of the mail.
    pub reported_by: String,
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
    /// The compiler and its version.
    pub compiler: String,
    /// The breaking commit, as `git show` prints it.
    pub show: Cut<String>,
    /// The log of `git bisect`.
    pub log: Cut<String>,
    /// The failing test case.
    pub case: Option<String>,
    /// The log of the failing run.
    pub plain_log: Option<String>,
    /// The log of the failing run as a page.
    pub html_log: Option<String>,
}

impl Bisection {
    /// Adds what is known of the one bisection of a report beside its document.
    fn complete(&mut self, data: &BisectData, links: &Links) {
        if let Some(uploaded) = &data.uploaded {
            self.show = Cut::of(uploaded.show.clone(), MAX_LINES);
            if !uploaded.log.is_empty() {
                self.log = Cut::of(uploaded.log.clone(), MAX_LINES);
            }
            if self.found.is_empty() {
                self.found = uploaded.found();
            }
        }
        if let Some(failing) = &data.failing {
            let log = |name: &str| links.log(failing, &text(failing, name));
            self.plain_log = log("boot_log");
            self.html_log = log("boot_log_html");
            self.case = Some(links.document("test/case", "test/case", &id(failing)));
        }
    }

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
            compiler: [text(document, "compiler"), text(document, "compiler_version")].join(" ").trim().to_owned(),
            show: Cut::of(Vec::new(), MAX_LINES),
            case: None,
            plain_log: None,
            html_log: None,
            log: Cut::of(text(document, "log").lines().map(str::to_owned).collect(), MAX_LINES),
        }
    }
}

impl BisectReport {
    /// The report of these bisections; `None` where there are none.
    pub fn of(order: &Order, data: &BisectData, links: &Links) -> Option<Self> {
        let mut bisections: Vec<Bisection> = data.bisections.iter().map(Bisection::of).collect();
        if order.bisection.is_one()
            && let Some(one) = bisections.first_mut()
        {
            one.complete(data, links);
        }
        let newest = bisections.first()?;
        let target = if newest.target.is_empty() { "an unknown device" } else { &newest.target };
        let summary = format!("{}/{} bisection: {} on {target}", order.job, order.git_branch, newest.subject);
        let missing = order.bisection.log.clone().filter(|_| data.uploaded.is_none());
        Some(Self {
            summary,
            revision: Revision::of(order, &data.bisections),
            bisections: Cut::of(bisections, MAX_BISECTIONS),
            missing_file: missing.unwrap_or_default(),
            reported_by: links.sender.clone(),
            link: links.full_list(order, "job", "job"),
        })
    }
}
