//! Test groups that are posted again with other cases, as reruns do.

use kernelci_tests::Server;
use serde_json::{Value as Json, json};

const NOW: &str = "2020-04-12T10:30:00Z";
const GROUPS: usize = 60;
const CASES: usize = 20;

fn group(name: usize, cases: usize) -> Json {
    let cases: Vec<Json> = (0..cases).map(|case| json!({"name": format!("case-{case}"), "status": "PASS"})).collect();
    json!({
        "arch": "arm64", "build_environment": "gcc-8", "defconfig": "defconfig", "device_type": "qemu_arm64-virt",
        "git_branch": "master", "git_commit": "0123456789abcdef0123456789abcdef01234567", "job": "rerun",
        "kernel": "v5.6", "lab_name": "lab-example", "name": format!("plan-{name}"), "test_cases": cases,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn no_accepted_case_is_lost_while_the_worker_runs() {
    let server = Server::seeded(NOW).await;
    let client = server.client("tok-superuser");
    for cases in [CASES, 1, CASES] {
        for name in 0..GROUPS {
            let answer = client.post("/test/group", &group(name, cases)).await;
            assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
        }
    }
    server.settle().await;
    let count = client.get("/count/test_case?job=rerun").await.json();
    assert_eq!(count["result"][0]["count"], GROUPS * CASES, "{count}");
    for group in client.get("/test/group?job=rerun").await.result() {
        let id = group["_id"]["$oid"].as_str().unwrap().to_owned();
        let cases = client.get(&format!("/test/case?test_group_id={id}&field=_id")).await.result();
        let ids: Vec<Json> = cases.iter().map(|case| case["_id"].clone()).collect();
        assert_eq!(group["test_cases"], json!(ids), "{}", group["name"]);
        assert_eq!(ids.len(), CASES);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_case_stays_in_its_new_group_when_its_first_group_is_posted_again() {
    let server = Server::seeded(NOW).await;
    let client = server.client("tok-superuser");
    let mut ids = Vec::new();
    for name in 0..2 {
        let answer = client.post("/test/group", &group(name, 3)).await.json();
        ids.push(answer["result"][0]["_id"]["$oid"].as_str().unwrap().to_owned());
    }
    let cases = client.get(&format!("/test/case?test_group_id={}", ids[0])).await.result();
    let moved = cases[1]["_id"]["$oid"].as_str().unwrap().to_owned();
    let answer = client.put(&format!("/test/case/{moved}"), &json!({"test_group_id": ids[1]})).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    for (cases, first, second) in [(3, 3, 4), (2, 2, 4), (3, 3, 4)] {
        assert_eq!(client.post("/test/group", &group(0, cases)).await.status, 201);
        server.settle().await;
        for (id, expected) in [(&ids[0], first), (&ids[1], second)] {
            let listed = client.get(&format!("/test/group/{id}")).await.result()[0]["test_cases"].clone();
            let cases = client.get(&format!("/test/case?test_group_id={id}&field=_id")).await.result();
            let mut found: Vec<Json> = cases.iter().map(|case| case["_id"].clone()).collect();
            assert_eq!(found.len(), expected, "{id}");
            let by_text = |id: &Json| id.to_string();
            let mut listed = listed.as_array().unwrap().clone();
            listed.sort_by_key(by_text);
            found.sort_by_key(by_text);
            assert_eq!(listed, found, "{id}");
        }
        assert_eq!(client.get(&format!("/test/case/{moved}")).await.result()[0]["test_group_id"]["$oid"], *ids[1]);
    }
    // The second group is posted in its original form, which does not contain the moved case.
    assert_eq!(client.post("/test/group", &group(1, 3)).await.status, 201);
    server.settle().await;
    assert_eq!(client.get(&format!("/test/case/{moved}")).await.status, 404);
    assert_eq!(client.get("/count/test_case?job=rerun").await.json()["result"][0]["count"], 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_group_gets_its_first_name_back_when_it_is_posted_again() {
    let server = Server::seeded(NOW).await;
    let client = server.client("tok-superuser");
    let answer = client.post("/test/group", &group(0, 3)).await.json();
    let id = answer["result"][0]["_id"]["$oid"].as_str().unwrap().to_owned();
    assert_eq!(client.put(&format!("/test/group/{id}"), &json!({"name": "plan-1"})).await.status, 200);
    // A post with the new name creates another group: a group is identified by the members of its first post.
    let answer = client.post("/test/group", &group(1, 2)).await.json();
    let other = answer["result"][0]["_id"]["$oid"].as_str().unwrap().to_owned();
    assert_ne!(id, other);
    let again = client.post("/test/group", &group(0, 4)).await.json();
    assert_eq!(again["result"][0]["_id"]["$oid"], *id);
    server.settle().await;
    for (id, name, cases) in [(&id, "plan-0", 4), (&other, "plan-1", 2)] {
        let group = client.get(&format!("/test/group/{id}")).await.result()[0].clone();
        assert_eq!((&group["name"], group["test_cases"].as_array().unwrap().len()), (&json!(name), cases));
        assert_eq!(client.get(&format!("/test/case?test_group_id={id}")).await.result().len(), cases);
    }
    assert_eq!(client.get("/count/test_case?job=rerun").await.json()["result"][0]["count"], 6);
}
