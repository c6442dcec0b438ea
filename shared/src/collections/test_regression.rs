//! `test regression`: a test case that fails where it passed before, and the failures since.

use super::{Collection, Field, Index, Projection};

/// Test regressions.
pub const TEST_REGRESSION: Collection = Collection {
    name: "test_regression",
    loaded_as: "test_regression",
    identity: &[
        "test_case_path",
        "job",
        "kernel",
        "git_branch",
        "arch",
        "device_type",
        "lab_name",
        "defconfig_full",
        "build_environment",
    ],
    indexes: &[
        Index::by("by_revision", "_revision", &["job", "kernel"], Projection::All),
        Index::by("by_tree", "_tree", &["job"], Projection::All),
        Index::by_time(Projection::All),
    ],
    fields: &[
        Field::id("_id"),
        Field::date("created_on").filter(),
        Field::text("job").filter(),
        Field::text("git_branch").filter(),
        Field::text("kernel").filter(),
        Field::text("plan").filter(),
        Field::text("device_type").filter(),
        Field::text("lab_name").filter(),
        Field::text("build_environment").filter(),
        Field::text("defconfig_full").filter(),
        Field::text("arch").filter(),
        Field::text("test_case_path").filter(),
        Field::text("version"),
        Field::text("compiler"),
        Field::text("compiler_version"),
        Field::text("git_url"),
        Field::text("mach"),
        Field::other("hierarchy"),
        Field::other("regressions"),
    ],
};
