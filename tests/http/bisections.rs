//! Bisections: the commits around a failed build, and the stored result.

use kernelci::collections::BUILD;
use kernelci_tests::{ADMIN, Server, document};
use serde_json::{Value as Json, json};

const NOW: &str = "2020-04-12T10:30:00Z";

fn build(place: u32, tree: &str, status: &str) -> Json {
    json!({
        "_id": {"$oid": format!("5e00000000000000000000{place:02x}")},
        "created_on": {"$date": 1_580_000_000_000_i64 + i64::from(place) * 1_000},
        "job": tree, "git_branch": "master", "kernel": format!("v{place}"), "arch": "arm64", "defconfig": "defconfig",
        "defconfig_full": "defconfig", "build_environment": "gcc-8", "status": status,
        "git_commit": format!("{place:040x}"), "git_url": "https://git.example.org/linux.git",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_good_commit_is_that_of_the_last_passing_build_before_the_failure() {
    let server = Server::seeded(NOW).await;
    let builds =
        [(1, "ours", "PASS"), (2, "ours", "PASS"), (3, "ours", "FAIL"), (4, "theirs", "PASS"), (5, "ours", "FAIL")];
    for (place, tree, status) in builds.into_iter().chain([(6, "ours", "PASS"), (7, "theirs", "PASS")]) {
        let loaded = server.services.store.load(&BUILD, document(build(place, tree, status))).await;
        loaded.unwrap();
    }
    let client = server.client(ADMIN);
    let path = "/bisect?collection=build&build_id=5e0000000000000000000005";
    let found = client.get(path).await.result()[0].clone();
    assert_eq!(
        (&found["good_commit"], &found["bad_commit"]),
        (&json!(format!("{:040x}", 2)), &json!(format!("{:040x}", 5)))
    );
    let visited: Vec<&str> =
        found["bisect_data"].as_array().unwrap().iter().map(|build| build["kernel"].as_str().unwrap()).collect();
    assert_eq!(visited, ["v5", "v3", "v2"]);
    let other = client.get(&format!("{path}&compare_to=theirs")).await.result()[0].clone();
    assert_eq!((&other["good_commit"], &other["compare_to"]), (&json!(format!("{:040x}", 4)), &json!("theirs")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_stored_in_the_document_of_its_bisection() {
    let server = Server::seeded(NOW).await;
    let client = server.client(ADMIN);
    let path = "/bisect/5ea63f92697e094edee6ff6e";
    let before = client.get(path).await.result()[0].clone();
    let mut result = json!({"found_summary": "net: break it", "log": "git bisect start", "checks": {"verify": "PASS"}});
    let names = ["type", "job", "kernel", "git_branch", "arch", "defconfig_full", "build_environment", "lab_name"];
    for name in names.into_iter().chain(["device_type", "test_case_path", "good_commit", "bad_commit"]) {
        result[name] = before[name].clone();
    }
    assert_eq!(client.post("/bisect", &result).await.status, 202);
    let after = client.get_until(path, |answer| answer.result()[0]["log"] == "git bisect start").await;
    let after = after.result()[0].clone();
    assert_eq!((&after["found_summary"], &after["checks"]), (&json!("net: break it"), &json!({"verify": "PASS"})));
    assert_eq!((&after["regression_id"], &after["created_on"]), (&before["regression_id"], &before["created_on"]));
}
