//! Test groups, and the regressions found among their cases.

use kernelci_tests::{Answer, Client, Server};
use serde_json::{Value as Json, json};

const NOW: &str = "2020-04-12T10:30:00Z";

fn group(kernel: &str, cases: &[(&str, &str)]) -> Json {
    let cases: Vec<Json> = cases.iter().map(|(name, status)| json!({"name": name, "status": status})).collect();
    json!({
        "arch": "arm64", "build_environment": "gcc-8", "defconfig": "defconfig", "device_type": "qemu_arm64-virt",
        "git_branch": "master", "git_commit": "0123456789abcdef0123456789abcdef01234567", "job": "example",
        "kernel": kernel, "lab_name": "lab-example", "name": "baseline", "test_cases": cases,
    })
}

async fn post_group(client: &Client, group: &Json) -> String {
    let answer = client.post("/test/group", group).await;
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()["result"][0]["_id"]["$oid"].as_str().unwrap().to_owned()
}

fn histories(answer: &Answer) -> Vec<Vec<String>> {
    let kernel = |entry: &Json| entry["kernel"].as_str().unwrap().to_owned();
    let kernels = |regression: &Json| regression["regressions"].as_array().unwrap().iter().map(kernel).collect();
    answer.result().iter().map(kernels).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_stored_with_its_sub_groups_and_cases() {
    let server = Server::seeded(NOW).await;
    let client = server.client("tok-superuser");
    let mut body = group("next-1", &[("login", "pass"), ("speed", "FAIL")]);
    body["test_cases"][1]["time"] = json!(2.5);
    body["test_cases"][1]["measurements"] = json!([{"name": "boot", "unit": "time", "value": 3.5}]);
    body["test_cases"][1]["attachments"] = json!([{"url": "https://example.org/a.png", "mime_type": "image/png"}]);
    body["sub_groups"] = json!([{"name": "dmesg", "test_cases": [{"name": "crit"}], "sub_groups": [{"name": "deep"}]}]);
    body["log"] = json!("first line\n");
    let id = post_group(&client, &body).await;
    let stored = client.get(&format!("/test/group/{id}")).await.result()[0].clone();
    assert_eq!(stored["boot_log"], "baseline-qemu_arm64-virt.txt");
    assert_eq!((&stored["defconfig_full"], &stored["parent_id"]), (&json!("defconfig"), &Json::Null));
    let log =
        client.get("/storage/example/master/next-1/arm64/defconfig/gcc-8/lab-example/baseline-qemu_arm64-virt.txt");
    assert_eq!(log.await.body, b"first line\n");

    let cases = client.get("/test/case?job=example&kernel=next-1").await.result();
    let paths: Vec<&str> = cases.iter().map(|case| case["test_case_path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["baseline.login", "baseline.speed", "baseline.dmesg.crit"]);
    let statuses: Vec<&str> = cases.iter().map(|case| case["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["PASS", "FAIL", "UNKNOWN"]);
    assert_eq!(stored["test_cases"], json!([cases[0]["_id"], cases[1]["_id"]]));
    assert_eq!((&cases[1]["time"], &cases[1]["index"]), (&json!({"$date": 2_500}), &json!(2)));
    assert_eq!(cases[1]["measurements"][0], json!({"name": "boot", "unit": "time", "value": 3.5}));
    assert_eq!(cases[1]["attachments"][0]["mime_type"], "image/png");

    let groups = client.get("/test/group?job=example&kernel=next-1").await.result();
    let names: Vec<&str> = groups.iter().map(|group| group["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["baseline", "dmesg", "deep"]);
    assert_eq!(stored["sub_groups"], json!([groups[1]["_id"]]));
    assert_eq!((&groups[1]["parent_id"], &groups[2]["parent_id"]), (&stored["_id"], &groups[1]["_id"]));
    assert_eq!(cases[2]["test_group_id"], groups[1]["_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_posted_again_replaces_itself() {
    let server = Server::seeded(NOW).await;
    let client = server.client("tok-superuser");
    let mut first = group("next-1", &[("a", "PASS"), ("b", "PASS"), ("c", "FAIL")]);
    first["sub_groups"] = json!([{"name": "dmesg", "test_cases": [{"name": "crit"}]}]);
    let id = post_group(&client, &first).await;
    assert_eq!(post_group(&client, &first).await, id);
    assert_eq!(client.get("/count?job=example&kernel=next-1").await.result()[2]["count"], 4);
    assert_eq!(post_group(&client, &group("next-1", &[("a", "FAIL"), ("b", "PASS")])).await, id);
    let cases = client.get("/test/case?job=example&kernel=next-1").await.result();
    let named: Vec<(&str, &str)> =
        cases.iter().map(|case| (case["name"].as_str().unwrap(), case["status"].as_str().unwrap())).collect();
    assert_eq!(named, [("a", "FAIL"), ("b", "PASS")]);
    assert_eq!(client.get("/test/group?job=example&kernel=next-1").await.result().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_cases_are_accepted_in_one_request() {
    let server = Server::seeded(NOW).await;
    let client = server.client("tok-superuser");
    let names: Vec<String> = (0..2_000).map(|place| format!("case-{place:04}")).collect();
    let cases: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "PASS")).collect();
    let id = post_group(&client, &group("next-1", &cases)).await;
    let stored = client.get(&format!("/test/case?test_group_id={id}&field=name")).await.result();
    let stored: Vec<&str> = stored.iter().map(|case| case["name"].as_str().unwrap()).collect();
    assert_eq!(stored, names);
    assert_eq!(client.get("/count/test_case?job=example").await.result()[0]["count"], 2_000);
    assert_eq!(post_group(&client, &group("next-1", &cases[..1_000])).await, id);
    let is_half = |answer: &Answer| answer.result()[0]["count"] == 1_000;
    client.get_until(&format!("/count/test_case?test_group_id={id}"), is_half).await;
}

/// The ids and statuses of the test cases of a kernel.
async fn ids(client: &Client, kernel: &str) -> Vec<(String, String)> {
    let cases = client.get(&format!("/test/case?job=example&kernel={kernel}&field=status")).await.result();
    let text = |value: &Json| value.as_str().unwrap().to_owned();
    cases.iter().map(|case| (text(&case["_id"]["$oid"]), text(&case["status"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_post_of_a_large_group_keeps_the_ids_of_most_cases() {
    let server = Server::seeded_with_small_transactions(NOW).await;
    let client = server.client("tok-superuser");
    let names: Vec<String> = (0..150).map(|place| format!("case-{place:03}")).collect();
    let sent_with = |failing: usize| {
        let status = |place: usize| if place < failing { "FAIL" } else { "PASS" };
        names.iter().enumerate().map(|(place, name)| (name.as_str(), status(place))).collect::<Vec<_>>()
    };
    let id = post_group(&client, &group("next-1", &sent_with(0))).await;
    let first = ids(&client, "next-1").await;
    assert_eq!(first.len(), 150);
    assert_eq!(post_group(&client, &group("next-1", &sent_with(0))).await, id);
    assert_eq!(ids(&client, "next-1").await, first);
    // When a few cases differ, all cases keep their ids.
    assert_eq!(post_group(&client, &group("next-1", &sent_with(3))).await, id);
    let second = ids(&client, "next-1").await;
    assert!(first.iter().zip(&second).all(|(first, second)| first.0 == second.0));
    assert_eq!(second.iter().filter(|(_, status)| status == "FAIL").count(), 3);
    // When many cases differ, all cases are new and none of the old ones is left.
    assert_eq!(post_group(&client, &group("next-1", &sent_with(100))).await, id);
    let third = ids(&client, "next-1").await;
    assert_eq!(third.iter().filter(|(_, status)| status == "FAIL").count(), 100);
    assert!(third.len() == 150 && third.iter().all(|(id, _)| first.iter().all(|(first, _)| first != id)));
    // A case that was added or changed in between is replaced by the next post.
    let case = json!({"name": "added", "test_group_id": id});
    assert_eq!(client.post("/test/case", &case).await.status, 201);
    let (path, headers) = (format!("/test/case/{}", third[0].0), [("content-type", "application/json")]);
    assert_eq!(client.send("PUT", &path, &headers, r#"{"status": "SKIP"}"#).await.status, 200);
    assert_eq!(post_group(&client, &group("next-1", &sent_with(100))).await, id);
    assert_eq!(ids(&client, "next-1").await, third);
    for (query, expected) in [("", 150), ("&status=FAIL", 100), ("&status=SKIP", 0)] {
        let counted = client.get(&format!("/count/test_case?job=example{query}")).await.result();
        assert_eq!(counted[0]["count"], expected, "{query}");
    }
    // The group becomes small, then large again.
    assert_eq!(post_group(&client, &group("next-1", &sent_with(0)[..2])).await, id);
    assert_eq!(ids(&client, "next-1").await.len(), 2);
    assert_eq!(post_group(&client, &group("next-1", &sent_with(0))).await, id);
    assert_eq!(ids(&client, "next-1").await.len(), 150);
    assert_eq!(client.get("/count/test_case?job=example").await.result()[0]["count"], 150);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_group_is_visible_whole_or_not_at_all() {
    let server = Server::seeded_with_small_transactions(NOW).await;
    let client = server.client("tok-superuser");
    let names: Vec<String> = (0..600).map(|place| format!("case-{place:03}")).collect();
    let cases: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "PASS")).collect();
    let body = group("next-1", &cases);
    let sending = post_group(&client, &body);
    let watching = async {
        let mut seen = std::collections::BTreeSet::new();
        while !seen.contains(&600) {
            for path in ["/test/case?job=example&field=name", "/test/case?kernel=next-1&status=PASS&field=name"] {
                seen.insert(client.get(path).await.result().len());
            }
            for path in ["/count/test_case?job=example", "/count/test_case?kernel=next-1&name=case-003"] {
                let count = client.get(path).await.result()[0]["count"].as_u64().unwrap();
                assert!([0, 1, 600].contains(&count), "{path}: {count}");
            }
        }
        seen
    };
    let (_, seen) = futures_util::join!(sending, watching);
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [0, 600]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_regression_is_found_in_any_order_of_the_posts() {
    let server = Server::seeded(NOW).await;
    let client = server.client("tok-superuser");
    let on = |day: u32, kernel: &str, status: &str| {
        let mut group = group(kernel, &[("login", status), ("other", "PASS")]);
        group["created_on"] = json!(format!("2020-04-{day:02}"));
        group
    };
    post_group(&client, &on(1, "next-1", "PASS")).await;
    post_group(&client, &on(4, "next-4", "FAIL")).await;
    let path = "/test/regression?job=example&kernel=next-4";
    client.get_until(path, |answer| histories(answer) == [["next-1", "next-4"]]).await;
    // A kernel between the two fails as well, then one more; both are posted twice.
    for (day, kernel) in [(3, "next-3"), (2, "next-2"), (3, "next-3"), (2, "next-2")] {
        post_group(&client, &on(day, kernel, "FAIL")).await;
    }
    let whole = ["next-1", "next-2", "next-3", "next-4"];
    let answer = client.get_until(path, |answer| histories(answer) == [whole]).await;
    let regression = answer.result()[0].clone();
    assert_eq!(regression["hierarchy"], json!(["baseline", "login"]));
    assert_eq!(regression["test_case_path"], "baseline.login");
    let all = client.get_until("/test/regression?job=example", |answer| answer.result().len() == 3).await;
    assert_eq!(histories(&all).iter().map(Vec::len).sum::<usize>(), 2 + 3 + 4);
    // Each failing case refers to its regression.
    let last = client.get("/test/case?job=example&kernel=next-4&name=login").await.result()[0].clone();
    assert_eq!(last["regression_id"], regression["_id"]);
    let others = client.get("/test/case?job=example&regression_id=null").await.result();
    assert_eq!(others.len(), 5, "four passing cases and the first failure");

    // The second kernel passes, so the third and fourth are compared with it.
    post_group(&client, &on(2, "next-2", "PASS")).await;
    client.get_until(path, |answer| histories(answer) == [["next-2", "next-3", "next-4"]]).await;
    client.get_until("/test/regression?job=example", |answer| answer.result().len() == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn single_cases_and_groups_can_be_added_and_changed() {
    let server = Server::seeded(NOW).await;
    let client = server.client("tok-superuser");
    let json_type = [("content-type", "application/json")];
    let id = post_group(&client, &group("next-1", &[("a", "PASS")])).await;
    let other = post_group(&client, &group("next-2", &[])).await;
    let added = client.post("/test/case", &json!({"name": "b", "test_group_id": id, "status": "PASS"})).await;
    assert_eq!(added.status, 201);
    let case = added.json()["result"][0]["_id"]["$oid"].as_str().unwrap().to_owned();
    let stored = client.get(&format!("/test/case/{case}")).await.result()[0].clone();
    assert_eq!((&stored["test_case_path"], &stored["index"]), (&json!("baseline.b"), &json!(2)));
    assert_eq!(stored["kernel"], "next-1");

    let listed = async |id: &str| {
        let group = client.get(&format!("/test/group/{id}")).await.result()[0].clone();
        group["test_cases"].as_array().unwrap().len()
    };
    assert_eq!((listed(&id).await, listed(&other).await), (2, 0));
    let moved = json!({"test_group_id": other, "name": "c", "status": "fail"}).to_string();
    assert_eq!(client.send("PUT", &format!("/test/case/{case}"), &json_type, moved).await.status, 200);
    assert_eq!((listed(&id).await, listed(&other).await), (1, 1));
    let stored = client.get(&format!("/test/case/{case}")).await.result()[0].clone();
    assert_eq!((&stored["test_case_path"], &stored["status"]), (&json!("baseline.c"), &json!("FAIL")));

    let renamed = json!({"name": "renamed"}).to_string();
    assert_eq!(client.send("PUT", &format!("/test/group/{other}"), &json_type, renamed).await.status, 200);
    assert_eq!(client.get("/test/group?job=example&name=renamed").await.result().len(), 1);
}
