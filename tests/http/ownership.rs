//! A lab's token writes the test results of that lab only.

use kernelci_tests::{ADMIN, Answer, Client, Server};
use serde_json::{Value as Json, json};

const NOW: &str = "2020-04-12T10:30:00Z";
const JSON_TYPE: [(&str, &str); 1] = [("content-type", "application/json")];

fn group(lab: &str, cases: &[&str]) -> Json {
    let cases: Vec<Json> = cases.iter().map(|name| json!({"name": name, "status": "PASS"})).collect();
    json!({
        "arch": "arm64", "build_environment": "gcc-8", "defconfig": "defconfig", "device_type": "qemu_arm64-virt",
        "git_branch": "master", "git_commit": "0123456789abcdef0123456789abcdef01234567", "job": "example",
        "kernel": "next-1", "lab_name": lab, "name": "baseline", "test_cases": cases,
    })
}

fn id(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()["result"][0]["_id"]["$oid"].as_str().unwrap().to_owned()
}

async fn put(client: &Client, path: &str, body: Json) -> u16 {
    client.send("PUT", path, &JSON_TYPE, body.to_string()).await.status.as_u16()
}

/// The test groups and test cases of all labs.
async fn everything(reader: &Client) -> (Vec<Json>, Vec<Json>) {
    (reader.get("/test/group?job=example").await.result(), reader.get("/test/case?job=example").await.result())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_token_cannot_write_the_results_of_another_lab() {
    let server = Server::seeded(NOW).await;
    let (broonie, collabora) = (server.client("tok-lab-broonie"), server.client("tok-lab-collabora"));
    let reader = server.client("tok-get");
    let theirs = id(&collabora.post("/test/group", &group("lab-collabora", &["a"])).await);
    let case = reader.get(&format!("/test/case?test_group_id={theirs}")).await.result()[0]["_id"]["$oid"].clone();
    let their_case = format!("/test/case/{}", case.as_str().unwrap());
    let ours = id(&broonie.post("/test/group", &group("lab-broonie", &["b"])).await);
    let our_case = id(&broonie.post("/test/case", &json!({"name": "c", "test_group_id": ours})).await);
    let our_case = format!("/test/case/{our_case}");
    assert_eq!(put(&broonie, &our_case, json!({"status": "FAIL"})).await, 200);
    assert_eq!(put(&broonie, &format!("/test/group/{ours}"), json!({"index": 3})).await, 200);
    let settled = "/test/case?job=example&status=FAIL&regression_id=null";
    reader.get_until(settled, |answer| answer.result().len() == 1).await;
    let before = everything(&reader).await;

    // Posts that would replace the other lab's group, add a group for that lab, or add a sub-group of that lab.
    for body in [group("lab-collabora", &["x"]), group("lab-of-nobody", &[]), {
        let mut body = group("lab-broonie", &[]);
        body["sub_groups"] = json!([{"name": "inner", "lab_name": "lab-collabora"}]);
        body
    }] {
        let answer = broonie.post("/test/group", &body).await;
        assert_eq!(answer.status, 403, "{body}");
        assert!(answer.json()["reason"].as_str().unwrap().contains("is not associated with lab 'lab-"), "{body}");
    }
    // Posts that would add a case to the other lab's group, change its case, or move a case between the labs.
    let added = broonie.post("/test/case", &json!({"name": "d", "test_group_id": theirs})).await;
    assert_eq!(added.status, 403);
    assert_eq!(put(&broonie, &their_case, json!({"status": "FAIL"})).await, 403);
    assert_eq!(put(&broonie, &their_case, json!({"test_group_id": ours})).await, 403);
    assert_eq!(put(&broonie, &our_case, json!({"test_group_id": theirs})).await, 403);
    assert_eq!(put(&broonie, &format!("/test/group/{theirs}"), json!({"name": "renamed"})).await, 403);
    assert_eq!(everything(&reader).await, before);
    // A missing document is answered 404, as for every caller.
    assert_eq!(put(&broonie, "/test/case/5e0000000000000000000000", json!({"status": "FAIL"})).await, 404);
    assert_eq!(put(&broonie, "/test/group/5e0000000000000000000000", json!({"index": 1})).await, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_must_name_the_lab_of_its_token() {
    let server = Server::seeded(NOW).await;
    let broonie = server.client("tok-lab-broonie");
    let answer = broonie.post("/callback/lava/test?lab_name=lab-collabora", &json!({"id": 1, "definition": ""})).await;
    assert_eq!(answer.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_without_a_lab_and_administrators_write_the_results_of_any_lab() {
    let server = Server::seeded(NOW).await;
    for token in ["tok-testlab", "tok-superuser", ADMIN] {
        let client = server.client(token);
        let stored = id(&client.post("/test/group", &group("lab-collabora", &["a"])).await);
        let case = id(&client.post("/test/case", &json!({"name": "b", "test_group_id": stored})).await);
        assert_eq!(put(&client, &format!("/test/case/{case}"), json!({"status": "PASS"})).await, 200, "{token}");
        assert_eq!(put(&client, &format!("/test/group/{stored}"), json!({"index": 1})).await, 200, "{token}");
    }
}
