//! Stored files, whole and as byte ranges.

use kernelci_tests::{Answer, MASTER_KEY, Server};
use serde_json::json;

const CONTENT: &[u8] = b"0123456789abcdefghij";

async fn with_file() -> Server {
    let server = Server::start(&[]).await;
    let made = server.client(MASTER_KEY).post("/token", &json!({"email": "a@example.org", "admin": 1})).await.json();
    let client = server.client(made["result"][0]["token"].as_str().unwrap());
    assert_eq!(client.send("PUT", "/upload/a/file", &[], CONTENT).await.status, 201);
    assert_eq!(client.send("PUT", "/upload/a/empty", &[], "").await.status, 201);
    let long: Vec<u8> = (0..300_000_u32).flat_map(u32::to_be_bytes).collect();
    assert_eq!(client.send("PUT", "/upload/a/long", &[], long).await.status, 201);
    server
}

async fn part(server: &Server, path: &str, range: &str) -> Answer {
    server.client("").send("GET", path, &[("range", range)], "").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_range_is_answered_206() {
    let server = with_file().await;
    for (range, content, shown) in [
        ("bytes=0-4", &CONTENT[..5], "bytes 0-4/20"),
        ("bytes=5-", &CONTENT[5..], "bytes 5-19/20"),
        ("bytes=-3", &CONTENT[17..], "bytes 17-19/20"),
        ("bytes=-100", CONTENT, "bytes 0-19/20"),
        ("bytes=18-1000", &CONTENT[18..], "bytes 18-19/20"),
        ("BYTES=19-19", &CONTENT[19..], "bytes 19-19/20"),
    ] {
        let answer = part(&server, "/storage/a/file", range).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-range")), (206, shown), "{range}");
        assert_eq!((answer.body.as_slice(), answer.header("accept-ranges")), (content, "bytes"), "{range}");
        assert_eq!(answer.header("content-length"), content.len().to_string(), "{range}");
    }
    let long = part(&server, "/storage/a/long", "bytes=400002-1000001").await;
    let whole: Vec<u8> = (0..300_000_u32).flat_map(u32::to_be_bytes).collect();
    assert_eq!((long.status.as_u16(), long.body == whole[400_002..=1_000_001]), (206, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_past_the_end_is_416_and_multiple_ranges_return_the_whole_file() {
    let server = with_file().await;
    for (path, range, size) in [
        ("/storage/a/file", "bytes=20-", 20),
        ("/storage/a/file", "bytes=20-30", 20),
        ("/storage/a/file", "bytes=-0", 20),
        ("/storage/a/empty", "bytes=0-", 0),
    ] {
        let answer = part(&server, path, range).await;
        let shown = format!("bytes */{size}");
        assert_eq!((answer.status.as_u16(), answer.header("content-range")), (416, shown.as_str()), "{path} {range}");
        assert_eq!(answer.json()["code"], 416, "{path} {range}");
    }
    for range in ["bytes=0-1,4-5", "bytes=0-1, 0-1, 0-1", "bytes=5-2", "bytes=a-b", "lines=0-1", "bytes", ""] {
        let answer = part(&server, "/storage/a/file", range).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-range")), (200, ""), "{range}");
        assert_eq!(answer.body, CONTENT, "{range}");
    }
    assert_eq!(part(&server, "/storage/a/nosuch", "bytes=0-1").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conditional_range_applies_only_to_the_known_content() {
    let server = with_file().await;
    let client = server.client("");
    let whole = client.get("/storage/a/file").await;
    let (tag, modified) = (whole.header("etag").to_owned(), whole.header("last-modified").to_owned());
    assert!(tag.starts_with('"') && modified.ends_with(" GMT"), "{tag} {modified}");
    let old = "Sun, 12 Apr 2020 10:30:00 GMT";
    for (condition, status) in
        [(tag.as_str(), 206), (modified.as_str(), 206), ("\"other\"", 200), (&format!("W/{tag}"), 200), (old, 200)]
    {
        let headers = [("range", "bytes=1-2"), ("if-range", condition)];
        let answer = client.send("GET", "/storage/a/file", &headers, "").await;
        assert_eq!((answer.status.as_u16(), answer.header("etag")), (status, tag.as_str()), "{condition}");
    }
    let unchanged = client.send("GET", "/storage/a/file", &[("if-none-match", &tag)], "").await;
    assert_eq!((unchanged.status.as_u16(), unchanged.body.len()), (304, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn head_returns_the_length_without_a_body() {
    let server = with_file().await;
    for (range, status, length) in [("", 200, "20"), ("bytes=1-2", 200, "20")] {
        let answer = server.client("").send("HEAD", "/storage/a/file", &[("range", range)], "").await;
        assert_eq!((answer.status.as_u16(), answer.header("content-length")), (status, length), "{range}");
        assert_eq!((answer.header("accept-ranges"), answer.body.len()), ("bytes", 0), "{range}");
    }
    assert_eq!(server.client("").send("HEAD", "/storage/a/nosuch", &[], "").await.status, 404);
}
