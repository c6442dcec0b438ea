//! The status of a job, and the log summary that it writes.

use kernelci_tests::{ADMIN, Server};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn setting_a_status_writes_the_log_summary() {
    let server = Server::seeded("2020-04-12T10:30:00Z").await;
    let client = server.client(ADMIN);
    let body = json!({"job": "mainline", "kernel": "v5.6-rc1", "git_branch": "master", "status": "FAIL", "unknown": 1});
    let answer = client.post("/job", &body).await;
    assert_eq!(answer.json()["reason"], "Job 'mainline-v5.6-rc1' (branch master) marked as 'FAIL'");
    assert_eq!(answer.json()["errors"], json!(["Found non recognizable keys, they will not be considered: unknown"]));
    let job = client.get("/job?job=mainline&kernel=v5.6-rc1").await.result().remove(0);
    assert_eq!(job["status"], "FAIL");
    let file = "/storage/mainline/master/v5.6-rc1/build-logs-summary.txt";
    let text = client.get_until(file, |answer| answer.status == 200).await.body;
    let text = String::from_utf8(text).unwrap();
    assert!(
        text.starts_with("ERRORS: ") && text.contains("      2 drivers/x0.c:10:2: error: ‘foo0’ undeclared\n"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_options_starts_empty() {
    let server = Server::start(&[]).await;
    let master = server.client(kernelci_tests::MASTER_KEY);
    let made = master.post("/token", &json!({"email": "me@example.org", "admin": 1})).await;
    let token = made.json()["result"][0]["token"].as_str().unwrap().to_owned();
    let client = server.client(&token);
    for path in ["/job", "/build", "/job/logs", "/build/logs", "/job/distinct/job", "/job?aggregate=job"] {
        assert!(client.get(path).await.result().is_empty(), "{path}");
    }
    assert_eq!(server.client("").get("/version").await.result()[0]["full_version"], env!("CARGO_PKG_VERSION"));
    server.stop().await;
}
