//! `statistics sum`: what the statistics of all time are made of, kept from day to day.

use super::{Collection, Field};

/// The one document of the statistics' sums. It is got by its id and is in no list, so it has no index.
pub const STATISTICS_SUM: Collection = Collection {
    name: "statistics_sum",
    loaded_as: "statistics_sum",
    identity: &["name"],
    indexes: &[],
    fields: &[
        Field::id("_id"),
        Field::text("name"),
        Field::date("first"),
        Field::date("through"),
        Field::integer("jobs"),
        Field::integer("builds"),
        Field::other("archs"),
        Field::other("boards"),
        Field::other("defconfigs"),
        Field::other("kernels"),
        Field::other("machs"),
        Field::other("trees"),
    ],
};
