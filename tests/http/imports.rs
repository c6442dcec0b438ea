//! Both forms of a build, from the upload to the documents that clients read.

use kernelci_tests::{ADMIN, Client, Server};
use serde_json::{Value as Json, json};

const NOW: &str = "2020-04-12T10:30:00Z";
const FOLDER: &str = "next/master/next-20200412/arm64/defconfig+kselftest/gcc-8";

fn form(parts: &[(&str, Option<&str>, &str)]) -> String {
    let mut body = String::new();
    for (name, file, content) in parts {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        body.push_str(&format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n"));
    }
    body + "--b--\r\n"
}

fn description(status: &str) -> String {
    json!({
        "job": "next", "kernel": "next-20200412", "git_branch": "master", "arch": "arm64", "defconfig": "defconfig",
        "defconfig_full": "defconfig+kselftest", "build_environment": "gcc-8", "build_result": status,
        "git_describe": "next-20200412", "git_describe_v": "v5.6-12345-gabcdef", "git_url": "https://git.example.org/next.git",
        "git_commit": "0123456789012345678901234567890123456789", "build_log": "build.log", "kernel_image": "Image",
        "dtb_dir": "dtbs", "compiler": "gcc", "compiler_version": "8",
    })
    .to_string()
}

const LOG: &str = "  CC init/main.o\nfs/a.c:1:2: warning: unused variable 'x'\nfs/b.c:3: error: no such thing\n\
                   WARNING: modpost: Section mismatch in reference\nfs/a.c:1:2: warning: unused variable 'x'\n";

fn request() -> Json {
    json!({
        "job": "next", "kernel": "next-20200412", "git_branch": "master", "arch": "arm64", "defconfig": "defconfig",
        "defconfig_full": "defconfig+kselftest", "build_environment": "gcc-8",
    })
}

async fn upload(client: &Client, files: &[(&str, &str)]) {
    let mut parts = vec![("path", None, FOLDER)];
    parts.extend(files.iter().map(|(name, content)| ("file", Some(*name), *content)));
    let headers = [("content-type", "multipart/form-data; boundary=b")];
    let answer = client.send("POST", "/upload", &headers, form(&parts)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.result().len(), files.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uploaded_build_becomes_a_job_a_build_and_logs() {
    let server = Server::seeded(NOW).await;
    let client = server.client(ADMIN);
    upload(
        &client,
        &[("bmeta.json", &description("FAIL")), ("build.log", LOG), ("Image", "12345"), ("dtbs/a/b.dtb", "d")],
    )
    .await;
    let accepted = client.post("/build", &request()).await;
    assert_eq!(
        (accepted.status.as_u16(), &accepted.json()["reason"]),
        (202, &json!("Request accepted and being imported"))
    );

    let path = "/build?job=next&kernel=next-20200412";
    let build = client.get_until(path, |answer| !answer.result().is_empty()).await.result().remove(0);
    for (name, value) in [
        ("status", json!("FAIL")),
        ("errors", json!(1)),
        ("warnings", json!(2)),
        ("mismatches", json!(1)),
        ("kernel_image_size", json!(5)),
        ("dtb_dir_data", json!(["a/b.dtb"])),
        ("kernel_version", Json::Null),
        ("file_server_resource", json!(FOLDER)),
    ] {
        assert_eq!(build[name], value, "{name}");
    }
    let build_id = build["_id"]["$oid"].as_str().unwrap();
    let job = client.get("/job?job=next&kernel=next-20200412").await.result().remove(0);
    assert_eq!((&job["status"], &job["_id"]), (&json!("BUILD"), &build["job_id"]));
    let logs =
        client.get_until(&format!("/build/{build_id}/logs"), |answer| answer.status == 200).await.result().remove(0);
    assert_eq!(logs["errors"], json!(["fs/b.c:3: error: no such thing"]));
    assert_eq!((&logs["warnings_count"], &logs["build_id"]), (&json!(2), &build["_id"]));
    let job_id = job["_id"]["$oid"].as_str().unwrap();
    let summary = client.get(&format!("/job/{job_id}/logs")).await.result().remove(0);
    assert_eq!(summary["warnings"], json!([[2, "fs/a.c:1:2: warning: unused variable 'x'"]]));

    let deleted = client.send("DELETE", &format!("/build/{build_id}"), &[], "").await;
    assert_eq!(deleted.status, 200);
    assert_eq!(client.get(&format!("/build/{build_id}/logs")).await.status, 404);
    assert_eq!(client.get(&format!("/job/{job_id}/logs")).await.result()[0]["warnings"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_submitted_twice_updates_its_document_and_counts_its_log_lines_once() {
    let server = Server::seeded(NOW).await;
    let client = server.client(ADMIN);
    let path = "/build?job=next&kernel=next-20200412&field=status&field=created_on&field=warnings";
    upload(&client, &[("bmeta.json", &description("FAIL")), ("build.log", LOG)]).await;
    for _ in 0..5 {
        assert_eq!(client.post("/build", &request()).await.status, 202);
    }
    let first = client.get_until(path, |answer| !answer.result().is_empty()).await.result();
    upload(&client, &[("bmeta.json", &description("PASS")), ("build.log", "a.c: warning: one\n")]).await;
    assert_eq!(client.post("/build", &request()).await.status, 202);
    let second = client.get_until(path, |answer| answer.result()[0]["status"] == "PASS").await.result();
    assert_eq!(second.len(), 1);
    assert_eq!((&second[0]["_id"], &second[0]["created_on"]), (&first[0]["_id"], &first[0]["created_on"]));
    let summary = "/job/logs?job=next&kernel=next-20200412";
    client.get_until(summary, |answer| answer.result()[0]["warnings"] == json!([[1, "a.c: warning: one"]])).await;
    assert_eq!(client.get("/job?job=next&kernel=next-20200412").await.result().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inline_form_is_checked_and_imported() {
    let server = Server::seeded(NOW).await;
    let client = server.client(ADMIN);
    let mut body = json!({
        "bmeta": {
            "build": {"status": "PASS", "duration": 12.5},
            "environment": {"name": "gcc-8", "arch": "arm", "compiler": "gcc", "compiler_version": "8", "compiler_version_full": "gcc 8.3"},
            "kernel": {"defconfig": "multi_v7_defconfig", "defconfig_full": "multi_v7_defconfig", "publish_path": "inline/build"},
            "revision": {"branch": "master", "commit": "f5427c2460ebc11b1a66c1742d41077ae5b99796", "describe": "v5.7-rc1",
                         "describe_verbose": "v5.7-rc1", "tree": "mainline", "url": "https://git.example.org/mainline.git"},
        },
        "steps": [{"name": "kernel", "status": "PASS"}],
        "artifacts": {"kernel": [{"type": "file", "path": "logs/kernel.log", "key": "log"}, {"type": "file", "path": "zImage", "key": "image"}]},
    });
    let stored = client.send("PUT", "/upload/inline/build/logs/kernel.log", &[], LOG).await;
    assert_eq!(
        (stored.status.as_u16(), stored.header("location").ends_with("/storage/inline/build/logs/kernel.log")),
        (201, true)
    );
    assert_eq!(client.post("/build", &body).await.status, 202);
    let path = "/build?job=mainline&kernel=v5.7-rc1";
    let build = client.get_until(path, |answer| !answer.result().is_empty()).await.result().remove(0);
    assert_eq!(
        (&build["build_time"], &build["kernel_image"], &build["errors"]),
        (&json!(12.5), &json!("zImage"), &json!(1))
    );

    body["bmeta"]["revision"]["commit"] = json!("abc");
    let refused = client.post("/build", &body).await;
    assert_eq!(refused.status, 400);
    assert!(refused.json()["errors"][0].as_str().unwrap().contains("bmeta.revision.commit"));
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_builds_of_a_new_job_create_one_job_with_all_their_log_lines() {
    let server = Server::seeded(NOW).await;
    let client = server.client(ADMIN);
    const BUILDS: usize = 12;
    for nth in 0..BUILDS {
        let folder = format!("race/master/v1/arm/config-{nth}");
        for (name, content) in [
            ("bmeta.json", json!({"build_result": "PASS"}).to_string()),
            ("build.log", "a.c: warning: shared\n".to_owned()),
        ] {
            assert_eq!(client.send("PUT", &format!("/upload/{folder}/{name}"), &[], content).await.status, 201);
        }
    }
    let posts = (0..BUILDS).map(|nth| {
        let client = client.clone();
        tokio::spawn(async move {
            let body = json!({"job": "race", "kernel": "v1", "git_branch": "master", "arch": "arm", "defconfig": format!("config-{nth}")});
            client.post("/build", &body).await.status
        })
    });
    for post in posts.collect::<Vec<_>>() {
        assert_eq!(post.await.unwrap(), 202);
    }
    client.get_until("/build?job=race", |answer| answer.result().len() == BUILDS).await;
    let wanted = json!([[BUILDS, "a.c: warning: shared"]]);
    client
        .get_until("/job/logs?job=race", |answer| {
            answer.result().len() == 1 && answer.result()[0]["warnings"] == wanted
        })
        .await;
    assert_eq!(client.get("/job?job=race").await.result().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn log_lines_larger_than_an_item_are_read_back_whole() {
    let server = Server::seeded(NOW).await;
    let client = server.client(ADMIN);
    // Hashes do not compress well, so the lists exceed 400 KB many times over even when compressed.
    let hash = |nth: u64| {
        (0..6).map(|part| format!("{:016x}", (nth * 6 + part).wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect::<String>()
    };
    let log: String = (0..30_000).map(|nth| format!("{}: warning: {}\n", hash(nth), hash(nth + 1_000_000))).collect();
    upload(&client, &[("bmeta.json", &description("PASS")), ("build.log", &log)]).await;
    assert_eq!(client.post("/build", &request()).await.status, 202);
    let path = "/build/logs?job=next&kernel=next-20200412";
    let logs = client.get_until(path, |answer| !answer.result().is_empty()).await.result().remove(0);
    assert_eq!(logs["warnings"].as_array().unwrap().len(), 30_000);
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(logs["warnings"].as_array().unwrap()[29_999], lines[29_999]);
    let summary =
        client.get_until("/job/logs?job=next&kernel=next-20200412", |answer| !answer.result().is_empty()).await;
    assert_eq!(summary.result()[0]["warnings"].as_array().unwrap().len(), 30_000);
    let narrow =
        client.get("/build/logs?job=next&kernel=next-20200412&warnings=30000&field=warnings_count").await.result();
    assert_eq!(narrow[0]["warnings_count"], 30_000);
}
