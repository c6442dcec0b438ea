//! `test case`: one result of a test group.

use super::{Collection, Field, FieldKind, Index, Projection};

/// Test cases.
pub const TEST_CASE: Collection = Collection {
    name: "test_case",
    loaded_as: "test_case",
    identity: &[],
    indexes: &[
        Index::by("by_group", "_group", &["test_group_id"], Projection::All),
        Index::by(
            "by_trail",
            "_trail",
            &["test_case_path", "job", "git_branch", "arch", "device_type", "lab_name", "defconfig_full"],
            Projection::Narrow,
        ),
        Index::by("by_revision", "_revision", &["job", "kernel"], Projection::All),
        Index::by_time(Projection::All),
    ],
    fields: &[
        Field::id("_id"),
        Field::date("created_on").filter().accepted(),
        Field::text("arch").filter(),
        Field::text("build_environment").filter(),
        Field::text("defconfig_full").filter(),
        Field::text("device_type").filter().distinct(),
        Field::text("git_branch").filter(),
        Field::integer("index").filter().accepted(),
        Field::text("job").filter().distinct(),
        Field::text("kernel").filter(),
        Field::text("lab_name").filter(),
        Field::text("mach").filter().distinct(),
        Field::text("name").filter().mandatory(),
        Field::text("plan").filter(),
        Field::id("regression_id").filter(),
        Field::text("status").filter().accepted(),
        Field::id("test_group_id").filter().distinct().mandatory(),
        Field::date("time").given(FieldKind::Number).filter().accepted(),
        Field::text("version").filter().accepted(),
        Field::text("test_case_path"),
        Field::text("git_commit"),
        Field::text("definition_uri").accepted(),
        Field::other("measurements").accepted(),
        Field::other("log_lines"),
        Field::other("attachments").accepted(),
    ],
};
