//! A damaged or foreign data folder: the server reports it in one line and changes nothing in the folder.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod process;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use process::{KEY, Process, arguments};
use serde_json::json;

const DOCUMENTS: usize = 40;

/// A data folder with a closed store that holds some tokens.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let data = process::folder();
    let process = Process::start(data.path());
    for nth in 0..DOCUMENTS {
        let body =
            json!({"email": format!("{nth}@example.org"), "username": "x".repeat(2_000), "admin": 1}).to_string();
        assert_eq!(process.send(KEY, "POST", "/token", "application/json", &body).unwrap().0, 201);
    }
    // After an orderly end the store is one file.
    process.end();
    let store = data.path().join("store.sqlite");
    assert!(!data.path().join("store.sqlite-wal").exists());
    (data, store)
}

/// Asserts that the server does not start, reports `why` in one line, and leaves the file unchanged.
fn is_refused(data: &Path, store: &Path, why: &str) {
    let before = fs::read(store).unwrap();
    let ended = Command::new(env!("CARGO_BIN_EXE_kernelci-local")).args(arguments(data)).output().unwrap();
    let error = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(
        error.starts_with("kernelci-local: the store ") && error.contains("store.sqlite") && error.contains(why),
        "{error}"
    );
    assert_eq!(String::from_utf8(ended.stdout).unwrap(), "");
    assert!(fs::read(store).unwrap() == before, "the file was changed");
}

#[test]
fn a_damaged_header_is_refused() {
    let (data, store) = folder();
    let mut bytes = fs::read(&store).unwrap();
    bytes[..100].fill(0xa5);
    fs::write(&store, bytes).unwrap();
    is_refused(data.path(), &store, "not a valid SQLite database");
}

#[test]
fn a_file_that_is_not_a_store_is_refused() {
    let data = process::folder();
    let store = data.path().join("store.sqlite");
    fs::write(&store, "a note that somebody has put here\n".repeat(1_000)).unwrap();
    is_refused(data.path(), &store, "not a valid SQLite database");
}

#[test]
fn a_store_of_a_later_version_is_refused() {
    // The position of the version in the header of the file.
    const VERSION: std::ops::Range<usize> = 60..64;
    let (data, store) = folder();
    let mut bytes = fs::read(&store).unwrap();
    assert_eq!(bytes[VERSION], 1_u32.to_be_bytes());
    bytes[VERSION].copy_from_slice(&99_u32.to_be_bytes());
    fs::write(&store, bytes).unwrap();
    is_refused(data.path(), &store, "newer version");
}

#[test]
fn the_database_of_another_program_is_refused() {
    let data = process::folder();
    let store = data.path().join("store.sqlite");
    rusqlite::Connection::open(&store).unwrap().execute_batch("CREATE TABLE notes (text)").unwrap();
    is_refused(data.path(), &store, "another program");
}

#[test]
fn an_empty_file_is_a_new_store() {
    let data = process::folder();
    fs::write(data.path().join("store.sqlite"), "").unwrap();
    let process = Process::start(data.path());
    let token = process.token();
    assert!(process.result(&token, "/job").is_empty());
}

#[test]
fn damage_in_the_middle_is_answered_with_an_error_and_the_rest_is_served() {
    let (data, store) = folder();
    let mut bytes = fs::read(&store).unwrap();
    let length = bytes.len();
    bytes[length / 4..].fill(0xa5);
    fs::write(&store, &bytes).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_kernelci-local"));
    let ended = command.args(arguments(data.path())).stderr(std::process::Stdio::piped());
    let mut child = ended.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line).unwrap();
    // The damaged page decides whether the damage is found at the start or later.
    if let Some(address) = line.split("http://").nth(1) {
        let address = address.split_whitespace().next().unwrap().to_owned();
        let process = Process { child, address };
        assert_eq!(process.send("", "GET", "/version", "", "").unwrap().0, 200);
        let (status, envelope) = process.send(KEY, "GET", "/token", "", "").unwrap();
        assert_eq!((status, &envelope["code"]), (503, &json!(503)), "{envelope}");
        let body = json!({"email": "a@example.org"}).to_string();
        let (status, envelope) = process.send(KEY, "POST", "/token", "application/json", &body).unwrap();
        assert!([201, 503].contains(&status), "{envelope}");
        assert_eq!(envelope["code"], status);
        assert_eq!(process.send("", "GET", "/version", "", "").unwrap().0, 200);
    } else {
        let ended = child.wait_with_output().unwrap();
        let error = String::from_utf8(ended.stderr).unwrap();
        assert_eq!((ended.status.code(), error.lines().count()), (Some(1), 1), "{error}");
    }
}

/// A privileged user may write everywhere, so the server is then started as an unprivileged user.
#[cfg(unix)]
#[test]
fn a_read_only_folder_is_refused() {
    use std::os::unix::{fs::MetadataExt, fs::PermissionsExt, process::CommandExt};
    const UNPRIVILEGED_USER: u32 = 65_534;

    let outer = tempfile::tempdir().unwrap();
    let readable = fs::Permissions::from_mode(0o555);
    let data = outer.path().join("data");
    fs::create_dir(&data).unwrap();
    let program = outer.path().join("kernelci-local");
    fs::copy(env!("CARGO_BIN_EXE_kernelci-local"), &program).unwrap();
    fs::set_permissions(&data, readable.clone()).unwrap();
    fs::set_permissions(outer.path(), readable).unwrap();
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    for folder in [data.clone(), data.join("below")] {
        let mut command = Command::new(&program);
        command.args(arguments(&folder));
        if is_root {
            command.uid(UNPRIVILEGED_USER);
        }
        let ended = command.output().unwrap();
        let error = String::from_utf8(ended.stderr).unwrap();
        assert_eq!((ended.status.code(), error.lines().count()), (Some(1), 1), "{error}");
        assert!(error.contains("ermission denied") && error.contains(folder.to_str().unwrap()), "{error}");
    }
    fs::set_permissions(outer.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(fs::read_dir(&data).unwrap().count(), 0);
}
