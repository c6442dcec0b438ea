//! Requests and answers past the limits.

use std::sync::Arc;

use kernelci::store::{Store, StoreOptions};
use kernelci_tests::{ADMIN, Server, machine};

#[tokio::test(flavor = "multi_thread")]
async fn a_too_long_body_is_refused() {
    let mut machine = machine(&[]).await;
    machine.services.limits.body = 1_000;
    let server = Server::of(machine).await;
    kernelci_tests::load_seed(&server.services).await;
    let client = server.client(ADMIN);
    let answer = client.send("PUT", "/upload/a.txt", &[], vec![b'x'; 1_001]).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (413, &413.into()));
    assert_eq!(client.get("/storage/a.txt").await.status, 404);
    assert_eq!(client.send("PUT", "/upload/a.txt", &[], vec![b'x'; 1_000]).await.status, 201);
    assert_eq!(client.get("/storage/a.txt").await.body.len(), 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_error_for_a_too_long_answer_says_how_to_page() {
    let mut machine = machine(&[]).await;
    machine.services.limits.answer = Some(10_000);
    let server = Server::of(machine).await;
    kernelci_tests::load_seed(&server.services).await;
    let client = server.client(ADMIN);
    let answer = client.get("/job").await;
    assert_eq!(answer.status, 400);
    assert!(answer.json()["reason"].as_str().unwrap().contains("'limit' and 'skip'"));
    assert_eq!(client.get("/job?limit=5").await.status, 200);
    assert_eq!(client.send("GET", "/job", &[("accept-encoding", "gzip")], "").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_error_for_an_answer_past_the_memory_limit_says_how_to_narrow_the_query() {
    let mut machine = machine(&["--now", "2020-04-12T10:30:00Z"]).await;
    kernelci_tests::load_seed(&machine.services).await;
    let options = StoreOptions { answer_bytes: 100_000, ..StoreOptions::local() };
    machine.services.store = Store::on(Arc::clone(machine.services.store.engine()), options);
    let server = Server::of(machine).await;
    let client = server.client(ADMIN);
    for zip in [&[("accept-encoding", "gzip")][..], &[]] {
        let answer = client.send("GET", "/build", zip, "").await;
        assert_eq!(answer.status, 400);
        let reason = answer.json()["reason"].as_str().unwrap().to_owned();
        assert!(reason.contains("100000 bytes of memory") && reason.contains("'limit'"), "{reason}");
        assert_eq!(client.send("GET", "/build?limit=2", zip, "").await.status, 200);
        assert_eq!(client.send("GET", "/build?field=_id&limit=20&skip=5", zip, "").await.status, 200);
    }
    // The memory of an answer is released once the answer is sent.
    for _ in 0..50 {
        assert_eq!(client.get("/build?limit=2").await.result().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_arguments_are_refused() {
    let server = Server::seeded("2020-04-12T10:30:00Z").await;
    let answer = server.client(ADMIN).get(&format!("/job?{}", "job=a&".repeat(1_001))).await;
    assert_eq!(answer.status, 400);
}
