//! `build logs`: the errors, warnings and mismatches that the log of one build holds.

use super::{Collection, Field, Index, Projection};

/// The log lines of builds. The lists are long, so the indexes carry what is filtered and no more.
pub const BUILD_LOGS: Collection = Collection {
    name: "build_logs",
    loaded_as: "error_logs",
    identity: &["build_id"],
    indexes: &[
        Index::by("by_build", "_build", &["build_id"], Projection::Narrow),
        Index::by("by_job", "_job", &["job_id"], Projection::Narrow),
        Index::by("by_revision", "_revision", &["job", "kernel"], Projection::Narrow),
        Index::by("by_tree", "_tree", &["job"], Projection::Narrow),
        Index::by_time(Projection::Narrow),
    ],
    fields: &[
        Field::id("_id").filter(),
        Field::date("created_on").filter(),
        Field::text("version"),
        Field::text("job").filter(),
        Field::id("job_id").filter(),
        Field::id("build_id").filter(),
        Field::text("kernel").filter(),
        Field::text("git_branch").filter(),
        Field::text("defconfig").filter(),
        Field::text("defconfig_full").filter(),
        Field::text("arch").filter(),
        Field::text("build_environment"),
        Field::text("compiler"),
        Field::text("compiler_version"),
        Field::text("status").filter(),
        Field::integer("errors").filter().compares("errors_count"),
        Field::integer("errors_count"),
        Field::integer("warnings").filter().compares("warnings_count"),
        Field::integer("warnings_count"),
        Field::integer("mismatches").filter().compares("mismatches_count"),
        Field::integer("mismatches_count"),
        Field::text("file_server_resource"),
    ],
};
