//! `job`: one tree, kernel revision and branch.

use super::{Collection, Field, Index, Projection};

/// Jobs. A job is made by the import of its first build.
pub const JOB: Collection = Collection {
    name: "job",
    loaded_as: "job",
    identity: &["job", "kernel", "git_branch"],
    indexes: &[
        Index::by("by_revision", "_revision", &["job", "kernel"], Projection::All),
        Index::by("by_tree", "_tree", &["job"], Projection::All),
        Index::by_time(Projection::All),
    ],
    fields: &[
        Field::id("_id").filter(),
        Field::date("created_on").filter(),
        Field::text("version"),
        Field::text("job").filter().distinct().mandatory(),
        Field::text("kernel").filter().distinct().mandatory(),
        Field::text("git_branch").filter().distinct().mandatory(),
        Field::text("git_commit").filter().distinct().accepted(),
        Field::text("git_describe").filter().distinct().accepted(),
        Field::text("git_describe_v").distinct(),
        Field::text("git_url").distinct(),
        Field::text("kernel_version").filter().distinct().accepted(),
        Field::text("compiler").distinct(),
        Field::text("compiler_version").distinct(),
        Field::text("compiler_version_ext").distinct(),
        Field::text("compiler_version_full"),
        Field::text("cross_compile"),
        Field::truth("private").filter(),
        Field::text("status").filter().accepted(),
    ],
};
