//! Any form of uploaded files: refused, or files within the storage.
#![no_main]

use bytes::Bytes;
use futures_util::{
    FutureExt,
    future::{BoxFuture, ready},
    stream,
};
use kernelci::{
    domain::upload::receive_form,
    query::Arguments,
    storage::{Entry, FileContent, FileStorage, StorageError, StoragePath, Stored},
};
use libfuzzer_sys::fuzz_target;

/// A storage that keeps nothing.
struct Nothing;

impl FileStorage for Nothing {
    fn write<'a>(&'a self, _: &'a StoragePath, _: Bytes) -> BoxFuture<'a, Result<Stored, StorageError>> {
        ready(Ok(Stored::New)).boxed()
    }

    fn read<'a>(&'a self, _: &'a StoragePath) -> BoxFuture<'a, Result<Option<FileContent>, StorageError>> {
        ready(Ok(None)).boxed()
    }

    fn size<'a>(&'a self, _: &'a StoragePath) -> BoxFuture<'a, Result<Option<u64>, StorageError>> {
        ready(Ok(None)).boxed()
    }

    fn list<'a>(&'a self, _: &'a StoragePath) -> BoxFuture<'a, Result<Vec<Entry>, StorageError>> {
        ready(Ok(Vec::new())).boxed()
    }

    fn delete<'a>(&'a self, _: &'a StoragePath) -> BoxFuture<'a, Result<(), StorageError>> {
        ready(Ok(())).boxed()
    }
}

const BOUNDARY: &str = "multipart/form-data; boundary=edge";

fuzz_target!(|input: (bool, &str, &[u8])| {
    let (framed, query, body) = input;
    let Ok(arguments) = Arguments::parse(query) else { return };
    // Half of the inputs begin as a form does, so that what comes behind is reached.
    let mut form = Vec::new();
    if framed {
        form.extend_from_slice(b"--edge\r\nContent-Disposition: form-data; name=\"");
    }
    form.extend_from_slice(body);
    if framed {
        form.extend_from_slice(b"\r\n--edge--\r\n");
    }
    // The whole body is there, so there is nothing to wait for.
    let body = stream::iter([Ok(Bytes::from(form))]);
    let read = receive_form(&Nothing, BOUNDARY, body, &arguments).now_or_never();
    let Ok(files) = read.expect("reading waits for nothing") else { return };
    for file in files {
        let path = file.path.as_str();
        assert!(!path.is_empty() && !path.starts_with('/'), "{path:?}");
        assert!(path.split('/').all(|segment| !segment.is_empty() && segment != "." && segment != ".."), "{path:?}");
    }
});
