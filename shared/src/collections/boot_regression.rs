//! `boot regression`: a boot that fails where the same boot passed with the previous kernel, and the failures since.

use super::{Collection, Field, Index, Projection};

/// Boot regressions.
pub const BOOT_REGRESSION: Collection = Collection {
    name: "boot_regression",
    loaded_as: "boot_regressions",
    identity: &["lab_name", "board", "job", "kernel", "git_branch", "defconfig_full", "arch", "build_environment"],
    indexes: &[
        Index::by("by_boot", "_boot", &["boot_id"], Projection::All),
        Index::by("by_revision", "_revision", &["job", "kernel"], Projection::All),
        Index::by("by_tree", "_tree", &["job"], Projection::All),
        Index::by_time(Projection::All),
    ],
    fields: &[
        Field::id("_id").filter(),
        Field::date("created_on").filter(),
        Field::id("boot_id").filter(),
        Field::id("job_id").filter(),
        Field::text("job").filter(),
        Field::text("kernel").filter(),
        Field::text("version"),
        Field::text("git_branch"),
        Field::text("lab_name"),
        Field::text("board"),
        Field::text("device_type"),
        Field::text("mach"),
        Field::text("arch"),
        Field::text("defconfig"),
        Field::text("defconfig_full"),
        Field::text("build_environment"),
        Field::text("compiler"),
        Field::text("compiler_version"),
        Field::text("git_url"),
        Field::other("regressions"),
    ],
};
