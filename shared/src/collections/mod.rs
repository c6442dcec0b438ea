//! The collections: the fields and the access patterns of each.
//!
//! Filters, validation, projections, table creation and the API reference read these tables. No other list of fields
//! exists.

mod bisect;
mod boot;
mod boot_regression;
mod build;
mod build_logs;
mod field;
mod index;
mod job;
mod job_logs;
mod lab;
mod report;
mod statistics;
mod statistics_sum;
mod task;
mod test_case;
mod test_group;
mod test_regression;
mod token;
mod total;

pub use bisect::BISECT;
pub use boot::BOOT;
pub use boot_regression::BOOT_REGRESSION;
pub use build::BUILD;
pub use build_logs::BUILD_LOGS;
pub use field::{Field, FieldKind, Post};
pub use index::{Index, Partition, Projection};
pub use job::JOB;
pub use job_logs::JOB_LOGS;
pub use lab::LAB;
pub use report::REPORT;
pub use statistics::STATISTICS;
pub use statistics_sum::STATISTICS_SUM;
pub use task::TASK;
pub use test_case::TEST_CASE;
pub use test_group::TEST_GROUP;
pub use test_regression::TEST_REGRESSION;
pub use token::TOKEN;
pub use total::TOTAL;

/// A collection of documents, stored in one table.
#[derive(Debug)]
pub struct Collection {
    /// The name of the table, after the prefix of the deployment.
    pub name: &'static str,
    /// The name of the collection in an export of the original service.
    pub loaded_as: &'static str,
    /// The known fields. Documents may have other members, which are stored and returned only.
    pub fields: &'static [Field],
    /// The access patterns, the narrowest first.
    pub indexes: &'static [Index],
    /// The members that identify a document; empty when only `_id` does.
    pub identity: &'static [&'static str],
}

/// All collections, in the order in which tables are created.
pub const COLLECTIONS: [&Collection; 17] = [
    &JOB,
    &BUILD,
    &BUILD_LOGS,
    &JOB_LOGS,
    &BOOT,
    &BOOT_REGRESSION,
    &TEST_GROUP,
    &TEST_CASE,
    &TEST_REGRESSION,
    &BISECT,
    &STATISTICS,
    &STATISTICS_SUM,
    &REPORT,
    &LAB,
    &TOKEN,
    &TASK,
    &TOTAL,
];

/// The collections whose items expire, at the time in the attribute [`crate::store::EXPIRES`].
pub const EXPIRING: [&Collection; 1] = [&TASK];

/// The collections whose documents are counted, in the order of the counts in an answer.
pub const COUNTED: [&Collection; 6] = [&BUILD, &JOB, &TEST_CASE, &TEST_GROUP, &TEST_REGRESSION, &BOOT];

/// The collections whose documents a staged import writes. They are invisible until the import ends.
pub const IMPORTED: [&Collection; 2] = [&TEST_CASE, &TEST_GROUP];

impl Collection {
    /// The member with the id of the test group that a document belongs to; `None` for a collection without groups.
    pub fn owner(&self) -> Option<&'static str> {
        match self.name {
            name if name == TEST_CASE.name => Some("test_group_id"),
            name if name == TEST_GROUP.name => Some("parent_id"),
            _ => None,
        }
    }

    /// The field with that name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The field with that name, when it is a filter.
    pub fn filter(&self, name: &str) -> Option<&'static Field> {
        self.field(name).filter(|field| field.filter)
    }

    /// The keys that a request which creates a document must have.
    pub fn mandatory_keys(&self) -> impl Iterator<Item = &'static str> {
        self.fields.iter().filter(|field| field.post == Post::Mandatory).map(|field| field.name)
    }
}

impl Eq for Collection {}

impl PartialEq for Collection {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

#[cfg(test)]
mod tests;
