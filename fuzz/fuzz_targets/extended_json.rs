//! Any file of documents: refused, or documents that are written as they were read.
#![no_main]

use kernelci::value::from_json;
use kernelci_local::extended_json::{plain, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let _ = read(text, &mut |_, json| {
        if let Ok(value) = plain(json).and_then(from_json) {
            let written = serde_json::to_value(&value).expect("a value is JSON");
            assert_eq!(from_json(written), Ok(value));
        }
        true
    });
});
