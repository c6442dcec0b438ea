//! Builds of one job that are submitted until a limit of the process is met.

use std::time::{Duration, Instant};

use serde_json::json;

use super::Process;

/// The body of a build in the inline form. Builds of different numbers are of one job.
pub(crate) fn build(nth: usize) -> String {
    json!({
        "bmeta": {
            "build": {"status": "PASS", "duration": 1.5},
            "environment": {"name": "gcc-8", "arch": "arm", "compiler": "gcc", "compiler_version_full": "gcc 8.3"},
            "kernel": {"defconfig": format!("config-{nth}"), "defconfig_full": format!("config-{nth}"), "publish_path": "x"},
            "revision": {"tree": "full", "branch": "master", "describe": "v1", "commit": "0123456789abcdef0123456789abcdef01234567",
                         "url": "https://git.example.org/next.git"},
        },
        "steps": [{"name": "kernel", "status": "PASS"}],
        "artifacts": {"kernel": [{"type": "file", "key": "image", "path": "Image"}]},
    })
    .to_string()
}

/// Waits until so many builds of the job are imported.
pub(crate) fn imported(process: &Process, token: &str, builds: usize) {
    let until = Instant::now() + Duration::from_secs(60);
    let count = || process.result(token, "/build?job=full").len();
    while count() < builds && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(count(), builds);
    assert_eq!(process.result(token, "/job?job=full").len(), 1);
}
