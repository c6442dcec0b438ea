//! Sample data: some trees and a hundred builds with logs, imported as real builds are.

use bytes::Bytes;
use kernelci::{
    domain::{import, token},
    error::Error,
    services::Services,
    storage::StoragePath,
    time::{DAY, Timestamp},
};
use serde_json::{Map, Value as Json, json};

const TREES: [(&str, &str, &str); 5] = [
    ("mainline", "master", "v5.6-rc"),
    ("next", "master", "next-2020031"),
    ("stable", "linux-5.4.y", "v5.4.2"),
    ("stable-rc", "linux-4.19.y", "v4.19.10"),
    ("arm-soc", "for-next", "v5.6-rc3-2"),
];
const KERNELS: i64 = 4;
const CONFIGURATIONS: [(&str, &str, &str); 5] = [
    ("arm", "multi_v7_defconfig", "gcc-8"),
    ("arm64", "defconfig", "gcc-8"),
    ("arm64", "defconfig", "clang-10"),
    ("x86_64", "x86_64_defconfig", "gcc-8"),
    ("riscv", "defconfig", "gcc-8"),
];

/// Imports the sample data and creates a token. Returns the token's value.
///
/// # Errors
/// The store or the storage fails.
pub async fn make(services: &Services) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let now = services.clock.now();
    for (place, tree) in TREES.into_iter().enumerate() {
        for age in 0..KERNELS {
            let place = i64::try_from(place).unwrap_or(0);
            let at = now.plus(-(age * DAY) - place * DAY / 8);
            for (nth, configuration) in CONFIGURATIONS.into_iter().enumerate() {
                build(services, tree, KERNELS - age, configuration, nth, at).await?;
            }
        }
    }
    let mut all: Map<String, Json> = Map::new();
    all.insert("email".to_owned(), json!("demo@example.org"));
    all.insert("admin".to_owned(), json!(1));
    Ok(token::create(services.accounts(), services.identifiers, token::checked(all)?, now).await?.value)
}

async fn build(
    services: &Services,
    (tree, branch, kernel): (&str, &str, &str),
    revision: i64,
    (arch, defconfig, environment): (&str, &str, &str),
    nth: usize,
    at: Timestamp,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let kernel = format!("{kernel}{revision}");
    let fails = (nth + usize::try_from(revision).unwrap_or(0)).is_multiple_of(4);
    let folder = format!("{tree}/{branch}/{kernel}/{arch}/{defconfig}/{environment}");
    let (compiler, version) = environment.split_once('-').unwrap_or((environment, ""));
    let described = json!({
        "job": tree, "kernel": kernel, "git_branch": branch, "arch": arch, "defconfig": defconfig,
        "defconfig_full": defconfig, "build_environment": environment, "build_result": if fails { "FAIL" } else { "PASS" },
        "git_describe": kernel, "git_describe_v": kernel, "git_commit": format!("{revision:040x}"),
        "git_url": format!("https://git.example.org/{tree}.git"), "build_log": "build.log", "build_time": 120.5,
        "compiler": compiler, "compiler_version": version, "compiler_version_full": format!("{compiler} version {version}.1"),
        "kernel_image": "Image", "kernel_config": "kernel.config", "modules": "modules.tar.xz",
    });
    let files = services.files()?;
    for (name, content) in
        [("bmeta.json", described.to_string()), ("build.log", log(nth, fails)), ("Image", "an image".to_owned())]
    {
        let path = StoragePath::parse(&format!("{folder}/{name}")).map_err(Error::from)?;
        files.write(&path, Bytes::from(content)).await.map_err(Error::from)?;
    }
    let request = json!({
        "job": tree, "kernel": kernel, "git_branch": branch, "arch": arch, "defconfig": defconfig, "build_environment": environment,
    });
    import::uploaded(services.writer(), files, &request.to_string(), at).await?;
    Ok(())
}

fn log(nth: usize, fails: bool) -> String {
    let mut log = String::from("  CALL    scripts/checksyscalls.sh\n  CC      init/main.o\n");
    for driver in 0..=nth {
        log.push_str(&format!(
            "drivers/demo/d{driver}.c:{}:2: warning: unused variable 'value' [-Wunused-variable]\n",
            10 + driver
        ));
    }
    if fails {
        log.push_str("fs/demo/inode.c:42:7: error: implicit declaration of function 'demo_lock'\n");
        log.push_str("make[1]: *** [scripts/Makefile.build:268: fs/demo/inode.o] Error 1\n");
    }
    log
}
