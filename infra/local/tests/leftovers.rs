//! The files that a killed process leaves in the data folder.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod process;

use std::fs;

use process::Process;

#[test]
fn unfinished_uploads_are_removed_at_the_start_and_complete_files_kept() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::start(data.path());
    let token = process.token();
    assert_eq!(process.send(&token, "PUT", "/upload/a/x", "text/plain", "whole").unwrap().0, 201);
    process.kill();
    let files = data.path().join("files");
    fs::create_dir_all(files.join("b/c")).unwrap();
    for unfinished in ["a/.kernelci-upload-1", "b/c/.kernelci-upload-2"] {
        fs::write(files.join(unfinished), "half").unwrap();
    }
    let process = Process::start(data.path());
    assert_eq!(process.file("/storage/a/x").as_deref(), Some("whole"));
    assert_eq!(fs::read_dir(files.join("a")).unwrap().count(), 1);
    assert!(!files.join("b").exists());
    // A new file of that name can be stored.
    assert_eq!(process.send(&token, "PUT", "/upload/b", "text/plain", "file").unwrap().0, 201);
}
