//! `total`: how many documents of a collection have something in common.

use super::{Collection, Field, Index, Projection};

/// Totals. They are no documents: [`crate::store`] keeps them, and answers counts and distinct values from them. The
/// index holds those that are about one value of one field.
pub const TOTAL: Collection = Collection {
    name: "total",
    // They follow from documents, and come from nowhere else.
    loaded_as: "",
    identity: &[],
    indexes: &[Index::by("by_field", "_field", &["field"], Projection::All)],
    fields: &[Field::id("_id"), Field::text("field")],
};
