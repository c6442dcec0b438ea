//! Any build log, plain or compressed, in pieces of any length: the same lines, however it is cut.
#![no_main]

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use kernelci::domain::build_log::{LogError, LogLines, LogReader};
use libfuzzer_sys::fuzz_target;

fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Result<LogLines, LogError> {
    let mut reader = LogReader::new();
    for piece in pieces {
        reader.push(piece)?;
    }
    reader.finish()
}

fuzz_target!(|input: (u8, &[u8])| {
    let (length, log) = input;
    let whole = read(std::iter::once(log)).ok();
    assert_eq!(read(log.chunks(usize::from(length).max(1))).ok(), whole);
    if log.starts_with(&[0x1f, 0x8b]) {
        return;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(log).unwrap();
    let zipped = encoder.finish().unwrap();
    assert_eq!(read(zipped.chunks(usize::from(length).max(1))).ok(), whole);
});
