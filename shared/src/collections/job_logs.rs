//! `build logs summary`: the log lines of all builds of a job, each with the number of builds' lines that are equal.

use super::{Collection, Field, Index, Projection};

/// The summaries of jobs. The lists are long, so the indexes carry what is filtered and no more.
pub const JOB_LOGS: Collection = Collection {
    name: "job_logs",
    loaded_as: "errors_summary",
    identity: &["job_id"],
    indexes: &[
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
        Field::text("kernel").filter(),
        Field::text("git_branch").filter(),
        Field::other("errors"),
        Field::other("warnings"),
        Field::other("mismatches"),
        // How many lines were found that the list is too long to have; absent where it has all.
        Field::integer("errors_more"),
        Field::integer("warnings_more"),
        Field::integer("mismatches_more"),
    ],
};
