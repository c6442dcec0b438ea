//! The process is killed repeatedly while it takes small and large test groups. At the end every group is complete or
//! absent, accepted groups are there once, and the totals are right.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod process;

use std::{collections::BTreeMap, time::Duration};

use process::Process;
use serde_json::{Value as Json, json};

/// The default number of kills.
const KILLS: u64 = 8;

/// The environment variable with the number of kills.
const KILLS_NAME: &str = "KERNELCI_KILLS";

/// The longest lifetime of a process, in milliseconds.
const MAX_LIFE: u64 = 700;

/// The numbers of cases of successive groups: some fit into one transaction, some need several.
const SIZES: [usize; 3] = [3, 150, 40];

/// A random number below `most`.
fn any_below(most: u64) -> u64 {
    u64::from_be_bytes(uuid::Uuid::new_v4().as_bytes()[8..].try_into().unwrap()) % most
}

fn cases_of(nth: u64) -> usize {
    SIZES[usize::try_from(nth).unwrap() % SIZES.len()]
}

/// A group whose cases fail with every second kernel.
fn group(nth: u64) -> Json {
    let status = if nth.is_multiple_of(2) { "PASS" } else { "FAIL" };
    let case = |place: usize| json!({"name": format!("case-{place:03}"), "status": status});
    json!({
        "arch": "arm64", "build_environment": "gcc-8", "defconfig": "defconfig", "device_type": "qemu",
        "git_branch": "master", "git_commit": "0123456789abcdef0123456789abcdef01234567", "job": "tree",
        "kernel": format!("v{nth:04}"), "lab_name": "lab-example", "name": "plan",
        "test_cases": (0..cases_of(nth)).map(case).collect::<Vec<_>>(),
    })
}

/// Posts groups until the process is gone. Adds accepted ones to `accepted` and returns the last attempted number.
fn submit(process: &Process, token: &str, mut nth: u64, accepted: &mut Vec<u64>) -> u64 {
    while let Some((status, answer)) =
        process.send(token, "POST", "/test/group", "application/json", &group(nth).to_string())
    {
        assert_eq!(status, 201, "{nth}: {answer}");
        accepted.push(nth);
        nth += 1;
    }
    nth
}

/// The numbers of the stored groups, and the number of cases of each.
fn stored(process: &Process, token: &str) -> BTreeMap<u64, usize> {
    let number = |document: &Json| document["kernel"].as_str().unwrap()[1..].parse::<u64>().unwrap();
    let groups = process.result(token, "/test/group?job=tree&field=kernel");
    let mut found: BTreeMap<u64, usize> = groups.iter().map(|group| (number(group), 0)).collect();
    assert_eq!(found.len(), groups.len(), "a group is there twice");
    for case in process.result(token, "/test/case?job=tree&field=kernel") {
        *found.entry(number(&case)).or_default() += 1;
    }
    found
}

fn counted(process: &Process, token: &str, path: &str) -> u64 {
    process.result(token, path)[0]["count"].as_u64().unwrap()
}

#[test]
fn groups_are_complete_or_absent_after_every_kill() {
    let kills = std::env::var(KILLS_NAME).map_or(KILLS, |text| text.parse().unwrap());
    let data = tempfile::tempdir().unwrap();
    let process = Process::start(data.path());
    let token = process.token();
    process.kill();

    let is_whole = |found: &BTreeMap<u64, usize>| found.iter().all(|(nth, cases)| *cases == cases_of(*nth));
    let (mut accepted, mut nth) = (Vec::new(), 0);
    for _ in 0..kills {
        let process = Process::start(data.path());
        // An interrupted group may be completed at any moment, and stays complete from then on.
        let found = stored(&process, &token);
        assert!(is_whole(&found), "{found:?}");
        let killer = process.kill_after(Duration::from_millis(any_below(MAX_LIFE)));
        // The interrupted group is not sent again: it may be there or not.
        nth = submit(&process, &token, nth, &mut accepted) + 1;
        killer.join().unwrap();
    }

    let process = Process::start(data.path());
    let found = stored(&process, &token);
    assert!(is_whole(&found), "{found:?}");
    assert!(accepted.iter().all(|nth| found.contains_key(nth)), "{accepted:?} {found:?}");
    assert!(found.keys().all(|number| *number < nth), "{found:?}");

    let cases: usize = found.values().sum();
    let failed: usize = found.iter().filter(|(nth, _)| !nth.is_multiple_of(2)).map(|(_, cases)| cases).sum();
    for (path, expected) in [
        ("/count/test_group", found.len()),
        ("/count/test_group?job=tree", found.len()),
        ("/count/test_case", cases),
        ("/count/test_case?job=tree&status=FAIL", failed),
    ] {
        assert_eq!(counted(&process, &token, path), expected as u64, "{path}");
    }
}
