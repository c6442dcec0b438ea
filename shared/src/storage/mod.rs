//! Where uploaded files and what is written for readers of files are kept: a folder of this machine, or an S3 bucket.

mod draft;
mod error;
mod folder;
mod path;
pub mod private;
mod s3;
#[cfg(test)]
mod tests;

pub use draft::Draft;
pub use error::StorageError;
pub use folder::Folder;
pub use path::{Member, PathError, SUMMARY_FILE, StoragePath};
pub use s3::Bucket;

use bytes::{Buf, Bytes, BytesMut};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, Fuse, StreamExt, TryStreamExt};
use std::fmt;
use std::time::SystemTime;

/// What one [`FileContent::next`] gives at most.
const CHUNK: usize = 64 * 1024;

/// What a write did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// There was no such file before.
    New,
    /// A file of that path was there; its content is gone.
    Replaced,
}

/// A file in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it is, seen from the storage root.
    pub path: StoragePath,
    /// Its length in bytes.
    pub size: u64,
}

/// Keeps files by path.
///
/// Folders come and go with the files in them. A file is seen whole or not at all, also by those who read it while it
/// is replaced.
pub trait FileStorage: Send + Sync {
    /// Keeps `content` under `path`, in the place of what was there.
    ///
    /// # Errors
    /// What was there before is still there, unless the storage failed so late that it cannot tell.
    fn write<'a>(&'a self, path: &'a StoragePath, content: Bytes) -> BoxFuture<'a, Result<Stored, StorageError>>;

    /// Begins to receive a file.
    ///
    /// # Errors
    /// When the storage fails or is full.
    fn draft(&self) -> BoxFuture<'_, Result<Box<dyn Draft + '_>, StorageError>> {
        Box::pin(async move { Ok(Box::new(draft::Buffered::of(self)) as Box<dyn Draft + '_>) })
    }

    /// Starts reading a file; `None` when there is none of that path.
    ///
    /// # Errors
    /// When the storage cannot tell.
    fn read<'a>(&'a self, path: &'a StoragePath) -> BoxFuture<'a, Result<Option<FileContent>, StorageError>>;

    /// The length of a file in bytes; `None` when there is none of that path.
    ///
    /// # Errors
    /// When the storage cannot tell.
    fn size<'a>(&'a self, path: &'a StoragePath) -> BoxFuture<'a, Result<Option<u64>, StorageError>>;

    /// All files below `folder`, however deep, sorted by path; none when there is no such folder.
    ///
    /// # Errors
    /// When the storage cannot tell; never a part of the answer.
    fn list<'a>(&'a self, folder: &'a StoragePath) -> BoxFuture<'a, Result<Vec<Entry>, StorageError>>;

    /// Deletes a file; fine when there is none.
    ///
    /// # Errors
    /// When the storage cannot tell whether the file is gone.
    fn delete<'a>(&'a self, path: &'a StoragePath) -> BoxFuture<'a, Result<(), StorageError>>;
}

/// A file that is being read. What is read is one content, also when the file is replaced or deleted meanwhile.
pub struct FileContent {
    /// The length of what is read in bytes: of the file, or of a part of it.
    pub size: u64,
    /// The time of the last change, and a text that no other content of the path has; where the storage tells them.
    pub version: Option<Version>,
    given: u64,
    rest: Bytes,
    content: Source,
    /// The bytes before the part that is read; nothing is read behind it.
    part: Option<u64>,
}

/// What tells the contents of one path apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// When the content was written.
    pub modified: SystemTime,
    /// Hexadecimal digits and hyphens, the same for the same content.
    pub tag: String,
}

type Content = BoxStream<'static, Result<Bytes, StorageError>>;

/// Where content comes from.
enum Source {
    /// From its first byte on.
    Stream(Fuse<Content>),
    /// From any byte on.
    From(Box<dyn FnOnce(u64) -> Content + Send>),
}

impl FileContent {
    /// A reading of `size` bytes that arrive as `content`, in pieces of any length.
    #[must_use]
    pub fn new(size: u64, content: Content) -> Self {
        Self::of(size, Source::Stream(content.fuse()))
    }

    /// A reading of `size` bytes; `content` begins it at any of them.
    #[must_use]
    pub fn seekable(size: u64, content: impl FnOnce(u64) -> Content + Send + 'static) -> Self {
        Self::of(size, Source::From(Box::new(content)))
    }

    fn of(size: u64, content: Source) -> Self {
        Self { size, version: None, given: 0, rest: Bytes::new(), content, part: None }
    }

    /// The same reading of the bytes from `first` to `last`, both included, as far as the file has them. It has to be
    /// asked for before anything is read.
    #[must_use]
    pub fn part(self, first: u64, last: u64) -> Self {
        let size = last.saturating_add(1).min(self.size).saturating_sub(first);
        let (content, part) = match self.content {
            Source::From(content) => (Source::Stream(content(first).fuse()), 0),
            stream @ Source::Stream(_) => (stream, first),
        };
        Self { size, content, part: Some(part), ..self }
    }

    /// The next piece of at most 64 KiB, never empty; `None` at the end of what is read.
    ///
    /// # Errors
    /// When the storage fails, or the content is not as long as it should be: a part is never taken for the whole.
    pub async fn next(&mut self) -> Result<Option<Bytes>, StorageError> {
        while self.rest.is_empty() {
            if self.part.is_some() && self.given == self.size {
                return Ok(None);
            }
            match self.more().await? {
                Some(mut piece) => {
                    if let Some(before) = &mut self.part {
                        let skipped = usize::try_from(*before).unwrap_or(usize::MAX).min(piece.len());
                        *before -= length(skipped);
                        piece.advance(skipped);
                        piece.truncate(usize::try_from(self.size - self.given).unwrap_or(usize::MAX));
                    }
                    self.rest = piece;
                }
                None if self.given == self.size => return Ok(None),
                None => return Err(self.wrong_length("ended after")),
            }
        }
        let piece = self.rest.split_to(self.rest.len().min(CHUNK));
        self.given += length(piece.len());
        if self.given > self.size { Err(self.wrong_length("went on to")) } else { Ok(Some(piece)) }
    }

    async fn more(&mut self) -> Result<Option<Bytes>, StorageError> {
        loop {
            match &mut self.content {
                Source::Stream(content) => return content.try_next().await,
                Source::From(_) => {
                    let nothing = Source::Stream(stream::empty().boxed().fuse());
                    if let Source::From(content) = std::mem::replace(&mut self.content, nothing) {
                        self.content = Source::Stream(content(0).fuse());
                    }
                }
            }
        }
    }

    /// The whole content.
    ///
    /// # Errors
    /// [`StorageError::TooLarge`] when it is longer than `at_most`; otherwise as [`FileContent::next`].
    pub async fn all(mut self, at_most: usize) -> Result<Bytes, StorageError> {
        let size = usize::try_from(self.size).map_err(|_| StorageError::TooLarge)?;
        if size > at_most {
            return Err(StorageError::TooLarge);
        }
        let mut whole = BytesMut::with_capacity(size);
        while let Some(piece) = self.next().await? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }

    fn wrong_length(&self, what: &str) -> StorageError {
        StorageError::Busy { inside: format!("a file of {} bytes {what} {}", self.size, self.given) }
    }
}

impl fmt::Debug for FileContent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Reading").field("size", &self.size).field("given", &self.given).finish_non_exhaustive()
    }
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
