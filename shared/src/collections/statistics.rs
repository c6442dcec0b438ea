//! `statistics`: the counts of one day.

use super::{Collection, Field, Index, Projection};

/// Daily statistics.
pub const STATISTICS: Collection = Collection {
    name: "statistics",
    loaded_as: "daily_stats",
    identity: &[],
    indexes: &[Index::by_time(Projection::All)],
    fields: &[
        Field::id("_id").filter(),
        Field::date("created_on").filter(),
        Field::text("version").filter(),
        Field::date("start_date"),
    ],
};
