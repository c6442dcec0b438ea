//! `total`: the counters of documents by common values.

use super::{Collection, Field, Index, Projection};

/// The counters. They are not documents: [`crate::store`] maintains them and answers counts and distinct values from
/// them. The index holds the counters of one value of one field.
pub const TOTAL: Collection = Collection {
    name: "total",
    // They follow from documents, and come from nowhere else.
    loaded_as: "",
    identity: &[],
    indexes: &[Index::by("by_field", "_field", &["field"], Projection::All)],
    fields: &[Field::id("_id"), Field::text("field")],
};
