//! Access patterns: the indexes of a table.

/// The content of a partition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partition {
    /// The values of these members. A document without one of them is not in the index.
    Members(&'static [&'static str]),
    /// The month of `created_on`. Every document is in such an index.
    Month,
}

/// The members that an index carries (DynamoDB: projection).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Projection {
    /// All members.
    All,
    /// The members of filters and of distinct values. The other members are fetched by `_id`.
    Narrow,
}

/// An access pattern: an index. Its sort key is [`crate::store::ORDER`]: `created_on`, then `_id`.
#[derive(Debug)]
pub struct Index {
    /// The name of the index.
    pub name: &'static str,
    /// The attribute that is the partition key.
    pub attribute: &'static str,
    /// The content of the partition key.
    pub partition: Partition,
    /// The members that the index carries.
    pub projection: Projection,
}

impl Index {
    /// An index by the values of `members`.
    pub const fn by(
        name: &'static str,
        attribute: &'static str,
        members: &'static [&'static str],
        projection: Projection,
    ) -> Self {
        Self { name, attribute, partition: Partition::Members(members), projection }
    }

    /// An index of all documents by month.
    pub const fn by_time(projection: Projection) -> Self {
        Self { name: "by_time", attribute: "_month", partition: Partition::Month, projection }
    }
}
