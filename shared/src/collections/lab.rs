//! `lab`: where boards stand, and whom to write to about them.

use super::{Collection, Field, Index, Projection};

/// Labs. `token` is the id of the token that a lab sends its results with.
pub const LAB: Collection = Collection {
    name: "lab",
    loaded_as: "lab",
    identity: &[],
    indexes: &[Index::by("by_name", "_name", &["name"], Projection::All), Index::by_time(Projection::All)],
    fields: &[
        Field::id("_id").filter(),
        Field::date("created_on").filter(),
        Field::date("updated_on"),
        Field::text("version").accepted(),
        Field::text("name").filter().accepted(),
        Field::truth("private").filter().accepted(),
        Field::object("address").accepted(),
        Field::object("contact").accepted(),
        Field::id("token").filter().accepted(),
    ],
};
