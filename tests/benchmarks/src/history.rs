//! A made-up history of test results, counted backwards: what a short one holds are the newest results of a long one.
//! Five trees are tested, each with a new kernel every day; documents have the members and about the size of real ones.

use kernelci::{
    time::Timestamp,
    value::{Document, ObjectId},
};
use kernelci_tests::{document, id};
use serde_json::{Value as Json, json};

/// The time of whoever asks, half an hour after the newest group.
pub const NOW: &str = "2020-04-12T10:30:00Z";

/// The cases of a group.
pub const CASES_OF_A_GROUP: usize = 100;

/// The groups of a kernel.
pub const GROUPS_OF_A_REVISION: usize = 4;

/// The cases of a kernel.
pub const CASES_OF_A_REVISION: usize = CASES_OF_A_GROUP * GROUPS_OF_A_REVISION;

/// The trees, one after another.
pub const TREES: [(&str, &str); 5] = [
    ("next", "master"),
    ("mainline", "master"),
    ("stable-rc", "linux-5.4.y"),
    ("stable", "linux-5.5.y"),
    ("media", "media_stage"),
];

const MINUTE: i64 = 60_000;

/// Between two groups: twenty a day.
const BETWEEN: i64 = 72 * MINUTE;

const LABS: [&str; 7] =
    ["lab-baylibre", "lab-collabora", "lab-broonie", "lab-cip", "lab-clabbe", "lab-kontron", "lab-nxp"];
const PLANS: [&str; 6] =
    ["baseline", "kselftest-seccomp", "igt-gpu-tools", "v4l2-compliance-vivid", "ltp-mm", "cros-ec"];
const COMPILERS: [&str; 2] = ["gcc-8", "clang-10"];
/// Architecture, device type and what it is made of.
const DEVICES: [[&str; 3]; 12] = [
    ["arm64", "meson-gxl-s905x-libretech-cc", "amlogic"],
    ["arm64", "rk3399-gru-kevin", "rockchip"],
    ["arm64", "hip07-d05", "hisilicon"],
    ["arm64", "bcm2837-rpi-3-b", "broadcom"],
    ["arm64", "qemu_arm64-virt-gicv3", "qemu"],
    ["arm", "am335x-boneblack", "omap2"],
    ["arm", "exynos5422-odroidxu3", "exynos"],
    ["arm", "sun8i-h3-orangepi-pc", "allwinner"],
    ["arm", "tegra124-nyan-big", "tegra"],
    ["x86_64", "minnowboard-turbot-E3826", "x86"],
    ["x86_64", "hp-x360-12b-n4000-octopus", "x86"],
    ["riscv", "qemu_riscv64", "qemu"],
];

/// A kernel of a tree, as its number counts backwards from the newest.
pub struct Revision {
    nth: usize,
    tree: &'static str,
    branch: &'static str,
    /// Its name.
    pub kernel: String,
    commit: String,
    newest: i64,
}

impl Revision {
    /// The revision of that number.
    ///
    /// # Panics
    /// [`NOW`] is no time.
    pub fn new(nth: usize) -> Self {
        let (tree, branch) = TREES[nth % TREES.len()];
        let round = nth / TREES.len();
        let commit = format!("{:016x}{:016x}{:08x}", mixed(nth, 1), mixed(nth, 2), mixed(nth, 3) >> 32);
        let (version, candidate, behind) =
            (56_usize.saturating_sub(round / 49), 7 - round / 7 % 7, 70 - round % 7 * 10);
        let kernel = format!("v{}.{}-rc{candidate}-{behind}-g{}", version / 10, version % 10, &commit[..12]);
        let now = Timestamp::parse_rfc3339(NOW).unwrap().milliseconds();
        let newest = now - 30 * MINUTE - number(nth * GROUPS_OF_A_REVISION) * BETWEEN;
        Self { nth, tree, branch, kernel, commit, newest }
    }

    /// The arguments that select what is about it.
    pub fn arguments(&self) -> String {
        format!("job={}&kernel={}", self.tree, self.kernel)
    }

    /// Its job.
    pub fn job(&self) -> Document {
        let created = self.newest - number(GROUPS_OF_A_REVISION) * BETWEEN;
        document(json!({
            "_id": oid(self.job_id()), "compiler": "gcc", "compiler_version": "8",
            "compiler_version_ext": "gcc (Debian 8.3.0-6) 8.3.0", "compiler_version_full": "gcc (Debian 8.3.0-6) 8.3.0",
            "created_on": date(created), "cross_compile": null, "git_branch": self.branch, "git_commit": self.commit,
            "git_describe": self.kernel, "git_describe_v": self.kernel, "git_url": self.url(), "job": self.tree,
            "kernel": self.kernel, "kernel_version": "5.6", "private": false, "status": "PASS", "version": "1.1",
        }))
    }

    fn job_id(&self) -> ObjectId {
        // Above the numbers of all groups and cases.
        object_id(self.newest, 0x80_0000 + self.nth)
    }

    fn url(&self) -> String {
        format!("https://git.kernel.org/pub/scm/linux/kernel/git/{0}/linux-{0}.git", self.tree)
    }

    /// Its groups, each with its cases.
    pub fn groups(&self) -> Vec<Group<'_>> {
        (0..GROUPS_OF_A_REVISION).map(|nth| Group::new(self, nth)).collect()
    }
}

/// The run of a plan on a device.
pub struct Group<'a> {
    revision: &'a Revision,
    nth: usize,
    created: i64,
    plan: &'static str,
    lab: &'static str,
    compiler: &'static str,
    device: [&'static str; 3],
}

impl<'a> Group<'a> {
    fn new(revision: &'a Revision, in_revision: usize) -> Self {
        let nth = revision.nth * GROUPS_OF_A_REVISION + in_revision;
        let one = |salt, of: usize| usize::try_from(mixed(nth, salt) % of as u64).unwrap_or_default();
        Self {
            revision,
            nth,
            created: revision.newest - number(in_revision) * BETWEEN,
            plan: PLANS[one(4, PLANS.len())],
            lab: LABS[one(5, LABS.len())],
            compiler: COMPILERS[one(6, COMPILERS.len())],
            device: DEVICES[one(7, DEVICES.len())],
        }
    }

    /// Its id.
    pub fn id(&self) -> ObjectId {
        object_id(self.created, self.nth * (CASES_OF_A_GROUP + 1))
    }

    /// The id of one of its cases.
    pub fn case_id(&self, index: usize) -> ObjectId {
        object_id(self.created, self.nth * (CASES_OF_A_GROUP + 1) + 1 + index)
    }

    /// Its own document.
    pub fn document(&self) -> Document {
        let Revision { tree, branch, kernel, commit, .. } = self.revision;
        let [arch, device, mach] = self.device;
        let cases: Vec<Json> = (0..CASES_OF_A_GROUP).map(|index| oid(self.case_id(index))).collect();
        document(json!({
            "_id": oid(self.id()), "arch": arch, "board_instance": format!("{device}-{:02}", self.nth % 7),
            "boot_log": format!("{}-{device}.txt", self.plan), "boot_log_html": format!("{}-{device}.html", self.plan),
            "boot_result_description": null, "build_environment": self.compiler, "build_id": oid(object_id(self.created, 0x90_0000 + self.nth)),
            "compiler": self.compiler, "compiler_version": "8", "compiler_version_full": "gcc (Debian 8.3.0-6) 8.3.0",
            "created_on": date(self.created), "cross_compile": "aarch64-linux-gnu-", "defconfig": "defconfig", "defconfig_full": "defconfig",
            "device_type": device, "dtb": format!("dtbs/{mach}/{device}.dtb"), "endian": "little",
            "file_server_resource": format!("{tree}/{branch}/{kernel}/{arch}/defconfig/{}", self.compiler),
            "git_branch": branch, "git_commit": commit, "git_describe": kernel, "git_url": self.revision.url(), "index": null,
            "initrd": "https://storage.kernelci.org/images/rootfs/debian/buster/rootfs.cpio.gz", "initrd_info": null,
            "job": tree, "job_id": oid(self.revision.job_id()), "kernel": kernel, "kernel_image": "Image", "lab_name": self.lab,
            "mach": mach, "modules": "modules.tar.xz", "name": self.plan, "parent_id": null, "plan_variant": self.plan,
            "sub_groups": [], "test_cases": cases, "time": date(0), "version": "1.1", "warnings": 0,
        }))
    }

    /// Its cases.
    pub fn cases(&self) -> impl Iterator<Item = Document> {
        (0..CASES_OF_A_GROUP).map(|index| self.case(index))
    }

    fn case(&self, index: usize) -> Document {
        let Revision { tree, branch, kernel, commit, .. } = self.revision;
        let ([arch, device, mach], chance) = (self.device, mixed(self.nth * CASES_OF_A_GROUP + index, 8) % 100);
        let (name, created) = (format!("{}-test-{index:02}", self.plan), self.created + number(index));
        let status = match chance {
            0..8 => "FAIL",
            8..16 => "SKIP",
            16..23 => "UNKNOWN",
            _ => "PASS",
        };
        // Of half of the failures it is known since when.
        let regression = if chance < 4 { oid(object_id(created, 0xa0_0000 + index)) } else { Json::Null };
        let line =
            |at: usize| json!({"dt": date(created), "msg": format!("{name}: line {at} of what the device said")});
        let lines: Vec<Json> = if status == "FAIL" { (0..3).map(line).collect() } else { Vec::new() };
        let measured = if chance > 80 { json!([{"name": "time", "units": "s", "value": 1.25}]) } else { json!([]) };
        document(json!({
            "_id": oid(self.case_id(index)), "arch": arch, "build_environment": self.compiler, "created_on": date(created),
            "defconfig_full": "defconfig", "device_type": device, "git_branch": branch, "git_commit": commit, "index": index + 1,
            "job": tree, "kernel": kernel, "lab_name": self.lab, "log_lines": lines, "mach": mach, "measurements": measured,
            "name": name, "plan": self.plan, "regression_id": regression, "status": status,
            "test_case_path": format!("{}.{name}", self.plan), "test_group_id": oid(self.id()), "time": date(1_000), "version": "1.1",
        }))
    }
}

/// As stores of the original's make them: the second, what is the same for a process, and a number that counts on.
fn object_id(created: i64, count: usize) -> ObjectId {
    id(&format!("{:08x}5eed5eed5e{count:06x}", created / 1_000))
}

fn oid(id: ObjectId) -> Json {
    json!({"$oid": id.to_string()})
}

fn date(milliseconds: i64) -> Json {
    json!({"$date": milliseconds})
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A number that looks like chance, and is the same each time (`SplitMix64`).
fn mixed(number: usize, salt: u64) -> u64 {
    let seed = (number as u64).wrapping_mul(16).wrapping_add(salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let seed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let seed = (seed ^ (seed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    seed ^ (seed >> 31)
}
