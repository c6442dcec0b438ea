//! `load` as a process: the formats of MongoDB's tools, refused documents and the exit status.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by a panic")]

mod process;

use std::{
    collections::HashMap,
    fs,
    io::Write,
    path::Path,
    process::{Command, Output},
};

use bson::{doc, oid::ObjectId};
use flate2::{Compression, write::GzEncoder};
use process::{Process, folder};
use serde_json::{Value as Json, json};

fn load(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kernelci-local"));
    command.args(["load", "--data", data.to_str().unwrap()]).args(arguments).output().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn id(nth: u8) -> ObjectId {
    ObjectId::from_bytes([nth; 12])
}

fn bytes(documents: &[bson::Document]) -> Vec<u8> {
    let mut bytes = Vec::new();
    documents.iter().for_each(|document| document.to_writer(&mut bytes).unwrap());
    bytes
}

fn job(nth: u8) -> bson::Document {
    doc! {
        "_id": id(nth), "job": "next", "kernel": format!("v{nth}"), "git_branch": "master", "status": "PASS", "private": false,
        "created_on": bson::DateTime::from_millis(1_581_638_400_000),
    }
}

fn group(nth: u8) -> bson::Document {
    doc! {"_id": id(nth), "name": "LSK", "board": "panda", "job": "next", "kernel": "v1", "lab_name": "lab",
    "created_on": bson::DateTime::from_millis(1_581_638_400_000), "boot_id": id(7), "test_set": [id(40)]}
}

/// An archive as `mongodump --archive` writes it, whose checksums are those of Go's `hash/crc64`.
fn archive(segments: &[(&str, Vec<bson::Document>, i64)]) -> Vec<u8> {
    const TERMINATOR: [u8; 4] = [0xff; 4];
    let mut archive = vec![0x6d, 0xe2, 0x99, 0x81];
    archive.extend(bytes(&[
        doc! {"concurrent_collections": 4, "version": "0.1", "server_version": "4.2.8", "tool_version": "r4.2.8"},
    ]));
    for (collection, ..) in segments {
        archive.extend(bytes(&[doc! {"db": "kernel-ci", "collection": *collection, "metadata": "{}", "size": 0}]));
    }
    archive.extend(TERMINATOR);
    for (collection, documents, checksum) in segments {
        archive.extend(bytes(&[doc! {"db": "kernel-ci", "collection": *collection, "EOF": false, "CRC": 0_i64}]));
        archive.extend(bytes(documents));
        archive.extend(TERMINATOR);
        archive.extend(bytes(&[doc! {"db": "kernel-ci", "collection": *collection, "EOF": true, "CRC": *checksum}]));
        archive.extend(TERMINATOR);
    }
    archive
}

fn crc64(bytes: &[u8]) -> i64 {
    let shift = |register: u64| if register & 1 == 1 { (register >> 1) ^ 0xc96c_5795_d787_0f42 } else { register >> 1 };
    let crc =
        bytes.iter().fold(!0_u64, |register, byte| (0..8).fold(register ^ u64::from(*byte), |found, _| shift(found)));
    (!crc).cast_signed()
}

/// The counts of a store's collections.
fn counts(data: &Path) -> HashMap<String, u64> {
    let process = Process::start(data);
    let token = process.token();
    let (status, answer) = process.send(&token, "GET", "/count", "application/json", "").unwrap();
    process.kill();
    assert_eq!(status, 200, "{answer}");
    let pairs = answer["result"].as_array().unwrap().iter();
    pairs.map(|pair| (pair["collection"].as_str().unwrap().to_owned(), pair["count"].as_u64().unwrap())).collect()
}

#[test]
fn exports_are_loaded_by_the_name_of_an_option_or_of_the_file() {
    let (data, files) = (folder(), folder());
    let line = |nth: u8| {
        json!({"_id": {"$oid": id(nth).to_hex()}, "job": "next", "kernel": format!("v{nth}"), "git_branch": "master",
               "created_on": {"$date": {"$numberLong": "1581638400000"}}, "status": "PASS"})
    };
    let lines: String = (1..4).map(|nth| format!("{}\n", line(nth))).collect();
    let path = |name: &str| files.path().join(name);
    fs::write(path("export.txt"), format!("\u{feff}{lines}")).unwrap();
    fs::write(path("job.json.gz"), gzip(json!([line(4), line(5)]).to_string().as_bytes())).unwrap();

    let unnamed = load(data.path(), &[path("export.txt").to_str().unwrap()]);
    assert_eq!(unnamed.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unnamed.stderr).contains("--collection"), "{unnamed:?}");
    let named = load(data.path(), &["--collection", "job", path("export.txt").to_str().unwrap()]);
    assert_eq!(
        (named.status.code(), String::from_utf8_lossy(&named.stdout).trim()),
        (Some(0), "job: 3 read, 3 new, 0 updated")
    );
    let array = load(data.path(), &[path("job.json.gz").to_str().unwrap()]);
    assert_eq!(
        (array.status.code(), String::from_utf8_lossy(&array.stdout).trim()),
        (Some(0), "job: 2 read, 2 new, 0 updated")
    );
    assert_eq!(counts(data.path())["job"], 5);
}

#[test]
fn dumps_are_loaded_from_folders_and_archives() {
    let files = folder();
    for is_compressed in [false, true] {
        let write = |name: &str, content: &[u8]| {
            let path = files.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, if is_compressed { gzip(content) } else { content.to_vec() }).unwrap();
            path
        };
        let end = if is_compressed { ".gz" } else { "" };
        let dump = format!("dump{end}");
        write(&format!("{dump}/kernel-ci/job.bson{end}"), &bytes(&[job(1), job(2)]));
        write(&format!("{dump}/kernel-ci/job.metadata.json{end}"), b"{\"indexes\":[]}");
        write(&format!("{dump}/kernel-ci/test_suite.bson{end}"), &bytes(&[group(3)]));
        write(&format!("{dump}/admin/system.users.bson{end}"), &bytes(&[doc! {"_id": "admin.root"}]));
        let archived = archive(&[
            ("job", vec![job(1), job(2)], crc64(&bytes(&[job(1), job(2)]))),
            ("test_suite", vec![group(3)], crc64(&bytes(&[group(3)]))),
        ]);
        let archive = write(&format!("dump.archive{end}"), &archived);
        for source in [files.path().join(&dump), files.path().join(&dump).join("kernel-ci"), archive] {
            let data = folder();
            let loaded = load(data.path(), &[source.to_str().unwrap()]);
            let expected = "job: 2 read, 2 new, 0 updated\ntest_suite: 1 read, 1 new, 0 updated\n  \
                            1 with boot_id, which has no counterpart and is kept as it is\n";
            assert_eq!(String::from_utf8_lossy(&loaded.stdout), expected, "{source:?} {loaded:?}");
            assert_eq!(loaded.status.code(), Some(0), "{source:?}");
            let counts = counts(data.path());
            assert_eq!((counts["job"], counts["test_group"]), (2, 1), "{source:?}");
        }
    }
}

#[test]
fn refused_documents_are_named_on_the_standard_error() {
    let (data, files) = (folder(), folder());
    let good = json!({"_id": {"$oid": id(1).to_hex()}, "job": "next", "kernel": "v1", "git_branch": "master"});
    let text_id = json!({"_id": "text", "job": "next"});
    let document: Json = json!({"job": [good, text_id], "subscription": [{"_id": {"$oid": id(2).to_hex()}}]});
    let path = files.path().join("documents.json");
    fs::write(&path, document.to_string()).unwrap();
    let loaded = load(data.path(), &[path.to_str().unwrap()]);
    assert_eq!(loaded.status.code(), Some(3), "{loaded:?}");
    let expected = [
        "refused: job text: its _id is no id",
        "refused: subscription 020202020202020202020202: there is no such collection",
    ];
    let printed = String::from_utf8_lossy(&loaded.stderr).into_owned();
    let mut lines: Vec<&str> = printed.lines().collect();
    // Collections are stored at the same time.
    lines.sort_unstable();
    assert_eq!(lines, expected);
    let summary = "job: 2 read, 1 new, 0 updated\n  1 refused: its _id is no id\nsubscription: 1 read, 0 new, 0 updated\n  \
                   1 refused: there is no such collection\n";
    assert_eq!(String::from_utf8_lossy(&loaded.stdout), summary);
    assert_eq!(counts(data.path())["job"], 1);
}
