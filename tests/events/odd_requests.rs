//! Requests whose URI API Gateway passes on in an invalid form: they are answered with the envelope like any other.

use serde_json::Value as Json;

use crate::{
    gateway::{answer, event},
    seeded::seeded,
};

fn with(file: &str, edit: impl Fn(&mut Json)) -> String {
    let mut event: Json = serde_json::from_str(&event("job-get", file)).unwrap();
    edit(&mut event);
    event.to_string()
}

#[tokio::test]
async fn an_invalid_query_string_is_answered() {
    let machine = seeded().await;
    for query in
        ["job=\"mainline\"", "job=<mainline>", "job=a b", "job=\u{fc}&limit=1", "job=a\u{7f}", "job=a#b&limit=1"]
    {
        let event = with("version-1", |event| event["rawQueryString"] = query.into());
        let answer = answer(&machine.services, "job-get", &event).await;
        assert_eq!((answer.status, answer.results().len()), (200, 0), "{query}");
    }
}

#[tokio::test]
async fn a_hash_in_a_query_keeps_all_arguments() {
    let machine = seeded().await;
    let event = with("version-1", |event| event["rawQueryString"] = "job=mainline&x=#&limit=nonsense".into());
    assert_eq!(answer(&machine.services, "job-get", &event).await.status, 400);
}

#[tokio::test]
async fn a_decoded_path_is_answered() {
    let machine = seeded().await;
    for path in [
        "/job/a b",
        "/job/\"",
        "/job/<x>",
        "/job/\u{fc}",
        "/job/a?b",
        "/job/#",
        "/job/%",
        "//example.org/job",
        "/job/\\",
    ] {
        let event = with("version-1", |event| event["rawPath"] = path.into());
        assert_eq!(answer(&machine.services, "job-get", &event).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_value_in_a_decoded_path_is_not_decoded_again() {
    let machine = seeded().await;
    let event = with("version-1", |event| {
        event["rawPath"] = "/job/distinct/git_branch".into();
        event["rawQueryString"] = "job=next".into();
    });
    let answer = answer(&machine.services, "job-get", &event).await;
    assert_eq!(answer.results(), ["master", "pending-fixes"]);
}
