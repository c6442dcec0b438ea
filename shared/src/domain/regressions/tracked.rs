//! What is tracked from kernel to kernel: boots and test cases.

use crate::{
    collections::{BOOT, BOOT_REGRESSION, Collection, TEST_CASE, TEST_GROUP, TEST_REGRESSION},
    error::Error,
    store::Reader,
    time::Timestamp,
    value::{Document, ObjectId, Value},
};

/// Results that are tracked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tracked {
    /// Boots of one kernel configuration on one board of one lab.
    Boots,
    /// Test cases of one path on one kind of device in one lab.
    Cases,
}

/// What the document of a result does not say itself: of a test case, its group and the groups around that.
pub(super) struct Details {
    groups: Vec<Document>,
}

/// The most groups around one another.
const MAX_DEPTH: usize = 16;

const BOOT_ENTRY: [&str; 10] = [
    "board_instance",
    "boot_log",
    "boot_log_html",
    "boot_result_description",
    "build_id",
    "created_on",
    "git_commit",
    "kernel",
    "lab_name",
    "status",
];
const CASE_ENTRY: [&str; 5] = ["created_on", "git_commit", "kernel", "lab_name", "status"];
const CASE_ENTRY_OF_GROUP: [&str; 4] = ["boot_log", "boot_log_html", "build_id", "plan_variant"];

const BOOT_HEAD: [&str; 15] = [
    "arch",
    "board",
    "build_environment",
    "compiler",
    "compiler_version",
    "defconfig",
    "defconfig_full",
    "device_type",
    "git_branch",
    "git_url",
    "job",
    "job_id",
    "kernel",
    "lab_name",
    "mach",
];
const CASE_HEAD: [&str; 11] = [
    "arch",
    "build_environment",
    "defconfig_full",
    "device_type",
    "git_branch",
    "job",
    "kernel",
    "lab_name",
    "mach",
    "plan",
    "test_case_path",
];
const CASE_HEAD_OF_GROUP: [&str; 3] = ["compiler", "compiler_version", "git_url"];

impl Tracked {
    /// The collection of the results.
    pub const fn results(self) -> &'static Collection {
        match self {
            Self::Boots => &BOOT,
            Self::Cases => &TEST_CASE,
        }
    }

    /// The collection of the regressions.
    pub const fn regressions(self) -> &'static Collection {
        match self {
            Self::Boots => &BOOT_REGRESSION,
            Self::Cases => &TEST_REGRESSION,
        }
    }

    /// What the results of one trail have in common.
    pub(super) const fn timeline(self) -> &'static [&'static str] {
        match self {
            Self::Boots => &["lab_name", "board", "job", "git_branch", "arch", "defconfig_full", "build_environment"],
            Self::Cases => &[
                "test_case_path",
                "job",
                "git_branch",
                "arch",
                "device_type",
                "lab_name",
                "defconfig_full",
                "build_environment",
            ],
        }
    }

    /// Whether two states of one result are judged alike.
    pub(super) fn is_judged_alike(self, a: &Document, b: &Document) -> bool {
        let others = ["created_on", "kernel", "status", "test_group_id"];
        self.timeline().iter().copied().chain(others).all(|member| a.get(member) == b.get(member))
    }

    /// Whether results may lack a member and have a trail all the same.
    pub(super) fn may_lack(self, member: &str) -> bool {
        member == "build_environment"
    }

    /// The member of an entry that names the result.
    pub(super) const fn entry_id(self) -> &'static str {
        match self {
            Self::Boots => "boot_id",
            Self::Cases => "test_case_id",
        }
    }

    /// The member of a result that names its regression, where it has one.
    pub(super) const fn link(self) -> Option<&'static str> {
        match self {
            Self::Boots => None,
            Self::Cases => Some("regression_id"),
        }
    }

    /// The regression with the name of the result that it is found by, where it is.
    pub(super) fn named_after(self, result: Option<ObjectId>, mut regression: Document) -> Document {
        if self == Self::Boots {
            regression.insert(self.entry_id().to_owned(), result.into());
        }
        regression
    }

    /// Reads what the document of a result does not say itself.
    pub(super) async fn details(self, reader: Reader<'_>, result: &Document) -> Result<Details, Error> {
        let mut groups: Vec<Document> = Vec::new();
        let mut next = if self == Self::Cases { result.get("test_group_id").and_then(Value::as_id) } else { None };
        while let Some(id) = next.filter(|_| groups.len() < MAX_DEPTH) {
            let Some(group) = reader.get_now(&TEST_GROUP, id).await? else { break };
            next = group.get("parent_id").and_then(Value::as_id);
            groups.push(group);
        }
        Ok(Details { groups })
    }
}

impl Details {
    /// The entry of a result in a history.
    pub(super) fn entry(&self, tracked: Tracked, result: &Document) -> Document {
        let mut entry = match tracked {
            Tracked::Boots => copied(&BOOT_ENTRY, Some(result)),
            Tracked::Cases => {
                let mut entry = copied(&CASE_ENTRY, Some(result));
                entry.extend(copied(&CASE_ENTRY_OF_GROUP, self.groups.last()));
                entry
            }
        };
        entry.insert(tracked.entry_id().to_owned(), super::id_of(result).into());
        entry
    }

    /// A new regression, all but its history.
    pub(super) fn head(&self, tracked: Tracked, result: &Document, now: Timestamp) -> Document {
        let mut head = match tracked {
            Tracked::Boots => copied(&BOOT_HEAD, Some(result)),
            Tracked::Cases => {
                let mut head = copied(&CASE_HEAD, Some(result));
                head.extend(copied(&CASE_HEAD_OF_GROUP, self.groups.last()));
                let names = self.groups.iter().rev().chain([result]).filter_map(|part| part.get("name").cloned());
                head.insert("hierarchy", Value::List(names.collect()));
                head
            }
        };
        head.insert("created_on", Value::Date(now));
        head.insert("version", Value::Null);
        head
    }
}

/// These members; those that are not there as null.
fn copied(names: &[&str], document: Option<&Document>) -> Document {
    let value = |name: &str| document.and_then(|document| document.get(name)).cloned().unwrap_or(Value::Null);
    names.iter().map(|name| ((*name).to_owned(), value(name))).collect()
}
