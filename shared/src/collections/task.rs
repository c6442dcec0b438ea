//! `task`: work that runs after the answer.

use super::{Collection, Field, Index, Projection};

/// Tasks. The index holds the unfinished tasks: `_pending` is removed when a task ends.
pub const TASK: Collection = Collection {
    name: "task",
    loaded_as: "task",
    identity: &[],
    indexes: &[Index::by("pending", "_pending", &["pending"], Projection::Narrow)],
    fields: &[
        Field::id("_id"),
        Field::date("created_on").filter(),
        Field::text("pending").filter(),
        Field::date("due").filter(),
        Field::date("taken_until").filter(),
        Field::integer("attempts").filter(),
        Field::text("state"),
        Field::other("work"),
        Field::text("error"),
        Field::date("ended_on"),
    ],
};
