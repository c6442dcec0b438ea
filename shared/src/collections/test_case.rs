//! `test case`: one result of a test group.

use super::{Collection, Field, Index, Projection};

/// Test cases.
pub const TEST_CASE: Collection = Collection {
    name: "test_case",
    loaded_as: "test_case",
    identity: &[],
    indexes: &[
        Index::by("by_group", "_group", &["test_group_id"], Projection::All),
        Index::by("by_revision", "_revision", &["job", "kernel"], Projection::All),
        Index::by_time(Projection::All),
    ],
    fields: &[
        Field::id("_id").filter(),
        Field::date("created_on").filter(),
        Field::text("arch").filter(),
        Field::text("build_environment").filter(),
        Field::text("defconfig_full").filter(),
        Field::text("device_type").filter().distinct(),
        Field::text("git_branch").filter(),
        Field::integer("index").filter(),
        Field::text("job").filter().distinct(),
        Field::text("kernel").filter(),
        Field::text("lab_name").filter(),
        Field::text("mach").filter().distinct(),
        Field::text("name").filter(),
        Field::text("plan").filter(),
        Field::id("regression_id").filter(),
        Field::text("status").filter(),
        Field::id("test_group_id").filter().distinct(),
        Field::date("time").filter(),
        Field::text("version").filter(),
        Field::text("test_case_path"),
        Field::text("git_commit"),
        Field::text("definition_uri"),
        Field::other("measurements"),
        Field::other("log_lines"),
        Field::other("attachments"),
    ],
};
