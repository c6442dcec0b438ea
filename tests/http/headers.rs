//! Compression, entity tags, the API version, and cross-origin headers.

use kernelci_tests::{ADMIN, Server};

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_compressed_when_gzip_is_accepted() {
    let server = Server::seeded("2020-04-12T10:30:00Z").await;
    let client = server.client(ADMIN);
    let plain = client.get("/job").await;
    let zipped = client.send("GET", "/job", &[("accept-encoding", "gzip, deflate")], "").await;
    assert_eq!((plain.header("content-encoding"), zipped.header("content-encoding")), ("", "gzip"));
    assert_eq!(plain.body, zipped.body);
    let length: usize = zipped.header("content-length").parse().unwrap();
    assert!(length < plain.body.len() / 4, "{length} of {}", plain.body.len());
    let refused = client.send("GET", "/job?limit=x", &[("accept-encoding", "gzip;q=0")], "").await;
    assert_eq!((refused.status.as_u16(), refused.header("content-encoding")), (400, ""));
    assert!([&plain, &zipped, &refused].iter().all(|answer| answer.header("vary").contains("Accept-Encoding")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_answer_is_304() {
    let server = Server::seeded("2020-04-12T10:30:00Z").await;
    let client = server.client(ADMIN);
    let first = client.get("/job?job=next").await;
    let tag = first.header("etag").to_owned();
    for tag in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        let again = client.send("GET", "/job?job=next", &[("if-none-match", &tag)], "").await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{tag}");
    }
    let other = client.send("GET", "/job?job=mainline", &[("if-none-match", &tag)], "").await;
    assert_eq!(other.status, 200);
    assert_ne!(other.header("etag"), tag);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_one_api_version_is_served() {
    let server = Server::seeded("2020-04-12T10:30:00Z").await;
    let client = server.client(ADMIN);
    for (accept, status) in [("application/v1", 200), ("*/*", 200), ("application/v2", 406)] {
        let answer = client.send("GET", "/job?limit=1", &[("accept", accept)], "").await;
        assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (status, &status.into()), "{accept}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_origins_are_allowed() {
    let server = Server::seeded("2020-04-12T10:30:00Z").await;
    let origin = "https://dashboard.example.org";
    let asked = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization, content-type"),
    ];
    let preflight = server.client("").send("OPTIONS", "/job", &asked, "").await;
    assert_eq!(preflight.status, 200);
    assert_eq!(preflight.header("access-control-allow-origin"), origin);
    assert!(preflight.header("access-control-allow-headers").contains("authorization"));
    assert!(preflight.header("access-control-allow-methods").contains("DELETE"));
    let answer = server.client(ADMIN).send("GET", "/job?limit=1", &[("origin", origin)], "").await;
    assert_eq!(answer.header("access-control-allow-origin"), origin);
    assert_eq!(server.client(ADMIN).get("/job?limit=1").await.header("access-control-allow-origin"), "");
}
