//! Recorded requests, sent in their order. A line without an answer is sent only for its effect on later lines.

use std::path::PathBuf;

use kernelci_tests::Server;
use serde_json::Value as Json;

/// The time at which the recordings with relative dates were made.
const THEN: &str = "2020-04-12T10:30:00Z";

async fn replay(name: &str) {
    let server = Server::seeded(THEN).await;
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("contract").join(format!("{name}.jsonl"));
    let (mut compared, mut wrong) = (0, Vec::new());
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let line: Json = serde_json::from_str(line).unwrap();
        let headers: Vec<(&str, &str)> = line["headers"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        let body = line["body"].as_str().unwrap_or_default().to_owned();
        let answer = server
            .client("")
            .send(line["method"].as_str().unwrap(), line["path"].as_str().unwrap(), &headers, body)
            .await;
        let Some(status) = line["status"].as_u64() else { continue };
        compared += 1;
        let is_right =
            u64::from(answer.status.as_u16()) == status && line.get("json").is_none_or(|json| *json == answer.json());
        if !is_right {
            wrong.push(format!("{}: {} {}", line["id"], answer.status, String::from_utf8_lossy(&answer.body)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 20, "only {compared} answers were compared");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_jobs() {
    replay("job_get").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn single_jobs_distinct_values_and_logs() {
    replay("job_one").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_and_deletions_of_jobs() {
    replay("job_write").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_builds() {
    replay("build_get").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads() {
    replay("upload").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn periods_that_end_now() {
    replay("clock").await;
}
