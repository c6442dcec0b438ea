//! Stored files over HTTP: with media types, ranges, ETags and `HEAD`.

use bytes::Bytes;
use http::{
    HeaderValue, Method, Response, StatusCode,
    header::{
        ACCEPT_RANGES, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, IF_RANGE,
        LAST_MODIFIED, RANGE, X_CONTENT_TYPE_OPTIONS,
    },
    request::Parts,
};
use http_range_header::{RangeUnsatisfiableError, parse_range_header};
use kernelci::{
    error::Error,
    http::{matches_etag, storage_path},
    storage::{FileStorage, StoragePath, Version},
};

use crate::connection::{Answer, Content};

/// The path prefix of stored files.
pub const FILES: &str = "/storage/";

/// Answers a request to read a file.
pub async fn answer(files: &dyn FileStorage, request: &Parts) -> Answer {
    read(files, request).await.unwrap_or_else(|error| {
        let size = match &error {
            Error::NoSuchRange(size) => Some(*size),
            _ => None,
        };
        let mut refusal = Answer::refusal(error);
        if let Some(size) = size {
            set(&mut refusal.head, CONTENT_RANGE, &format!("bytes */{size}"));
        }
        refusal
    })
}

const HTML: &str = "text/html; charset=utf-8";

/// The media type of a file, by the end of its name. Everything else that a browser might render, such as SVG, is bytes.
fn media_type(name: &str) -> &'static str {
    const TYPES: [(&str, &str); 7] = [
        (".log", "text/plain; charset=utf-8"),
        (".txt", "text/plain; charset=utf-8"),
        (".config", "text/plain; charset=utf-8"),
        (".html", HTML),
        (".htm", HTML),
        (".json", "application/json; charset=utf-8"),
        (".gz", "application/gzip"),
    ];
    let name = name.to_ascii_lowercase();
    TYPES.iter().find(|(end, _)| name.ends_with(end)).map_or("application/octet-stream", |(_, media_type)| media_type)
}

async fn read(files: &dyn FileStorage, request: &Parts) -> Result<Answer, Error> {
    let missing = || Error::Missing("File not found".to_owned());
    let path = StoragePath::parse(&storage_path(request.uri.path(), FILES)).map_err(|_| missing())?;
    let reading = files.read(&path).await?.ok_or_else(missing)?;
    let (size, tags) = (reading.size, reading.version.as_ref().map(Tags::of));

    let mut head = Response::new(());
    let media_type = media_type(path.file_name());
    set(&mut head, CONTENT_TYPE, media_type);
    set(&mut head, X_CONTENT_TYPE_OPTIONS, "nosniff");
    if media_type == HTML {
        // An uploaded page must not run scripts or send forms with this origin.
        set(&mut head, CONTENT_SECURITY_POLICY, "sandbox");
    }
    set(&mut head, ACCEPT_RANGES, "bytes");
    if let Some(tags) = &tags {
        set(&mut head, ETAG, &tags.etag);
        set(&mut head, LAST_MODIFIED, &tags.modified);
    }
    let text = |name| request.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if tags.as_ref().is_some_and(|tags| matches_etag(text(IF_NONE_MATCH), &tags.etag)) {
        *head.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(Answer { head, content: Content::Whole(Bytes::new()) });
    }
    if request.method == Method::HEAD {
        return Ok(Answer { head, content: Content::Unsent(size) });
    }
    let is_known = text(IF_RANGE).is_none_or(|known| tags.is_some_and(|tags| tags.are(known)));
    let content = match text(RANGE).filter(|_| is_known).map(|range| part(range, size)).transpose()?.flatten() {
        None => reading,
        Some((first, last)) => {
            *head.status_mut() = StatusCode::PARTIAL_CONTENT;
            set(&mut head, CONTENT_RANGE, &format!("bytes {first}-{last}/{size}"));
            reading.part(first, last)
        }
    };
    Ok(Answer { head, content: Content::File(content) })
}

/// The first and the last byte of the requested range; `None` where the whole file is answered: for several ranges, and for
/// a header that is no range of bytes.
fn part(range: &str, size: u64) -> Result<Option<(u64, u64)>, Error> {
    let Ok(ranges) = parse_range_header(range) else { return Ok(None) };
    if ranges.len() != 1 {
        return Ok(None);
    }
    match ranges.validate(size) {
        Ok(valid) => Ok(valid.first().map(|range| (*range.start(), *range.end()))),
        Err(RangeUnsatisfiableError::Unsatisfiable) => Err(Error::NoSuchRange(size)),
        Err(_) => Ok(None),
    }
}

/// The validators of a file's content.
struct Tags {
    etag: String,
    modified: String,
}

impl Tags {
    fn of(version: &Version) -> Self {
        Self { etag: format!("\"{}\"", version.tag), modified: httpdate::fmt_http_date(version.modified) }
    }

    /// Whether an `If-Range` names this content. A weak tag does not.
    fn are(&self, known: &str) -> bool {
        known == self.etag || known == self.modified
    }
}

fn set(head: &mut Response<()>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        head.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_the_types_of_their_names() {
        for (name, expected) in [
            ("build.log", "text/plain; charset=utf-8"),
            ("BUILD.LOG", "text/plain; charset=utf-8"),
            ("baseline-qemu.txt", "text/plain; charset=utf-8"),
            ("baseline-qemu.html", "text/html; charset=utf-8"),
            ("bmeta.json", "application/json; charset=utf-8"),
            ("build.log.gz", "application/gzip"),
            ("x.svg", "application/octet-stream"),
            ("x.xhtml", "application/octet-stream"),
            ("bzImage", "application/octet-stream"),
            ("log", "application/octet-stream"),
        ] {
            assert_eq!(media_type(name), expected, "{name}");
        }
    }

    #[test]
    fn one_satisfiable_range_is_a_part() {
        for (range, found) in [
            ("bytes=0-0", Some((0, 0))),
            ("bytes=9-", Some((9, 9))),
            ("bytes=-18446744073709551615", Some((0, 9))),
            ("bytes=0-18446744073709551616", Some((0, 9))),
            ("bytes=0-1,3-4", None),
            ("bytes=20-,30-", None),
            ("bytes=4-3", None),
            ("items=0-1", None),
        ] {
            assert_eq!(part(range, 10).unwrap(), found, "{range}");
        }
        for (range, size) in [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-", 0)] {
            assert!(matches!(part(range, size), Err(Error::NoSuchRange(of)) if of == size), "{range}");
        }
        assert_eq!(part("bytes=-1", 0).unwrap(), None);
    }
}
