//! Any file of documents: refused, or documents that are written as they were read.
#![no_main]

use kernelci::value::from_json;
use kernelci_local::load::json::read_collections;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let _ = read_collections(text, &mut |_, record| {
        if let Ok(document) = record {
            let value = kernelci::value::Value::Map(document);
            let written = serde_json::to_value(&value).expect("a value is JSON");
            assert_eq!(from_json(written), Ok(value));
        }
        true
    });
});
