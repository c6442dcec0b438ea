//! An access pattern: an index of a table, by what its keys serve.

/// What the partition key of an index holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partition {
    /// The values of these members; a document that lacks one of them is not in the index.
    Members(&'static [&'static str]),
    /// The month of `created_on`; every document is in such an index.
    Month,
}

/// Which members an index carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Projection {
    /// All of them.
    All,
    /// The filters' members and those whose distinct values can be asked for; the rest is fetched by `_id`.
    Narrow,
}

/// An access pattern. Its sort key is [`crate::store::ORDER`]: `created_on`, then `_id`.
#[derive(Debug)]
pub struct Index {
    /// The index's name in the table.
    pub name: &'static str,
    /// The attribute that is its partition key.
    pub attribute: &'static str,
    /// What that attribute holds.
    pub partition: Partition,
    /// Which members it carries.
    pub projection: Projection,
}

impl Index {
    /// The documents with certain values of `members`.
    pub const fn by(
        name: &'static str,
        attribute: &'static str,
        members: &'static [&'static str],
        projection: Projection,
    ) -> Self {
        Self { name, attribute, partition: Partition::Members(members), projection }
    }

    /// All documents, by time.
    pub const fn by_time(projection: Projection) -> Self {
        Self { name: "by_time", attribute: "_month", partition: Partition::Month, projection }
    }
}
