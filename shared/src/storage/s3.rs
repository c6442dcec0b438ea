//! Files in an S3 bucket.

use super::{Entry, FileContent, FileStorage, StorageError, StoragePath, Stored};
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt};
use std::error::Error;

/// An S3 bucket as file storage; the key of an object is the path of the file.
///
/// A bucket of Amazon's has no folders, so that nothing is ever in the way: `a` and `a/b` can both be files. Two that
/// write one new file at once may both be told that it is new. The role that uses the bucket needs `s3:ListBucket`
/// beside the rights to get, put and delete objects: without it, S3 answers 403 for a key that is not there.
#[derive(Debug, Clone)]
pub struct Bucket {
    client: Client,
    bucket: String,
}

impl Bucket {
    /// The bucket of that name, reached by `client`.
    #[must_use]
    pub fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket }
    }

    async fn put(&self, path: &StoragePath, content: Bytes) -> Result<Stored, StorageError> {
        let stored = if self.head(path).await?.is_some() { Stored::Replaced } else { Stored::New };
        let request = self.client.put_object().bucket(&self.bucket).key(path.as_str()).body(ByteStream::from(content));
        request.send().await.map_err(|error| self.failed("put", path, &error))?;
        Ok(stored)
    }

    async fn head(&self, path: &StoragePath) -> Result<Option<HeadObjectOutput>, StorageError> {
        match self.client.head_object().bucket(&self.bucket).key(path.as_str()).send().await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_not_found()) => Ok(None),
            Err(error) => Err(self.failed("head", path, &error)),
        }
    }

    async fn get(&self, path: &StoragePath) -> Result<Option<FileContent>, StorageError> {
        let found = match self.client.get_object().bucket(&self.bucket).key(path.as_str()).send().await {
            Ok(found) => found,
            // Not every 404: a missing bucket is one too.
            Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_key()) => return Ok(None),
            Err(error) => return Err(self.failed("get", path, &error)),
        };
        let size = self.known_length("get", path, found.content_length)?;
        Ok(Some(FileContent::new(size, pieces(found.body, self.named("get", path)))))
    }

    async fn list_pages(&self, folder: &StoragePath) -> Result<Vec<Entry>, StorageError> {
        let request = self.client.list_objects_v2().bucket(&self.bucket).prefix(format!("{folder}/"));
        let mut pages = request.into_paginator().send();
        let mut entries = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.failed("list", folder, &error))?;
            for object in page.contents.unwrap_or_default() {
                // A key that is no path cannot be asked for either: folder markers, and what others put here.
                let key = object.key.unwrap_or_default();
                let Some(path) = StoragePath::parse(&key).ok().filter(|path| path.as_str() == key) else { continue };
                let size = self.known_length("list", &path, object.size)?;
                entries.push(Entry { path, size });
            }
        }
        entries.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        Ok(entries)
    }

    fn named(&self, what: &str, path: &StoragePath) -> String {
        format!("cannot {what} `{path}` in bucket `{}`", self.bucket)
    }

    fn known_length(&self, what: &str, path: &StoragePath, length: Option<i64>) -> Result<u64, StorageError> {
        length.and_then(|length| u64::try_from(length).ok()).ok_or_else(|| StorageError::Unavailable {
            inside: format!("{}: the answer has no length", self.named(what, path)),
        })
    }

    fn failed<E>(&self, what: &str, path: &StoragePath, error: &SdkError<E>) -> StorageError
    where
        E: Error + ProvideErrorMetadata + 'static,
    {
        let inside = || format!("{}: {}", self.named(what, path), causes(error));
        match error.code() {
            Some("EntityTooLarge") => StorageError::TooLarge,
            // From here on Ceph's and MinIO's: Amazon's buckets are never full, and have no folders.
            Some("QuotaExceeded" | "XMinioStorageFull" | "XMinioAdminBucketQuotaExceeded") => StorageError::Full,
            Some("XMinioObjectExistsAsDirectory" | "XMinioParentIsObject") => {
                StorageError::Occupied { path: path.clone() }
            }
            _ if is_passing(error) => StorageError::Busy { inside: inside() },
            _ => StorageError::Unavailable { inside: inside() },
        }
    }
}

impl FileStorage for Bucket {
    fn write<'a>(&'a self, path: &'a StoragePath, content: Bytes) -> BoxFuture<'a, Result<Stored, StorageError>> {
        Box::pin(self.put(path, content))
    }

    fn read<'a>(&'a self, path: &'a StoragePath) -> BoxFuture<'a, Result<Option<FileContent>, StorageError>> {
        Box::pin(self.get(path))
    }

    fn size<'a>(&'a self, path: &'a StoragePath) -> BoxFuture<'a, Result<Option<u64>, StorageError>> {
        Box::pin(async move {
            let found = self.head(path).await?;
            found.map(|found| self.known_length("head", path, found.content_length)).transpose()
        })
    }

    fn list<'a>(&'a self, folder: &'a StoragePath) -> BoxFuture<'a, Result<Vec<Entry>, StorageError>> {
        Box::pin(self.list_pages(folder))
    }

    fn delete<'a>(&'a self, path: &'a StoragePath) -> BoxFuture<'a, Result<(), StorageError>> {
        Box::pin(async move {
            let request = self.client.delete_object().bucket(&self.bucket).key(path.as_str());
            match request.send().await {
                // Amazon answers a missing key like any other; not everyone does.
                Err(error) if error.code() != Some("NoSuchKey") => Err(self.failed("delete", path, &error)),
                _ => Ok(()),
            }
        })
    }
}

fn pieces(body: ByteStream, named: String) -> BoxStream<'static, Result<Bytes, StorageError>> {
    stream::try_unfold((body, named), |(mut body, named)| async move {
        match body.try_next().await {
            Ok(piece) => Ok(piece.map(|piece| (piece, (body, named)))),
            Err(error) => Err(StorageError::Busy { inside: format!("{named}: {}", causes(&error)) }),
        }
    })
    .boxed()
}

/// Whether the same request may succeed later: there was no answer, or one that says so.
fn is_passing<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    const CODES: [&str; 3] = ["SlowDown", "RequestTimeout", "OperationAborted"];
    match error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => true,
        _ => {
            let status = error.raw_response().map(|answer| answer.status());
            status.is_some_and(|status| status.is_server_error() || status.as_u16() == 429)
                || error.code().is_some_and(|code| CODES.contains(&code))
        }
    }
}

/// The error with its causes. Not the SDK's own display of them: it adds the whole answer, body and all.
fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::config::retry::RetryConfig;
    use aws_sdk_s3::config::{BehaviorVersion, Config, Credentials, Region};
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::thread::JoinHandle;

    /// A bucket behind a server that gives `answers` in turn, one connection each, and returns the requests it got.
    fn bucket(answers: Vec<String>) -> (Bucket, JoinHandle<Vec<String>>) {
        bucket_with(answers, RetryConfig::disabled())
    }

    fn bucket_with(answers: Vec<String>, retries: RetryConfig) -> (Bucket, JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .endpoint_url(format!("http://{}", listener.local_addr().unwrap()))
            .force_path_style(true)
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
            .retry_config(retries)
            .http_client(crate::transport::http_client(crate::transport::connector(std::time::Duration::from_secs(2))))
            .build();
        let serve = move |answer: String| {
            let (mut connection, _) = listener.accept().unwrap();
            let request = request(&mut connection);
            connection.write_all(answer.as_bytes()).unwrap();
            request
        };
        let requests = std::thread::spawn(move || answers.into_iter().map(serve).collect());
        (Bucket::new(Client::from_conf(config), "files".to_owned()), requests)
    }

    /// The first line of a request.
    fn request(connection: &mut TcpStream) -> String {
        let mut received = String::new();
        let mut piece = [0; 4096];
        loop {
            let read = connection.read(&mut piece).unwrap();
            assert_ne!(read, 0, "the request broke off");
            received.push_str(std::str::from_utf8(&piece[..read]).unwrap());
            let Some((head, body)) = received.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return head.lines().next().unwrap().to_owned();
            }
        }
    }

    fn answer(status: &str, body: &str) -> String {
        format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    }

    fn refusal(status: &str, code: &str) -> String {
        answer(status, &format!("<Error><Code>{code}</Code><Message>for us</Message></Error>"))
    }

    fn page(keys: &[&str], next: Option<&str>) -> String {
        let objects: String =
            keys.iter().map(|key| format!("<Contents><Key>{key}</Key><Size>3</Size></Contents>")).collect();
        let next = next.map_or(String::new(), |token| {
            format!("<IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>")
        });
        answer("200 OK", &format!("<ListBucketResult>{next}{objects}</ListBucketResult>"))
    }

    fn path(text: &str) -> StoragePath {
        StoragePath::parse(text).unwrap()
    }

    #[tokio::test]
    async fn a_write_asks_first_whether_the_file_is_new() {
        let (bucket, requests) = bucket(vec![
            answer("404 Not Found", ""),
            answer("200 OK", ""),
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 5\r\n\r\n".to_owned(),
            answer("200 OK", ""),
        ]);
        assert_eq!(bucket.write(&path("a/sp ace.txt"), Bytes::from("hello")).await, Ok(Stored::New));
        assert_eq!(bucket.write(&path("b"), Bytes::from("again")).await, Ok(Stored::Replaced));
        assert_eq!(
            requests.join().unwrap(),
            [
                "HEAD /files/a/sp%20ace.txt HTTP/1.1",
                "PUT /files/a/sp%20ace.txt?x-id=PutObject HTTP/1.1",
                "HEAD /files/b HTTP/1.1",
                "PUT /files/b?x-id=PutObject HTTP/1.1",
            ]
        );
    }

    #[tokio::test]
    async fn refusals_are_told_apart_and_their_text_is_for_the_log() {
        for (code, error) in [
            ("EntityTooLarge", StorageError::TooLarge),
            ("QuotaExceeded", StorageError::Full),
            ("XMinioParentIsObject", StorageError::Occupied { path: path("a/b") }),
        ] {
            let (bucket, _) = bucket(vec![answer("404 Not Found", ""), refusal("400 Bad Request", code)]);
            assert_eq!(bucket.write(&path("a/b"), Bytes::new()).await, Err(error));
        }
        let (bucket, _) = bucket(vec![answer("404 Not Found", ""), refusal("403 Forbidden", "AccessDenied")]);
        let error = bucket.write(&path("a/b"), Bytes::new()).await.unwrap_err();
        assert_eq!(error.to_string(), "the file storage is not available");
        let inside = error.inside().unwrap();
        assert!(inside.starts_with("cannot put `a/b` in bucket `files`: "), "{inside}");
        assert!(inside.contains("AccessDenied") && inside.contains("for us"), "{inside}");
    }

    #[tokio::test]
    async fn a_missing_file_is_none_and_a_missing_bucket_is_not() {
        let missing = |code| refusal("404 Not Found", code);
        let (bucket, _) = bucket(vec![
            answer("404 Not Found", ""),
            missing("NoSuchKey"),
            missing("NoSuchBucket"),
            missing("NoSuchKey"),
            missing("NoSuchBucket"),
        ]);
        assert_eq!(bucket.size(&path("x")).await, Ok(None));
        assert!(bucket.read(&path("x")).await.unwrap().is_none());
        assert!(bucket.read(&path("x")).await.unwrap_err().inside().is_some());
        assert_eq!(bucket.delete(&path("x")).await, Ok(()));
        assert!(bucket.delete(&path("x")).await.unwrap_err().inside().is_some());
    }

    #[tokio::test]
    async fn a_body_that_is_cut_off_is_an_error() {
        let whole = answer("200 OK", "the whole content");
        let (bucket, _) = bucket(vec![whole.clone(), whole.replace(" content", "")]);
        let reading = bucket.read(&path("x")).await.unwrap().unwrap();
        assert_eq!(reading.all(100).await, Ok(Bytes::from("the whole content")));
        let reading = bucket.read(&path("x")).await.unwrap().unwrap();
        assert!(matches!(reading.all(100).await, Err(StorageError::Busy { .. })));
    }

    #[tokio::test]
    async fn a_listing_is_all_pages_in_order() {
        let (bucket, requests) = bucket(vec![
            page(&["a/c", "a/", "a//x", "a/ sp"], Some("more")),
            page(&[], Some("still")),
            page(&["a/b/c", "a/b-c"], None),
        ]);
        let entries = bucket.list(&path("a")).await.unwrap();
        let paths: Vec<_> = entries.iter().map(|entry| entry.path.as_str()).collect();
        assert_eq!(paths, ["a/ sp", "a/b-c", "a/b/c", "a/c"]);
        assert!(entries.iter().all(|entry| entry.size == 3));
        assert_eq!(
            requests.join().unwrap(),
            [
                "GET /files/?list-type=2&prefix=a%2F HTTP/1.1",
                "GET /files/?list-type=2&prefix=a%2F&continuation-token=more HTTP/1.1",
                "GET /files/?list-type=2&prefix=a%2F&continuation-token=still HTTP/1.1",
            ]
        );
    }

    #[tokio::test]
    async fn a_failed_page_fails_the_listing() {
        let (bucket, _) = bucket(vec![page(&["a/c"], Some("more")), refusal("503 Service Unavailable", "SlowDown")]);
        assert!(matches!(bucket.list(&path("a")).await, Err(StorageError::Busy { .. })));
    }

    #[tokio::test]
    async fn what_may_pass_is_busy_and_what_will_not_is_unavailable() {
        let gone = String::new;
        let slow = || refusal("503 Slow Down", "SlowDown");
        let broken = || refusal("500 Internal Server Error", "InternalError");
        let page = || answer("502 Bad Gateway", "<html>Bad Gateway</html>");
        for failure in [slow(), broken(), page(), gone()] {
            let is_busy =
                |error: StorageError| assert!(matches!(error, StorageError::Busy { .. }), "{failure}: {error:?}");
            let (bucket, _) = bucket(vec![failure.clone(); 4]);
            is_busy(bucket.write(&path("x"), Bytes::from("whole")).await.unwrap_err());
            is_busy(bucket.size(&path("x")).await.unwrap_err());
            is_busy(bucket.read(&path("x")).await.unwrap_err());
            is_busy(bucket.list(&path("x")).await.unwrap_err());
        }
        let denied = refusal("403 Forbidden", "AccessDenied");
        let (bucket, _) = bucket(vec![denied]);
        assert!(matches!(bucket.read(&path("x")).await, Err(StorageError::Unavailable { .. })));
    }

    /// An object is there when its one request has succeeded, whole; there are no parts that could be left behind.
    #[tokio::test]
    async fn a_write_is_one_request_with_its_length_and_is_repeated_when_it_was_refused() {
        let busy = refusal("503 Slow Down", "SlowDown");
        let answers = vec![answer("404 Not Found", ""), busy, String::new(), answer("200 OK", "")];
        let retries =
            RetryConfig::standard().with_max_attempts(3).with_initial_backoff(std::time::Duration::from_millis(1));
        let (bucket, requests) = bucket_with(answers, retries);
        assert_eq!(bucket.write(&path("b"), Bytes::from("whole")).await, Ok(Stored::New));
        let put = "PUT /files/b?x-id=PutObject HTTP/1.1";
        assert_eq!(requests.join().unwrap(), ["HEAD /files/b HTTP/1.1", put, put, put]);
    }
}
