//! Files and folders that documents are loaded from: their formats, told by their content, and a progress bar for each.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use flate2::bufread::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};
use kernelci::collections::COLLECTIONS;

use super::{
    FormatError, LoadError, Sink,
    archive::{self, is_system},
    bson,
    json::{self, Form},
};

/// Bytes read from a file at once.
const BUFFER: usize = 1 << 20;

/// The first two bytes of a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The ends of the names of files that are loaded from a folder, and of those of exports.
const BSON: &str = ".bson";
const ENDINGS: [&str; 4] = [BSON, ".json", ".jsonl", ".ndjson"];

/// What `mongodump` writes beside the documents.
const NOT_DOCUMENTS: [&str; 2] = ["oplog.bson", "prelude.json"];

/// What to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// A file, or a folder of `mongodump`.
    pub path: PathBuf,
    /// The collection of a file that does not name it; by default the file's name.
    pub collection: Option<String>,
}

impl From<&Path> for Source {
    fn from(path: &Path) -> Self {
        Self { path: path.to_owned(), collection: None }
    }
}

impl From<&PathBuf> for Source {
    fn from(path: &PathBuf) -> Self {
        Self::from(path.as_path())
    }
}

impl Source {
    /// Reads the file, or all files of the folder, and passes each document to `sink`.
    ///
    /// # Errors
    /// A file cannot be read to its end, or has none of the formats.
    pub fn read(&self, sink: &mut Sink<'_>) -> Result<(), LoadError> {
        let error = |source| LoadError::Format { path: self.path.display().to_string(), source };
        if !self.path.is_dir() {
            return self.read_file(&self.path, sink).map(drop);
        }
        let files = dumped(&self.path).map_err(|source| error(source.into()))?;
        if files.is_empty() {
            return Err(error(FormatError::EmptyFolder));
        }
        for file in files {
            if !self.read_file(&file, sink)? {
                break;
            }
        }
        Ok(())
    }

    /// Reads a file; `false` where `sink` stopped it.
    fn read_file(&self, path: &Path, sink: &mut Sink<'_>) -> Result<bool, LoadError> {
        let error = |source| LoadError::Format { path: path.display().to_string(), source };
        let opened = File::open(path).map_err(|source| error(source.into()))?;
        let length = opened.metadata().map_or(0, |metadata| metadata.len());
        // Hidden where the standard error is no terminal.
        let progress = ProgressBar::new(length).with_style(style()).with_prefix(file_name(path).to_owned());
        let counted = BufReader::with_capacity(BUFFER, Counted { source: opened, progress: progress.clone() });
        let read = self.read_format(path, counted, sink);
        progress.finish_and_clear();
        read.map_err(error)
    }

    fn read_format(&self, path: &Path, mut file: impl BufRead, sink: &mut Sink<'_>) -> Result<bool, FormatError> {
        match starts_with(&mut file, &GZIP)? {
            true => self.read_text(path, BufReader::with_capacity(BUFFER, MultiGzDecoder::new(file)), sink),
            false => self.read_text(path, file, sink),
        }
    }

    /// Reads a file that is not compressed.
    fn read_text(&self, path: &Path, mut file: impl BufRead, sink: &mut Sink<'_>) -> Result<bool, FormatError> {
        let collection = || {
            let named = self.collection.clone().or_else(|| collection_of(path));
            named.ok_or(FormatError::NoCollection)
        };
        if starts_with(&mut file, &archive::MAGIC)? {
            file.consume(archive::MAGIC.len());
            return archive::read_archive(file, sink);
        }
        if without_gz(file_name(path)).ends_with(BSON) {
            return bson::read_documents(file, &collection()?, sink);
        }
        let (form, text) = json::form(file)?;
        match form {
            Form::Collections => json::read_collections(text, sink).map(|()| true),
            Form::Array => json::read_array(text, &collection()?, sink).map(|()| true),
            Form::Lines => json::read_lines(text, &collection()?, sink),
        }
        .map_err(FormatError::from)
    }
}

/// Whether a file begins so. A reader gives at least the first bytes at once, for it fills its buffer from one file.
fn starts_with(file: &mut impl BufRead, beginning: &[u8]) -> std::io::Result<bool> {
    Ok(file.fill_buf()?.starts_with(beginning))
}

fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn without_gz(name: &str) -> &str {
    name.strip_suffix(".gz").unwrap_or(name)
}

/// The collection that a file is named after: `job.bson.gz`, `kernel-ci.job.json`. The name of none is no collection.
fn collection_of(path: &Path) -> Option<String> {
    let name = without_gz(file_name(path));
    let stem = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    let last = stem.rsplit('.').next().unwrap_or(stem);
    let is_known = |name: &str| {
        !name.is_empty() && COLLECTIONS.iter().any(|known| known.loaded_as == name) || super::schema::is_older(name)
    };
    // A file of mongodump is of the collection that it is named after, whether the service has it or not.
    let found = [stem, last].into_iter().find(|name| is_known(name));
    found.or_else(|| name.ends_with(BSON).then_some(stem)).map(str::to_owned)
}

/// The files of a folder of `mongodump`, or of one of its databases, in the order of their names.
fn dumped(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true if !is_system(file_name(&path), "") => folders.push(path),
            _ => files.push(path),
        }
    }
    for folder in folders {
        for entry in std::fs::read_dir(folder)? {
            files.push(entry?.path());
        }
    }
    files.retain(|path| {
        let name = without_gz(file_name(path));
        path.is_file()
            && ENDINGS.iter().any(|ending| name.ends_with(ending))
            && !name.ends_with(".metadata.json")
            && !NOT_DOCUMENTS.contains(&name)
            && !is_system("", name)
    });
    files.sort();
    Ok(files)
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{prefix} {bar:40} {bytes}/{total_bytes} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// A file that advances a progress bar.
struct Counted {
    source: File,
    progress: ProgressBar,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.progress.inc(count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_of_the_collection_that_it_is_named_after() {
        for (name, collection) in [
            ("job.json", Some("job")),
            ("dir/job.json.gz", Some("job")),
            ("kernel-ci.test_case.json", Some("test_case")),
            ("api-token.bson", Some("api-token")),
            ("subscription.bson.gz", Some("subscription")),
            ("test_suite.jsonl", Some("test_suite")),
            ("export.json", None),
            ("job", Some("job")),
        ] {
            assert_eq!(collection_of(Path::new(name)).as_deref(), collection, "{name}");
        }
    }
}
