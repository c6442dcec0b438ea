//! The process is killed repeatedly at random moments while it takes requests for reports and sends them. Each accepted
//! request results in one mail.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod process;

use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

use process::Process;
use serde_json::json;

/// The default number of kills.
const KILLS: u64 = 12;

/// The environment variable with the number of kills.
const KILLS_NAME: &str = "KERNELCI_KILLS";

/// The longest lifetime of a process, in milliseconds.
const MAX_LIFE: u64 = 300;

fn any_below(most: u64) -> u64 {
    u64::from_be_bytes(uuid::Uuid::new_v4().as_bytes()[8..].try_into().unwrap()) % most
}

/// Requests a report with a subject of its own; `None` once the process is gone.
fn ask(process: &Process, token: &str, subject: &str) -> Option<u16> {
    let body = json!({"job": "tree", "kernel": "v1", "git_branch": "master", "report_type": "build", "delay": 0,
                      "send_to": "dev@example.org", "subject": subject});
    process.send(token, "POST", "/send", "application/json", &body.to_string()).map(|(status, _)| status)
}

/// The subjects of the mails in an outbox, and the number of mails with each.
fn subjects(outbox: &Path) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    let Ok(files) = std::fs::read_dir(outbox) else { return found };
    for path in files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "eml")) {
        let text = std::fs::read_to_string(path).unwrap();
        let subject = text.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap();
        *found.entry(subject.to_owned()).or_default() += 1;
    }
    found
}

#[test]
fn each_accepted_report_request_results_in_one_mail_after_every_kill() {
    let kills = std::env::var(KILLS_NAME).map_or(KILLS, |text| text.parse().unwrap());
    let data = tempfile::tempdir().unwrap();
    let process = Process::start(data.path());
    let token = process.token();
    let build = json!({"job": "tree", "kernel": "v1", "git_branch": "master", "arch": "arm", "defconfig": "defconfig"});
    let path = "/upload/tree/master/v1/arm/defconfig/bmeta.json";
    let described = json!({"build_result": "PASS"}).to_string();
    assert_eq!(process.send(&token, "PUT", path, "text/plain", &described).unwrap().0, 201);
    assert_eq!(process.send(&token, "POST", "/build", "application/json", &build.to_string()).unwrap().0, 202);
    while process.result(&token, "/build?job=tree").is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
    process.kill();

    let (mut accepted, mut cut_off, mut nth) = (Vec::new(), Vec::new(), 0);
    for _ in 0..kills {
        let process = Process::start(data.path());
        let killer = process.kill_after(Duration::from_millis(any_below(MAX_LIFE)));
        loop {
            nth += 1;
            let subject = format!("report {nth}");
            match ask(&process, &token, &subject) {
                Some(202) => accepted.push(subject),
                Some(status) => panic!("{subject}: {status}"),
                None => break cut_off.push(subject),
            }
        }
        killer.join().unwrap();
    }

    let process = Process::start(data.path());
    let outbox = data.path().join("outbox");
    let until = Instant::now() + Duration::from_secs(120);
    while Instant::now() < until && accepted.iter().any(|subject| !subjects(&outbox).contains_key(subject)) {
        std::thread::sleep(Duration::from_millis(100));
    }
    // A repetition of an accepted request is refused, and no second mail is sent.
    for subject in accepted.iter().rev().take(3) {
        assert_eq!(ask(&process, &token, subject), Some(409), "{subject}");
    }
    process.end();
    let sent = subjects(&outbox);
    for subject in &accepted {
        assert_eq!(sent.get(subject), Some(&1), "{subject}");
    }
    // An interrupted request may have been accepted.
    let of_others = sent.keys().filter(|subject| !accepted.contains(subject) && !cut_off.contains(subject)).count();
    assert_eq!((of_others, sent.values().max()), (0, Some(&1)));
    assert!(accepted.len() > 10, "{} requests were accepted", accepted.len());
}
