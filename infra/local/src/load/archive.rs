//! Archives of `mongodump --archive`.
//!
//! An archive is a magic number, a document about the dump, a document about each collection and a terminator. Then come
//! segments: a header that names a namespace (database and collection), its documents and a terminator. Segments of
//! several collections alternate. A header with `EOF: true` ends a namespace and has the CRC-64 of its documents.

use std::{
    collections::{HashMap, HashSet},
    io::Read,
};

use bson::RawDocument;

use super::{
    FormatError, Sink,
    bson::{read_body, read_length, record},
};

/// The first four bytes of an archive.
pub const MAGIC: [u8; 4] = 0x8199_e26d_u32.to_le_bytes();

/// What ends a segment, in the place of the length of a document.
const TERMINATOR: [u8; 4] = [0xff; 4];

/// Namespaces of an archive. One has a few dozen; the bound keeps the memory bounded.
const MAX_NAMESPACES: usize = 10_000;

/// MongoDB's own databases.
const SYSTEM_DATABASES: [&str; 3] = ["admin", "config", "local"];

/// Whether a collection belongs to MongoDB itself, and not to the service.
pub(super) fn is_system(database: &str, collection: &str) -> bool {
    SYSTEM_DATABASES.contains(&database) || collection.starts_with("system.")
}

/// Reads an archive from behind its magic number.
///
/// # Errors
/// The file cannot be read, is no archive, is truncated, or the documents of a collection do not have their checksum.
pub fn read_archive(mut source: impl Read, sink: &mut Sink<'_>) -> Result<bool, FormatError> {
    let mut buffer = Vec::new();
    // The prelude: a document about the dump, and one about each collection.
    let mut prelude_documents = 0_usize;
    loop {
        let length = read_length(&mut source)?.ok_or(FormatError::Truncated)?;
        if length == TERMINATOR {
            break;
        }
        read_body(&mut source, length, &mut buffer)?;
        prelude_documents = prelude_documents.saturating_add(1);
    }
    let (mut checksums, mut ended) = (HashMap::<(String, String), u64>::new(), HashSet::new());
    while let Some(length) = read_length(&mut source)? {
        read_body(&mut source, length, &mut buffer)?;
        let header = Header::read(&buffer)?;
        let namespace = (header.database, header.collection);
        if !checksums.contains_key(&namespace) && checksums.len() == MAX_NAMESPACES {
            return Err(FormatError::Bson(format!("more than {MAX_NAMESPACES} collections")));
        }
        let checksum = checksums.entry(namespace.clone()).or_default();
        loop {
            let length = read_length(&mut source)?.ok_or(FormatError::Truncated)?;
            if length == TERMINATOR {
                break;
            }
            read_body(&mut source, length, &mut buffer)?;
            *checksum = crc64(*checksum, &buffer);
            if !is_system(&namespace.0, &namespace.1) && !sink(&namespace.1, record(&buffer)) {
                return Ok(false);
            }
        }
        if header.is_end {
            if header.checksum != *checksum {
                return Err(FormatError::Checksum(namespace.1));
            }
            ended.insert(namespace);
        }
    }
    let has_collections = prelude_documents > 1;
    let is_complete = checksums.keys().all(|namespace| ended.contains(namespace));
    match is_complete && !(has_collections && ended.is_empty()) {
        true => Ok(true),
        false => Err(FormatError::Truncated),
    }
}

/// What begins a segment.
struct Header {
    database: String,
    collection: String,
    is_end: bool,
    checksum: u64,
}

impl Header {
    fn read(bytes: &[u8]) -> Result<Self, FormatError> {
        let wrong = |error: &dyn std::fmt::Display| FormatError::Bson(format!("a header of the archive: {error}"));
        let raw = RawDocument::from_bytes(bytes).map_err(|error| wrong(&error))?;
        let text = |name: &str| raw.get_str(name).map(str::to_owned).map_err(|error| wrong(&error));
        Ok(Self {
            database: text("db")?,
            collection: text("collection")?,
            is_end: raw.get_bool("EOF").map_err(|error| wrong(&error))?,
            checksum: raw.get_i64("CRC").map_err(|error| wrong(&error))?.cast_unsigned(),
        })
    }
}

/// CRC-64/ECMA as Go's `hash/crc64` computes it: reflected, the register and the result inverted.
fn crc64(checksum: u64, bytes: &[u8]) -> u64 {
    let step = |register: u64, byte: &u8| {
        let place = usize::from((register.to_le_bytes().first().copied().unwrap_or_default()) ^ byte);
        CRC_TABLE.get(place).copied().unwrap_or_default() ^ (register >> 8)
    };
    !bytes.iter().fold(!checksum, step)
}

static CRC_TABLE: [u64; 256] = crc_table();

#[allow(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "a constant expression has no iterators")]
const fn crc_table() -> [u64; 256] {
    const REFLECTED_POLYNOMIAL: u64 = 0xc96c_5795_d787_0f42;
    let mut table = [0; 256];
    let mut place = 0;
    while place < table.len() {
        let (mut register, mut bit) = (place as u64, 0);
        while bit < 8 {
            register = if register & 1 == 1 { (register >> 1) ^ REFLECTED_POLYNOMIAL } else { register >> 1 };
            bit += 1;
        }
        table[place] = register;
        place += 1;
    }
    table
}

#[cfg(test)]
pub(crate) mod tests {
    use bson::{Document, doc};

    use super::*;

    fn push(archive: &mut Vec<u8>, document: &Document) {
        document.to_writer(archive).unwrap();
    }

    /// An archive with one segment for each item of `segments`, as `mongodump` writes it.
    pub(crate) fn archive(segments: &[(&str, &str, Vec<Document>)]) -> Vec<u8> {
        let mut archive = MAGIC.to_vec();
        push(
            &mut archive,
            &doc! {"concurrent_collections": 4, "version": "0.1", "server_version": "4.2.8", "tool_version": "r4.2.8"},
        );
        let mut namespaces: Vec<(&str, &str)> = segments.iter().map(|(db, collection, _)| (*db, *collection)).collect();
        namespaces.sort_unstable();
        namespaces.dedup();
        for (db, collection) in &namespaces {
            push(&mut archive, &doc! {"db": *db, "collection": *collection, "metadata": "{\"indexes\":[]}", "size": 5});
        }
        archive.extend(TERMINATOR);
        let mut checksums = HashMap::<(&str, &str), u64>::new();
        for (db, collection, documents) in segments {
            push(&mut archive, &doc! {"db": *db, "collection": *collection, "EOF": false, "CRC": 0_i64});
            for document in documents {
                let mut bytes = Vec::new();
                push(&mut bytes, document);
                let checksum = checksums.entry((db, collection)).or_default();
                *checksum = crc64(*checksum, &bytes);
                archive.extend(bytes);
            }
            archive.extend(TERMINATOR);
        }
        for (db, collection) in namespaces {
            let checksum = checksums.get(&(db, collection)).copied().unwrap_or_default();
            push(&mut archive, &doc! {"db": db, "collection": collection, "EOF": true, "CRC": checksum.cast_signed()});
            archive.extend(TERMINATOR);
        }
        archive
    }

    fn job(nth: u8) -> Document {
        doc! {"_id": bson::oid::ObjectId::from_bytes([nth; 12]), "job": format!("tree-{nth}")}
    }

    fn read(bytes: &[u8]) -> (Vec<(String, u8)>, Result<bool, FormatError>) {
        let mut seen = Vec::new();
        let magic = bytes.get(..4).unwrap();
        assert_eq!(magic, [0x6d, 0xe2, 0x99, 0x81]);
        let done = read_archive(bytes.get(4..).unwrap(), &mut |collection, record| {
            let id = record.unwrap().get("_id").unwrap().as_id().unwrap().to_string();
            seen.push((collection.to_owned(), u8::from_str_radix(&id[..2], 16).unwrap()));
            true
        });
        (seen, done)
    }

    #[test]
    fn checksums_are_those_of_go() {
        // The check value of CRC-64/XZ, which has the same parameters.
        assert_eq!(crc64(0, b"123456789"), 0x995d_c9bb_df19_39fa);
        assert_eq!(crc64(crc64(0, b"1234"), b"56789"), 0x995d_c9bb_df19_39fa);
    }

    #[test]
    fn segments_of_several_collections_alternate() {
        let bytes = archive(&[
            ("kernel-ci", "job", vec![job(1), job(2)]),
            ("kernel-ci", "build", vec![job(3)]),
            ("admin", "system.users", vec![job(9)]),
            ("kernel-ci", "system.views", vec![job(8)]),
            ("kernel-ci", "job", vec![job(4)]),
        ]);
        let (seen, done) = read(&bytes);
        let expected = [("job", 1), ("job", 2), ("build", 3), ("job", 4)].map(|(name, nth)| (name.to_owned(), nth));
        assert_eq!((seen.as_slice(), done.unwrap()), (&expected[..], true));
    }

    #[test]
    fn a_damaged_or_truncated_archive_is_an_error() {
        let bytes = archive(&[("kernel-ci", "job", vec![job(1), job(2)])]);
        for length in 5..bytes.len() {
            assert!(read(&bytes[..length]).1.is_err(), "{length} of {}", bytes.len());
        }
        let mut damaged = bytes.clone();
        let place = bytes.windows(6).position(|window| window == b"tree-1").unwrap();
        damaged[place] = b'x';
        assert!(matches!(read(&damaged).1, Err(FormatError::Checksum(collection)) if collection == "job"));
    }
}
