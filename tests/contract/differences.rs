//! Deliberate differences from the original service, where its answer was wrong.

use kernelci_tests::{ADMIN, MASTER_KEY, Server};
use serde_json::json;

const THEN: &str = "2020-04-12T10:30:00Z";
const JOB: &str = "5e79f370f870c5da21eece6d";

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_argument_is_refused_with_its_name() {
    let server = Server::seeded(THEN).await;
    let client = server.client(ADMIN);
    for (query, name, value) in [
        ("limit=abc", "limit", "abc"),
        ("limit=-1", "limit", "-1"),
        ("skip=1.5", "skip", "1.5"),
        ("sort_order=2", "sort_order", "2"),
        ("created_on=abc", "created_on", "abc"),
        ("date_range=1.5", "date_range", "1.5"),
        ("time_range=x", "time_range", "x"),
        ("_id=x", "_id", "x"),
        ("private=yes", "private", "yes"),
        ("gte=job", "gte", "job"),
        ("lt=nosuch,1", "lt", "nosuch"),
        ("sort=", "sort", ""),
        ("aggregate=", "aggregate", ""),
    ] {
        let answer = client.get(&format!("/job?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        let reason = answer.json()["reason"].as_str().unwrap().to_owned();
        assert!(reason.contains(name) && reason.contains(value), "{query}: {reason}");
    }
    assert_eq!(client.get("/build?warnings=abc").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_error_has_a_reason_in_its_body() {
    let server = Server::seeded(THEN).await;
    for (token, method, path) in [
        (ADMIN, "GET", "/nosuch"),
        (ADMIN, "PATCH", "/job"),
        (ADMIN, "PUT", "/job"),
        ("", "GET", "/job"),
        (ADMIN, "GET", "/job/000000000000000000000000"),
        (ADMIN, "POST", "/job"),
    ] {
        let answer = server.client(token).send(method, path, &[], "").await;
        let json = answer.json();
        assert_eq!(json["code"], answer.status.as_u16(), "{path}");
        assert!(!json["reason"].as_str().unwrap().is_empty(), "{path}");
        assert!(json.get("message").is_none(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_and_ranges_are_read_with_the_type_of_their_field() {
    let server = Server::seeded(THEN).await;
    let client = server.client(ADMIN);
    let of_day = client.get("/job?gte=created_on,2020-02-14&lt=created_on,20200215&field=created_on").await.result();
    assert_eq!(of_day.len(), client.get("/job?created_on=2020-02-14&field=job").await.result().len());
    assert!(!of_day.is_empty());
    let all = client.get("/job?field=private").await.result();
    let private = |wanted: bool| all.iter().filter(|job| job["private"] == wanted).count();
    for wanted in [true, false] {
        assert_eq!(client.get(&format!("/job?private={wanted}")).await.result().len(), private(wanted));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_a_job_deletes_its_builds_logs_and_summary() {
    let server = Server::seeded(THEN).await;
    let client = server.client(ADMIN);
    assert!(!client.get(&format!("/build/logs?job_id={JOB}&field=_id")).await.result().is_empty());
    let answer = client.send("DELETE", &format!("/job/{JOB}"), &[], "").await;
    assert_eq!((answer.status.as_u16(), &answer.json()["reason"]), (200, &json!(format!("Resource '{JOB}' deleted"))));
    for path in [format!("/job/{JOB}"), format!("/job/{JOB}/logs")] {
        assert_eq!(client.get(&path).await.status, 404, "{path}");
    }
    for path in ["/build", "/build/logs", "/job/logs"] {
        assert!(client.get(&format!("{path}?job_id={JOB}")).await.result().is_empty(), "{path}");
    }
    assert_eq!(client.send("DELETE", &format!("/job/{JOB}"), &[], "").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_value_of_a_token_is_shown_once() {
    let server = Server::seeded(THEN).await;
    let master = server.client(MASTER_KEY);
    let made = master.post("/token", &json!({"email": "a@example.org", "get": 1})).await;
    assert_eq!(made.status, 201);
    let value = made.json()["result"][0]["token"].as_str().unwrap().to_owned();
    assert!(made.header("location").ends_with(&format!("/token/{value}")));
    let found = master.get(&format!("/token/{value}")).await.result();
    assert_eq!(found[0]["email"], "a@example.org");
    assert!(found[0].get("token").is_none());
    let all = String::from_utf8(master.get("/token").await.body).unwrap();
    assert!(!all.contains(&value) && !all.contains(ADMIN));
    assert_eq!(server.client(&value).get("/job?limit=1").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_works_until_it_expires() {
    let server = Server::seeded(THEN).await;
    let master = server.client(MASTER_KEY);
    for (expires_on, status) in [("2020-04-13", 200), ("2020-04-12", 403)] {
        let made = master.post("/token", &json!({"email": "a@example.org", "get": 1, "expires_on": expires_on})).await;
        let value = made.json()["result"][0]["token"].as_str().unwrap().to_owned();
        assert_eq!(server.client(&value).get("/job?limit=1").await.status, status, "{expires_on}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_in_json_values_are_plain_data() {
    let server = Server::seeded(THEN).await;
    let client = server.client(ADMIN);
    for body in [
        json!({"job": {"$ne": "x"}, "kernel": "next-20200203", "git_branch": "master"}),
        json!({"job": "next", "kernel": ["next-20200203"], "git_branch": "master"}),
        json!({"job": "next", "kernel": "next-20200203", "git_branch": null}),
    ] {
        let answer = client.post("/job", &body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.json()["reason"], "Provided JSON is not valid");
    }
    let broken = client.post("/job", &json!({"job": "a\r\nX-Injected: yes", "kernel": "b", "git_branch": "c"})).await;
    assert_eq!(broken.status, 404);
    assert!(!broken.json()["reason"].as_str().unwrap().contains(['\r', '\n']));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_cannot_leave_the_storage_folder() {
    let server = Server::seeded(THEN).await;
    let client = server.client(ADMIN);
    for path in
        ["/upload/../x.txt", "/upload/a/../../x.txt", "/upload/%2e%2e/x.txt", "/upload/a/%2e%2e%2f%2e%2e%2fx.txt"]
    {
        assert_eq!(client.send("PUT", path, &[], "x").await.status, 400, "{path}");
    }
    let form = "--b\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\n../out\r\n--b\r\nContent-Disposition: form-data; \
                name=\"file\"; filename=\"f.txt\"\r\n\r\nx\r\n--b--\r\n";
    let headers = [("content-type", "multipart/form-data; boundary=b")];
    assert_eq!(client.send("POST", "/upload", &headers, form).await.status, 400);
}
