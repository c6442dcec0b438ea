//! `report`: what became of the mails.

use super::{Collection, Field, Index, Projection};

/// Reports: mails that were sent, or could not be.
pub const REPORT: Collection = Collection {
    name: "report",
    loaded_as: "report",
    identity: &["job", "kernel", "git_branch", "type", "name"],
    indexes: &[
        Index::by("by_revision", "_revision", &["job", "kernel"], Projection::All),
        Index::by("by_tree", "_tree", &["job"], Projection::All),
        Index::by_time(Projection::All),
    ],
    fields: &[
        Field::id("_id").filter(),
        Field::date("created_on").filter(),
        Field::date("updated_on").filter(),
        Field::text("version"),
        Field::text("job").filter(),
        Field::text("kernel").filter(),
        Field::text("git_branch").filter(),
        Field::text("name").filter(),
        Field::text("type").filter(),
        Field::text("status").filter(),
        Field::other("errors"),
    ],
};
