//! The collections: for each one the list of its fields and its access patterns.
//!
//! Filters, validation, projections, table creation and the reference of the API read these tables; nothing else says
//! which field there is.

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

/// A collection of documents: one table.
#[derive(Debug)]
pub struct Collection {
    /// The table's name, after the prefix of the deployment.
    pub name: &'static str,
    /// The name of the collection in documents exported from the original service.
    pub loaded_as: &'static str,
    /// Every field that the collection gives a meaning to. Documents may have others, which are only stored.
    pub fields: &'static [Field],
    /// The access patterns, the narrowest first.
    pub indexes: &'static [Index],
    /// The fields that together identify a document; empty where nothing but `_id` does.
    pub identity: &'static [&'static str],
}

/// All collections, in the order in which tables are made.
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

/// The collections whose documents go by themselves, at the time in the attribute [`crate::store::EXPIRES`].
pub const EXPIRING: [&Collection; 1] = [&TASK];

/// The collections whose documents are counted, in the order in which counts are answered.
pub const COUNTED: [&Collection; 6] = [&BUILD, &JOB, &TEST_CASE, &TEST_GROUP, &TEST_REGRESSION, &BOOT];

/// The collections whose documents come in imports of more than one transaction, and cannot be seen before those end.
pub const IMPORTED: [&Collection; 2] = [&TEST_CASE, &TEST_GROUP];

impl Collection {
    /// The member that names the test group which a document belongs to; `None` where documents belong to no group.
    pub fn owner(&self) -> Option<&'static str> {
        match self.name {
            name if name == TEST_CASE.name => Some("test_group_id"),
            name if name == TEST_GROUP.name => Some("parent_id"),
            _ => None,
        }
    }

    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The filter of that name, where the collection has one.
    pub fn filter(&self, name: &str) -> Option<&'static Field> {
        self.field(name).filter(|field| field.filter)
    }

    /// The keys that a request which creates or updates a document must have.
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
