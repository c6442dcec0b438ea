//! The rules of retention.

use std::str::FromStr;

use crate::{
    collections::{
        BOOT, BUILD, BUILD_LOGS, Collection, JOB, JOB_LOGS, REPORT, STATISTICS, TEST_CASE, TEST_GROUP, TEST_REGRESSION,
        TOKEN,
    },
    time::{DAY, Timestamp},
};

/// The documents that a rule deletes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aging {
    /// Jobs with their builds, build logs and summary.
    Jobs,
    /// Builds with their logs.
    Builds,
    /// Boots.
    Boots,
    /// Test groups with their cases and subgroups.
    TestGroups,
    /// Test regressions.
    TestRegressions,
    /// Reports.
    Reports,
    /// Statistics.
    Statistics,
    /// Tokens; their age counts from their expiry.
    Tokens,
}

/// All kinds of documents that a rule can delete.
pub const AGING: [Aging; 8] = [
    Aging::Jobs,
    Aging::Builds,
    Aging::Boots,
    Aging::TestGroups,
    Aging::TestRegressions,
    Aging::Reports,
    Aging::Statistics,
    Aging::Tokens,
];

/// A collection, the member with the parent's id, and the parent's collection.
pub(super) type Dependant = (&'static Collection, &'static str, &'static Collection);

impl Aging {
    /// The collection, whose name is the name of the rule.
    pub const fn collection(self) -> &'static Collection {
        match self {
            Self::Jobs => &JOB,
            Self::Builds => &BUILD,
            Self::Boots => &BOOT,
            Self::TestGroups => &TEST_GROUP,
            Self::TestRegressions => &TEST_REGRESSION,
            Self::Reports => &REPORT,
            Self::Statistics => &STATISTICS,
            Self::Tokens => &TOKEN,
        }
    }

    /// The dependants that may remain when they were added during the deletion of their parent.
    pub(super) const fn dependants(self) -> &'static [Dependant] {
        match self {
            Self::Jobs => &[(&BUILD_LOGS, "job_id", &JOB), (&BUILD, "job_id", &JOB), (&JOB_LOGS, "job_id", &JOB)],
            Self::TestGroups => &[(&TEST_GROUP, "parent_id", &TEST_GROUP), (&TEST_CASE, "test_group_id", &TEST_GROUP)],
            Self::Builds | Self::Boots | Self::TestRegressions | Self::Reports | Self::Statistics | Self::Tokens => &[],
        }
    }
}

/// A rule: documents that are older than `days` are deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The documents.
    pub of: Aging,
    /// The maximum age in days; 0 disables the rule.
    pub days: u32,
}

impl Rule {
    /// The rule with that name; `None` for an unknown name.
    pub fn named(name: &str, days: u32) -> Option<Self> {
        let of = AGING.into_iter().find(|of| of.collection().name == name)?;
        Some(Self { of, days })
    }

    /// Documents dated before this are past the retention; `None` when the rule is disabled.
    pub fn limit(self, now: Timestamp) -> Option<Timestamp> {
        (self.days > 0).then(|| now.plus(-i64::from(self.days).saturating_mul(DAY)))
    }
}

impl FromStr for Rule {
    type Err = String;

    /// Parses a rule of the command line, such as `job=90`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            let names = AGING.map(|of| of.collection().name).join(", ");
            format!("not a rule such as job=90: the name is one of {names}, and the number counts days")
        };
        let (name, days) = text.split_once('=').ok_or_else(wrong)?;
        Self::named(name.trim(), days.trim().parse().map_err(|_| wrong())?).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_a_collection_and_a_number_of_days() {
        assert_eq!("job=90".parse(), Ok(Rule { of: Aging::Jobs, days: 90 }));
        assert_eq!(" test_group = 7 ".parse(), Ok(Rule { of: Aging::TestGroups, days: 7 }));
        for text in ["job", "job=", "job=-1", "job=1.5", "task=1", "jobs=1", "=1", "job=4294967296"] {
            assert!(text.parse::<Rule>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_rule_of_no_days_is_off() {
        let now = Timestamp::from_milliseconds(100 * DAY);
        assert_eq!(Rule { of: Aging::Jobs, days: 0 }.limit(now), None);
        assert_eq!(Rule { of: Aging::Jobs, days: 90 }.limit(now), Some(Timestamp::from_milliseconds(10 * DAY)));
        assert!(Rule { of: Aging::Jobs, days: u32::MAX }.limit(now).is_some());
    }
}
