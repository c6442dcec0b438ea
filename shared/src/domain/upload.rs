//! `upload`: files that senders put into storage.

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, header::CONTENT_DISPOSITION};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::{
    error::Error,
    query::Arguments,
    storage::{FileStorage, StoragePath, Stored},
    value::{Document, Value},
};

/// The most parts that a form may have.
const MAX_PARTS: usize = 1_000;

/// The key of a form that names the folder of its files.
pub const FOLDER: &str = "path";

/// The keys whose values are the folder's steps where no folder is named, all of them needed.
pub const STEPS: [&str; 4] = ["job", "git_branch", "kernel", "arch"];

/// The keys for the step after these; the first that is there counts.
pub const CONFIGURATIONS: [&str; 2] = ["defconfig_full", "defconfig"];

/// The key for a last step, which may be lacking.
pub const LAB: &str = "lab_name";

/// What is escaped in the address of a file.
const ESCAPED: AsciiSet =
    NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/').remove(b'+');

/// A file to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedFile {
    /// Its name, as the sender gave it.
    pub name: String,
    /// Where it goes.
    pub path: StoragePath,
    /// What it holds.
    pub content: Bytes,
}

impl UploadedFile {
    /// A file that is the whole body of a request.
    ///
    /// # Errors
    /// The path is empty, leaves the storage or cannot be one.
    pub fn at(path: &str, content: Bytes) -> Result<Self, Error> {
        if path.split('/').all(str::is_empty) {
            return Err(Error::Invalid("Missing destination path".to_owned()));
        }
        let path = StoragePath::parse(path)?;
        Ok(Self { name: path.file_name().to_owned(), path, content })
    }
}

/// Reads the files of a form, and where they go: to `path`, or to the folder that job, branch, kernel, architecture and
/// configuration name.
///
/// # Errors
/// The body is no such form, or a path leaves the storage or cannot be one. Nothing is stored yet.
pub async fn read_form(content_type: &str, body: Bytes, arguments: &Arguments) -> Result<Vec<UploadedFile>, Error> {
    const FORM: &str = "multipart/form-data";
    if !content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM) {
        return Err(Error::ContentType(FORM));
    }
    let boundary = multer::parse_boundary(content_type).map_err(|_| unreadable("it has no boundary"))?;
    let (mut texts, mut files) = (Vec::new(), Vec::new());
    let pieces = stream::iter([Ok::<Bytes, std::convert::Infallible>(body)]);
    let mut form = multer::Multipart::new(pieces, boundary);
    loop {
        let part = match form.next_field().await {
            Ok(Some(part)) => part,
            Ok(None) => break,
            // A body without any part is a form without fields.
            Err(_) if texts.is_empty() && files.is_empty() => break,
            Err(_) => return Err(unreadable("one of its parts is damaged")),
        };
        if texts.len() + files.len() == MAX_PARTS {
            return Err(unreadable("it has too many parts"));
        }
        let name = part.name().unwrap_or_default().to_owned();
        let disposition = part.headers().get(CONTENT_DISPOSITION).map(HeaderValue::as_bytes);
        let file_name = disposition.and_then(extended_name).or_else(|| part.file_name().map(str::to_owned));
        let content = part.bytes().await.map_err(|_| unreadable("it ends within a part"))?;
        match file_name {
            Some(file_name) if !file_name.is_empty() => files.push((file_name, content)),
            Some(_) => {}
            None => texts.push((name, String::from_utf8_lossy(&content).trim().to_owned())),
        }
    }
    let folder = folder(&texts, arguments)?;
    if files.is_empty() {
        return Err(Error::Invalid("No files provided".to_owned()));
    }
    let placed = |(name, content): (String, Bytes)| {
        let path = StoragePath::parse(&format!("{folder}/{name}"))?;
        Ok(UploadedFile { name, path, content })
    };
    files.into_iter().map(placed).collect()
}

/// The name of a file in the extended form of RFC 8187, which wins over the plain one: `filename*=utf-8''a%20b.txt`.
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

/// Stores a file.
///
/// # Errors
/// A folder is in its place, or a file in the place of its folder; or the storage fails.
pub async fn store(files: &dyn FileStorage, file: &UploadedFile) -> Result<Stored, Error> {
    Ok(files.write(&file.path, file.content.clone()).await?)
}

/// What is answered about one file: its name, and how storing it went.
pub fn outcome(file: &UploadedFile, result: &Result<Stored, Error>) -> Document {
    let (status, error, bytes) = match result {
        Ok(Stored::New) => (201, None, file.content.len()),
        Ok(Stored::Replaced) => (200, None, file.content.len()),
        Err(Error::Conflict(why)) => (409, Some(why.clone()), 0),
        Err(error) => {
            tracing::error!(%error, "an uploaded file was not stored");
            (500, Some(format!("Error writing file '{}'", file.name)), 0)
        }
    };
    [
        ("status", Value::Integer(status)),
        ("filename", Value::from(file.name.as_str())),
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
    use super::*;

    async fn names(disposition: &str) -> Vec<String> {
        let body = format!("--b\r\nContent-Disposition: form-data; name=\"f\"; {disposition}\r\n\r\nx\r\n--b--\r\n");
        let arguments = Arguments::parse("path=folder").unwrap();
        let read = read_form("multipart/form-data; boundary=b", body.into(), &arguments).await;
        read.unwrap().into_iter().map(|file| file.path.as_str().to_owned()).collect()
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
        assert!(read_form("multipart/form-data; boundary=b", form.into(), &arguments).await.is_err());
    }
}
