//! Why a text is no path.

use super::{MAX_PATH, RESERVED_PREFIX, SUMMARY_FILE, segment::MAX_SEGMENT};

/// Why a text is not a [`StoragePath`]. The text itself is never part of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Nothing is left once empty segments, `.` and `..` are resolved.
    #[error("the path names no file")]
    Empty,
    /// A `..` goes above the root.
    #[error("the path leaves the storage root")]
    LeavesRoot,
    /// A NUL, a line break, or another character that has no glyph and no place in a file name.
    #[error("the path holds a control character")]
    ControlCharacter,
    /// A backslash, which some clients take for a separator.
    #[error("the path holds a backslash: only `/` separates folders")]
    Backslash,
    /// One segment is too long.
    #[error("a part of the path is longer than {MAX_SEGMENT} bytes")]
    SegmentTooLong,
    /// The whole is too long.
    #[error("the path is longer than {MAX_PATH} bytes")]
    TooLong,
    /// A member that is one name holds a `/`.
    #[error("a name in the path holds a slash")]
    Slash,
    /// A member has a segment that begins with a dot, such as `..`.
    #[error("a name in the path begins with a dot")]
    Dot,
    /// A member has the name of a file that the service writes for the job.
    #[error("the name `{SUMMARY_FILE}` is reserved")]
    Summary,
    /// A segment is named like our temporary files and templates.
    #[error("names that start with `{RESERVED_PREFIX}` are reserved")]
    Reserved,
}
