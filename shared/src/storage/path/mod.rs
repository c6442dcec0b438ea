//! Where a file is kept: a path below the storage root, and never outside of it.

mod error;
mod segment;
#[cfg(test)]
mod tests;

use std::fmt;

pub use error::PathError;
use segment::{check_name, check_segment};

/// What the name of a file that is still being written starts with.
pub(super) const TEMPORARY_PREFIX: &str = ".kernelci-upload-";

/// What the names of files and folders that are not for callers start with.
pub(super) const RESERVED_PREFIX: &str = ".kernelci-";

/// The folder of the templates of mails. No path of a caller leads into it.
const TEMPLATES: &str = ".kernelci-templates";

/// The name of the file that holds the summary of a job's build logs. No member of a document names it.
pub const SUMMARY_FILE: &str = "build-logs-summary.txt";

/// S3 allows 1024 bytes; the rest is left to what may be put before the path.
const MAX_PATH: usize = 900;

/// A path relative to the storage root that cannot leave it.
///
/// Holds at least one segment; no segment is empty, `.` or `..`. The order is that of the text, byte by byte, which is
/// the order of an S3 listing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoragePath(String);

/// A member of a document that becomes a part of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member<'a> {
    /// One segment, which is not empty and holds no `/`: a tree, a lab, a file name.
    Name(&'a str),
    /// Any number of segments with `/` between them: a branch, the folder of a build. An empty text is no segment.
    Folders(&'a str),
}

impl StoragePath {
    /// Reads a path from text that is already percent-decoded.
    ///
    /// # Errors
    /// When the text names nothing below the root, or holds what a file name may not hold.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let mut segments: Vec<&str> = Vec::new();
        for segment in text.split('/') {
            match segment {
                "" | "." => {}
                ".." => {
                    segments.pop().ok_or(PathError::LeavesRoot)?;
                }
                _ => {
                    check_segment(segment)?;
                    segments.push(segment);
                }
            }
        }
        Self::of_segments(&segments)
    }

    fn of_segments(segments: &[&str]) -> Result<Self, PathError> {
        if segments.is_empty() {
            return Err(PathError::Empty);
        }
        let path = segments.join("/");
        if path.len() > MAX_PATH { Err(PathError::TooLong) } else { Ok(Self(path)) }
    }

    /// The path that members of a document make: every segment of it is one of theirs, so the path is below the folder
    /// that the first of them name.
    ///
    /// # Errors
    /// [`PathError::Dot`] for a segment that begins with a dot, [`PathError::Slash`] and [`PathError::Empty`] for a
    /// [`Member::Name`] that is not one segment, [`PathError::Summary`] for one that is [`SUMMARY_FILE`], and else as
    /// [`StoragePath::parse`].
    pub fn of_members<'a>(members: impl IntoIterator<Item = Member<'a>>) -> Result<Self, PathError> {
        let mut segments: Vec<&str> = Vec::new();
        for member in members {
            match member {
                Member::Name(name) => {
                    check_name(name)?;
                    segments.push(name);
                }
                Member::Folders(folders) => {
                    for segment in folders.split('/').filter(|segment| !segment.is_empty()) {
                        check_name(segment)?;
                        segments.push(segment);
                    }
                }
            }
        }
        Self::of_segments(&segments)
    }

    /// The path of a file that a document names, below this folder. Unlike [`join`](Self::join) it never climbs.
    ///
    /// # Errors
    /// [`PathError::Dot`] for a segment that is `.` or `..`, and else as [`StoragePath::parse`].
    pub fn below(&self, text: &str) -> Result<Self, PathError> {
        if text.split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(PathError::Dot);
        }
        self.join(text)
    }

    /// The path of a template of mails, which no path of a caller is.
    ///
    /// # Errors
    /// As [`StoragePath::of_members`] for a [`Member::Name`].
    pub fn template(name: &str) -> Result<Self, PathError> {
        check_name(name)?;
        Ok(Self(format!("{TEMPLATES}/{name}")))
    }

    /// The path as text, without a leading slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last segment.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit_once('/').map_or(self.as_str(), |(_, name)| name)
    }

    /// The folder that holds this path, or `None` right below the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('/').map(|(folder, _)| Self(folder.to_owned()))
    }

    /// Reads `text` as seen from this path: `..` climbs out of it, to the root and no further.
    ///
    /// # Errors
    /// As [`StoragePath::parse`], and [`PathError::Empty`] when the text ends up at this path itself or at a folder
    /// above it: a file name such as `.` or `..` names no file.
    pub fn join(&self, text: &str) -> Result<Self, PathError> {
        let joined = Self::parse(&format!("{self}/{text}"))?;
        if joined == *self || self.is_below(&joined) { Err(PathError::Empty) } else { Ok(joined) }
    }

    /// The folders on the way to this path, from the top, without the path itself.
    pub(super) fn folders(&self) -> impl DoubleEndedIterator<Item = Self> {
        self.0.match_indices('/').filter_map(|(slash, _)| self.0.get(..slash)).map(|folder| Self(folder.to_owned()))
    }

    fn is_below(&self, folder: &Self) -> bool {
        self.0.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
    }
}

impl fmt::Display for StoragePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
