//! Any form of uploaded files: refused, or files within the storage.
#![no_main]

use bytes::Bytes;
use futures_util::FutureExt;
use kernelci::{domain::upload::read_form, query::Arguments};
use libfuzzer_sys::fuzz_target;

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
    let read = read_form(BOUNDARY, Bytes::from(form), &arguments).now_or_never();
    let Ok(files) = read.expect("reading waits for nothing") else { return };
    for file in files {
        let path = file.path.as_str();
        assert!(!path.is_empty() && !path.starts_with('/'), "{path:?}");
        assert!(path.split('/').all(|segment| !segment.is_empty() && segment != "." && segment != ".."), "{path:?}");
    }
});
