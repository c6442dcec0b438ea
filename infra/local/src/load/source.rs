//! Files that documents are loaded from, with a progress bar for each.

use std::{
    fs::File,
    io::{BufReader, Read},
    path::PathBuf,
};

use indicatif::{ProgressBar, ProgressStyle};

use super::{LoadError, Sink, json};

/// Bytes read from a file at once.
const BUFFER: usize = 1 << 20;

/// What to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
}

impl Source {
    /// Reads the file and passes each document to `sink`.
    ///
    /// # Errors
    /// The file cannot be read to its end.
    pub fn read(&self, sink: &mut Sink<'_>) -> Result<(), LoadError> {
        let path = || self.path.display().to_string();
        let opened = File::open(&self.path).map_err(|source| LoadError::File { path: path(), source })?;
        let length = opened.metadata().map_or(0, |metadata| metadata.len());
        // Hidden where the standard error is no terminal.
        let progress = ProgressBar::new(length).with_style(style());
        let counted = BufReader::with_capacity(BUFFER, Counted { source: opened, progress: progress.clone() });
        let read = json::read_collections(counted, sink);
        progress.finish_and_clear();
        read.map_err(|source| LoadError::Json { path: path(), source })
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {eta}")
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
