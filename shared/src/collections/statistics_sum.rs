//! `statistics sum`: the running sums over all time.

use super::{Collection, Field};

/// The document of the running sums. It is read by its id and needs no index.
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
