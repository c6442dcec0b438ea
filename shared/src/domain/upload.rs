//! `upload`: storage of files that clients send.

use std::{
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::{HeaderValue, header::CONTENT_DISPOSITION};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::{
    error::Error,
    query::Arguments,
    storage::{Draft, FileStorage, StoragePath, Stored},
    value::{Document, Value},
};

/// The maximum number of parts of a form.
const MAX_PARTS: usize = 1_000;

/// The maximum number of bytes of all parts that are not files. A path has at most 900.
const MAX_TEXTS: usize = 64 * 1024;

/// The key of the folder of the files.
pub const FOLDER: &str = "path";

/// The keys of the folder's segments when no folder is named. All of them are mandatory.
pub const STEPS: [&str; 4] = ["job", "git_branch", "kernel", "arch"];

/// The keys of the next segment; the first one that is present counts.
pub const CONFIGURATIONS: [&str; 2] = ["defconfig_full", "defconfig"];

/// The key of the last segment, which is optional.
pub const LAB: &str = "lab_name";

/// The characters that are escaped in the address of a file.
const ESCAPED: AsciiSet =
    NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/').remove(b'+');

/// A file that was received and not yet stored.
pub struct ReceivedFile<'a> {
    /// The name that the client gave.
    pub name: String,
    /// The destination.
    pub path: StoragePath,
    /// The length in bytes.
    pub length: u64,
    draft: Box<dyn Draft + 'a>,
}

/// The path of a file that is the whole body of a request.
///
/// # Errors
/// [`Error::Invalid`] when the path is empty, leaves the storage or is not a valid path.
pub fn path_of_file(path: &str) -> Result<StoragePath, Error> {
    if path.split('/').all(str::is_empty) {
        return Err(Error::Invalid("Missing destination path".to_owned()));
    }
    Ok(StoragePath::parse(path)?)
}

/// Receives a file that is the whole body of a request.
///
/// # Errors
/// The body is incomplete, or the storage fails. Nothing is stored then.
pub async fn receive_file<'a>(
    files: &'a dyn FileStorage,
    path: StoragePath,
    body: impl Stream<Item = Result<Bytes, Error>> + Send,
) -> Result<ReceivedFile<'a>, Error> {
    let (mut draft, mut length) = (files.draft().await?, 0);
    let mut body = pin!(body);
    while let Some(piece) = body.next().await {
        let piece = piece?;
        length += bytes(piece.len());
        draft.write(piece).await?;
    }
    draft.end().await?;
    Ok(ReceivedFile { name: path.file_name().to_owned(), path, length, draft })
}

/// Receives the files of a form and determines their paths: below `path`, or below the folder of job, branch, kernel,
/// architecture and configuration. At most one piece of a file is in memory.
///
/// # Errors
/// The body is not a form or is incomplete, a path leaves the storage or is not valid, or the storage fails. Nothing is
/// stored then.
pub async fn receive_form<'a>(
    files: &'a dyn FileStorage,
    content_type: &str,
    body: impl Stream<Item = Result<Bytes, Error>> + Send + 'static,
    arguments: &Arguments,
) -> Result<Vec<ReceivedFile<'a>>, Error> {
    const FORM: &str = "multipart/form-data";
    if !content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM) {
        return Err(Error::ContentType(FORM));
    }
    let boundary = multer::parse_boundary(content_type).map_err(|_| unreadable("it has no boundary"))?;
    // The parser of forms replaces an error of the body by its own; the original error is kept here.
    let broken = Arc::new(Mutex::new(None));
    let pieces = body.map({
        let broken = Arc::clone(&broken);
        move |piece| {
            piece
                .map_err(|error| *broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(error))
                .map_err(|()| Broken)
        }
    });
    let damaged = |why: &str| match broken.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(error) => error,
        None => unreadable(why),
    };
    let (mut texts, mut received) = (Vec::new(), Vec::new());
    let mut text_left = MAX_TEXTS;
    let mut form = multer::Multipart::new(pieces, boundary);
    loop {
        let mut part = match form.next_field().await {
            Ok(Some(part)) => part,
            Ok(None) => break,
            Err(_) => match damaged("one of its parts is damaged") {
                // A body without parts is a form without fields.
                Error::Invalid(_) if texts.is_empty() && received.is_empty() => break,
                error => return Err(error),
            },
        };
        if texts.len() + received.len() == MAX_PARTS {
            return Err(unreadable("it has too many parts"));
        }
        let name = part.name().unwrap_or_default().to_owned();
        let disposition = part.headers().get(CONTENT_DISPOSITION).map(HeaderValue::as_bytes);
        let file_name = disposition.and_then(extended_name).or_else(|| part.file_name().map(str::to_owned));
        let is_file = file_name.as_ref().is_some_and(|name| !name.is_empty());
        let mut draft = if is_file { Some(files.draft().await?) } else { None };
        let (mut length, mut text) = (0, Vec::new());
        while let Some(piece) = part.chunk().await.map_err(|_| damaged("it ends within a part"))? {
            length += bytes(piece.len());
            match (&mut draft, &file_name) {
                (Some(draft), _) => draft.write(piece).await?,
                // A part without a file name is not a file.
                (None, Some(_)) => {}
                (None, None) if piece.len() > text_left => return Err(unreadable("its texts are too long")),
                (None, None) => {
                    text_left -= piece.len();
                    text.extend_from_slice(&piece);
                }
            }
        }
        match (draft, file_name) {
            (Some(mut draft), Some(file_name)) => {
                draft.end().await?;
                received.push((file_name, length, draft));
            }
            (_, Some(_)) => {}
            (_, None) => texts.push((name, String::from_utf8_lossy(&text).trim().to_owned())),
        }
    }
    let folder = folder(&texts, arguments)?;
    if received.is_empty() {
        return Err(Error::Invalid("No files provided".to_owned()));
    }
    let placed = |(name, length, draft)| {
        let path = StoragePath::parse(&format!("{folder}/{name}"))?;
        Ok(ReceivedFile { name, path, length, draft })
    };
    received.into_iter().map(placed).collect()
}

/// The body of a form is incomplete.
#[derive(Debug, thiserror::Error)]
#[error("the body was not read to its end")]
struct Broken;

fn bytes(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// The file name in the extended form of RFC 8187, which takes precedence over the plain one:
/// `filename*=utf-8''a%20b.txt`.
fn extended_name(disposition: &[u8]) -> Option<String> {
    let disposition = std::str::from_utf8(disposition).ok()?;
    let is_named = |parameter: &&str| parameter.get(..10).is_some_and(|name| name.eq_ignore_ascii_case("filename*="));
    let value = disposition.split(';').map(str::trim).find(is_named)?.get(10..)?;
    let mut parts = value.trim_matches('"').splitn(3, '\'');
    let (charset, _language, name) = (parts.next()?, parts.next()?, parts.next()?);
    let name = percent_decode_str(name);
    match charset.to_ascii_lowercase().as_str() {
        "utf-8" => name.decode_utf8().ok().map(std::borrow::Cow::into_owned),
        "iso-8859-1" => Some(name.map(char::from).collect()),
        _ => None,
    }
}

fn unreadable(why: &str) -> Error {
    Error::Invalid(format!("The multipart form cannot be read: {why}"))
}

fn folder(texts: &[(String, String)], arguments: &Arguments) -> Result<String, Error> {
    let given = |name: &str| {
        let in_form = texts.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value.clone());
        in_form.or_else(|| arguments.last(name).map(str::to_owned)).filter(|value| !value.is_empty())
    };
    if let Some(path) = given(FOLDER) {
        return Ok(path);
    }
    let needed = |name: &str| given(name).ok_or_else(|| Error::Invalid(format!("Missing argument {name}")));
    let mut folders = STEPS.into_iter().map(needed).collect::<Result<Vec<_>, _>>()?;
    let [first, second] = CONFIGURATIONS;
    folders.push(given(first).map_or_else(|| needed(second), Ok)?);
    folders.extend(given(LAB));
    Ok(folders.join("/"))
}

/// The outcome of an upload of one file.
pub struct UploadOutcome {
    name: String,
    length: u64,
    /// The result of storing the file.
    pub stored: Result<Stored, Error>,
}

impl ReceivedFile<'_> {
    /// Stores the file. The outcome is an error when a folder has its path, a file has the path of its folder, or the
    /// storage fails.
    pub async fn store(self) -> UploadOutcome {
        let Self { name, path, length, draft } = self;
        let stored = draft.place(&path).await.map_err(Error::from);
        UploadOutcome { name, length, stored }
    }
}

/// The answer about one file: its name and the result.
pub fn answered(outcome: &UploadOutcome) -> Document {
    let UploadOutcome { name, length, stored } = outcome;
    let (status, error, bytes) = match stored {
        Ok(Stored::New) => (201, None, *length),
        Ok(Stored::Replaced) => (200, None, *length),
        Err(Error::Conflict(why)) => (409, Some(why.clone()), 0),
        Err(error) => {
            tracing::error!(%error, "an uploaded file was not stored");
            (500, Some(format!("Error writing file '{name}'")), 0)
        }
    };
    [
        ("status", Value::Integer(status)),
        ("filename", Value::from(name.as_str())),
        ("error", Value::from(error)),
        ("bytes", Value::Integer(i64::try_from(bytes).unwrap_or(i64::MAX))),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// The address of a stored file.
pub fn location(files_url: &str, path: &StoragePath) -> String {
    format!("{files_url}/{}", utf8_percent_encode(path.as_str(), &ESCAPED))
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;
    use crate::storage::Folder;

    fn storage() -> (tempfile::TempDir, Folder) {
        let folder = tempfile::tempdir().unwrap();
        let files = Folder::open(folder.path().to_owned()).unwrap();
        (folder, files)
    }

    fn whole(body: impl Into<Bytes>) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
        stream::iter([Ok(body.into())])
    }

    async fn names(disposition: &str) -> Vec<String> {
        let body = format!("--b\r\nContent-Disposition: form-data; name=\"f\"; {disposition}\r\n\r\nx\r\n--b--\r\n");
        let arguments = Arguments::parse("path=folder").unwrap();
        let (_folder, files) = storage();
        let read = receive_form(&files, "multipart/form-data; boundary=b", whole(body), &arguments).await;
        read.unwrap_or_else(|error| panic!("{error}")).into_iter().map(|file| file.path.as_str().to_owned()).collect()
    }

    #[tokio::test]
    async fn a_file_is_named_in_either_form() {
        for (disposition, expected) in [
            ("filename=\"a.txt\"", "folder/a.txt"),
            ("filename*=utf-8''a%20b.txt", "folder/a b.txt"),
            ("filename*=UTF-8'en'%C3%A9.txt", "folder/\u{e9}.txt"),
            ("filename*=iso-8859-1''%E9.txt", "folder/\u{e9}.txt"),
            ("filename=\"plain.txt\"; filename*=utf-8''c.txt", "folder/c.txt"),
            ("filename=\"plain.txt\"; filename*=koi8-r''c.txt", "folder/plain.txt"),
        ] {
            assert_eq!(names(disposition).await, [expected], "{disposition}");
        }
    }

    #[tokio::test]
    async fn a_file_named_in_the_extended_form_stays_in_its_folder() {
        let form = "--b\r\nContent-Disposition: form-data; name=f; filename*=utf-8''..%2F..%2Fa\r\n\r\nx\r\n--b--\r\n";
        let arguments = Arguments::parse("path=folder").unwrap();
        let (_folder, files) = storage();
        let read = receive_form(&files, "multipart/form-data; boundary=b", whole(form), &arguments).await;
        assert!(read.is_err());
    }
}
